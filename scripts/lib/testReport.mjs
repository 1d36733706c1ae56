import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
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
      for (const detail of outcome === 'failed' ? [] : details) {
        write(`           ${detail}`);
      }
    }
    write(this.failed ? '\nFAILED' : '\nAll passed.');
    // Last, where it is seen without scrolling and where a log that is cut off still has it.
    for (const { name, outcome, details } of this.#rows) {
      if (outcome === 'failed') {
        write(`  ${name}`);
        details.forEach(detail => write(`           ${detail}`));
      }
    }
  }
}

/** What a log of CI has room for. */
const MAX_FAILURES = 10;

/** The first of these failures, each with the beginning of its message. */
function describeFailures(failures) {
  const shown = failures
    .slice(0, MAX_FAILURES)
    .flatMap(([title, message]) => [title, ...firstLines(message)]);
  const more = failures.length - MAX_FAILURES;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** Colours and empty lines aside. */
function firstLines(message) {
  return stripVTControlCharacters(message)
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
    .slice(0, 3)
    .map(line => `  ${line.slice(0, 200)}`);
}

/**
 * Which tests of a Jest run failed, and how, as lines of text. A file that could not even be loaded counts as a test.
 *
 * @param results - what `jest --json` writes
 */
export function failedInJest({ testResults }) {
  return describeFailures(
    testResults.flatMap(({ name, message, status, assertionResults }) => {
      const failed = assertionResults.filter(test => test.status === 'failed');
      return status === 'failed' && failed.length === 0
        ? [[path.basename(name), message]]
        : failed.map(test => [test.fullName, test.failureMessages.join('\n')]);
    }),
  );
}

/**
 * Which tests of a Playwright run failed, and how, as lines of text.
 *
 * @param results - what its JSON reporter writes
 */
export function failedInPlaywright({ suites }) {
  return describeFailures(
    specsOf({ suites }).flatMap(({ title, tests }) =>
      tests
        .filter(({ status }) => status === 'unexpected')
        .map(({ results }) => [
          title,
          results.flatMap(({ errors }) => errors ?? [])[0]?.message ?? '',
        ]),
    ),
  );
}

function specsOf({ specs = [], suites = [] }) {
  return [...specs, ...suites.flatMap(specsOf)];
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
  return specsOf({ suites }).flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'skipped')
      .map(({ annotations }) => [
        title,
        annotations.find(({ type }) => type === 'skip')?.description ??
          'left out by a browser test',
      ]),
  );
}
