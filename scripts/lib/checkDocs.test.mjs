import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findDocProblems } from './checkDocs.mjs';

/** Problems of a repository of these files. */
function problemsOf(files) {
  const root = mkdtempSync(path.join(os.tmpdir(), 'docs-'));
  try {
    for (const folder of ['packages', 'plugins', 'charts', 'docs']) {
      mkdirSync(path.join(root, folder));
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    return findDocProblems(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('links to files, headings and tests that exist are fine; so is what is code, and what is elsewhere', () => {
  const problems = problemsOf({
    'README.md':
      '# Here\n[guide](docs/guide.md#second-step-2) [web](https://example.org) [here](#here)\n```\n[a](gone.md)\n```\n`[b](gone.md)`',
    'docs/guide.md':
      '## Second `step` (2)\n[a key that’s \\"late\\"](../packages/x/a.test.ts)',
    'packages/x/a.test.ts': `it('a key that’s \\"late\\"', () => {});`,
  });
  assert.deepEqual(problems, []);
});

test('each link that leads nowhere is told with its document', () => {
  const problems = problemsOf({
    'README.md': '[a](gone.md) [b](docs/guide.md#third) [c](#nowhere)',
    'docs/guide.md': '# First\n[never written](../packages/x/a.test.ts)',
    'packages/x/README.md': '[up](../../docs)[d](../y)',
    'packages/x/a.test.ts': `it('written', () => {});`,
  });
  assert.deepEqual(problems, [
    'README.md links to gone.md, which does not exist',
    'README.md links to docs/guide.md#third: there is no such heading',
    'README.md links to #nowhere: there is no such heading',
    'packages/x/README.md links to ../y, which does not exist',
    'docs/guide.md names the test “never written”, which ../packages/x/a.test.ts does not have',
  ]);
});
