import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  failedInJest,
  failedInPlaywright,
  skippedByJest,
  skippedByPlaywright,
  TestReport,
} from './testReport.mjs';

function summaryOf(report) {
  const lines = [];
  report.print(line => lines.push(line));
  return lines.join('\n');
}

test('what is left out is listed; with CI=true it is a failure', () => {
  for (const [env, outcome, failed] of [
    [{}, 'SKIPPED', false],
    [{ CI: '1' }, 'SKIPPED', false],
    [{ CI: 'true' }, 'failed', true],
  ]) {
    const report = new TestReport(env);
    report.add('types', 'passed', Date.now());
    report.skip('browser', 'There is no Chromium here.');
    assert.equal(report.failed, failed);
    const summary = summaryOf(report);
    assert.match(summary, new RegExp(`${outcome} +browser\n`));
    assert.match(summary, /browser\n +There is no Chromium here\./);
    assert.match(summary, failed ? /\nFAILED\n/ : /\nAll passed\.$/);
  }
});

test('one part that fails fails the run, whatever comes later', () => {
  const report = new TestReport({});
  report.add('docs', 'failed', Date.now(), ['README.md links to gone.md']);
  report.add('lint', 'passed', Date.now());
  assert.equal(report.failed, true);
  assert.match(
    summaryOf(report),
    /failed {3}docs \(0\.\d s\)\n {2}passed {3}lint[^]*FAILED\n {2}docs\n +README\.md links to gone\.md$/,
  );
});

test('tests that Jest and Playwright leave out are found, wherever they are', () => {
  const jest = {
    testResults: [
      { assertionResults: [{ status: 'passed', fullName: 'a' }] },
      {
        assertionResults: [
          { status: 'pending', fullName: 'b' },
          { status: 'todo', fullName: 'c' },
        ],
      },
    ],
  };
  assert.deepEqual(skippedByJest(jest), ['b', 'c']);
  const spec = (title, status, annotations = []) => ({
    title,
    tests: [{ status, annotations }],
  });
  const playwright = {
    suites: [
      {
        specs: [spec('a', 'expected')],
        suites: [
          {
            specs: [
              spec('b', 'skipped', [{ type: 'skip', description: 'no GPU' }]),
              spec('c', 'skipped'),
            ],
          },
        ],
      },
    ],
  };
  assert.deepEqual(skippedByPlaywright(playwright), [
    ['b', 'no GPU'],
    ['c', 'left out by a browser test'],
  ]);
});

test('what failed in Jest is named with the beginning of its message, files that do not load included', () => {
  const test = (fullName, status, ...failureMessages) => ({
    fullName,
    status,
    failureMessages,
  });
  const jest = {
    testResults: [
      {
        name: '/src/a.test.ts',
        status: 'failed',
        message: '',
        assertionResults: [
          test('adds', 'passed'),
          test(
            'takes away',
            'failed',
            'Error: \u001b[31mno\u001b[39m\n\n  at a\n at b\n at c',
          ),
        ],
      },
      {
        name: '/src/b.test.ts',
        status: 'failed',
        message: 'Cannot find module',
        assertionResults: [],
      },
    ],
  };
  assert.deepEqual(failedInJest(jest), [
    'takes away',
    '  Error: no',
    '  at a',
    '  at b',
    'b.test.ts',
    '  Cannot find module',
  ]);
  const many = Array.from({ length: 12 }, (_, n) => test(`t${n}`, 'failed'));
  const failures = failedInJest({
    testResults: [{ status: 'failed', assertionResults: many }],
  });
  assert.deepEqual(failures.slice(-2), ['t9', 'and 2 more']);
});

test('what failed in Playwright is named, and what passed at last is not', () => {
  const spec = (title, status, ...errors) => ({
    title,
    tests: [{ status, results: [{ errors }] }],
  });
  const suites = [
    {
      suites: [{ specs: [spec('signs in', 'unexpected', { message: 'no' })] }],
    },
    { specs: [spec('works', 'expected'), spec('works again', 'flaky')] },
  ];
  assert.deepEqual(failedInPlaywright({ suites }), ['signs in', '  no']);
});
