import { say, secondsSince } from './say.mjs';

/** What became of the parts of a test run, for its summary. */
export class TestReport {
  #rows = [];
  #inCi;
  failed = false;

  /** @param env - with `CI=true` what is left out is a failure */
  constructor(env) {
    this.#inCi = env.CI === 'true';
  }

  /** @param outcome - `passed` or `failed` */
  add(name, outcome, startedAt, details = []) {
    this.#rows.push({ name, outcome, took: secondsSince(startedAt), details });
    this.failed ||= outcome === 'failed';
  }

  /** Something can't run here, for this reason. */
  skip(name, reason) {
    const outcome = this.#inCi ? 'failed' : 'SKIPPED';
    this.#rows.push({ name, outcome, took: '', details: [reason] });
    this.failed ||= this.#inCi;
  }

  print(write = say) {
    write('\nSummary');
    for (const { name, outcome, took, details } of this.#rows) {
      write(`  ${outcome.padEnd(8)} ${name} ${took && `(${took})`}`.trimEnd());
      for (const detail of details) {
        write(`           ${detail}`);
      }
    }
    write(this.failed ? '\nFAILED' : '\nAll passed.');
  }
}

/**
 * Names of the tests that a Jest run left out.
 *
 * @param results - what `jest --json` writes
 */
export function skippedByJest({ testResults }) {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => fullName),
  );
}

/**
 * Titles of the tests that a Playwright run left out, each with its reason.
 *
 * @param results - what its JSON reporter writes
 */
export function skippedByPlaywright({ suites }) {
  const skippedOf = suite => [
    ...(suite.specs ?? []).flatMap(({ title, tests }) =>
      tests
        .filter(({ status }) => status === 'skipped')
        .map(({ annotations }) => [
          title,
          annotations.find(({ type }) => type === 'skip')?.description ??
            'left out by a browser test',
        ]),
    ),
    ...(suite.suites ?? []).flatMap(skippedOf),
  ];
  return suites.flatMap(skippedOf);
}
