import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
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
    assert.match(
      summary,
      new RegExp(`${outcome} +browser\\n +There is no Chromium here.`),
    );
    assert.match(summary, failed ? /\nFAILED$/ : /\nAll passed\.$/);
  }
});

test('one part that fails fails the run, whatever comes later', () => {
  const report = new TestReport({});
  report.add('docs', 'failed', Date.now(), ['README.md links to gone.md']);
  report.add('lint', 'passed', Date.now());
  assert.equal(report.failed, true);
  assert.match(
    summaryOf(report),
    /failed {3}docs \(0\.\d s\)\n +README\.md links to gone\.md\n {2}passed {3}lint/,
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
