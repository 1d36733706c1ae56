import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { findDocProblems } from '../lib/checkDocs.mjs';
import { root, stateDir } from '../lib/paths.mjs';
import { runProgram } from '../lib/runProgram.mjs';
import { say, secondsSince } from '../lib/say.mjs';
import {
  failedInJest,
  failedInPlaywright,
  skippedByJest,
  skippedByPlaywright,
  TestReport,
} from '../lib/testReport.mjs';

const usage = `npm test: types, lint, format, unit and integration tests, browser tests.

  npm test                     everything
  npm test -- types lint       only these parts
  npm test -- unit controller  only the packages whose folder contains "controller"

Parts: types, lint, format, docs, chart, unit, browser. What can't run here is skipped and listed at the end; with CI=true that is a failure.`;

const parts = ['types', 'lint', 'format', 'docs', 'chart', 'unit', 'browser'];

function chromiumPath() {
  const candidates = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
  return candidates.find(candidate => candidate && existsSync(candidate));
}

/** Workspaces with tests, as folders relative to the root. */
function testedPackages() {
  return ['packages', 'plugins'].flatMap(group =>
    readdirSync(path.join(root, group))
      .map(name => path.join(group, name))
      .filter(folder => {
        const manifest = path.join(root, folder, 'package.json');
        return existsSync(manifest) && readJson(manifest).scripts?.test;
      }),
  );
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function hasTests(folder) {
  return readdirSync(path.join(root, folder, 'src'), {
    recursive: true,
  }).some(file => /\.test\.tsx?$/.test(file));
}

/** What the parts of a run share: the tools, the request to stop, and where to say how it went. */
class Run {
  constructor(tools, stop) {
    this.env = tools.env;
    this.stop = stop;
    this.report = new TestReport(process.env);
  }

  /** Runs a program from the root; answers its exit code. */
  async program(command, args, options = {}) {
    const { status } = await runProgram(this.stop, command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...options,
      env: { ...this.env, ...options.env },
    });
    return status;
  }

  /** Runs a program that is a part of its own. */
  async step(name, command, args, options) {
    say(`\n── ${name}`);
    const startedAt = Date.now();
    const status = await this.program(command, args, options);
    this.report.add(name, status === 0 ? 'passed' : 'failed', startedAt);
  }
}

const POSTGRES = 'BACKSTAGE_TEST_DATABASE_POSTGRES15_CONNECTION_STRING';

async function runUnitTests(run, filters) {
  const { report } = run;
  if (!process.env[POSTGRES]) {
    report.skip('unit on Postgres', `Name a server with ${POSTGRES}.`);
  }
  const results = path.join(stateDir, 'test-results');
  mkdirSync(results, { recursive: true });
  const isChosen = folder =>
    filters.length === 0 || filters.some(text => folder.includes(text));
  if (isChosen('scripts')) {
    await run.step('unit: scripts', 'node', [
      '--test',
      'scripts/lib/*.test.mjs',
    ]);
  }
  const packages = testedPackages().filter(
    folder => hasTests(folder) && isChosen(folder),
  );
  for (const folder of packages) {
    say(`\n── unit: ${folder}`);
    const startedAt = Date.now();
    const outputFile = path.join(
      results,
      `${folder.replaceAll(path.sep, '-')}.json`,
    );
    rmSync(outputFile, { force: true });
    const { role } = readJson(
      path.join(root, folder, 'package.json'),
    ).backstage;
    const inNode = !role.startsWith('frontend');
    const status = await run.program(
      'backstage-cli',
      [
        'package',
        'test',
        '--watchAll=false',
        '--maxWorkers=2',
        '--json',
        `--outputFile=${outputFile}`,
      ],
      {
        cwd: path.join(root, folder),
        // The JSON goes to the file; a copy on stdout would drown what people read on stderr.
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          CI: process.env.CI ?? '1',
          // Databases are servers that somebody names, never containers.
          BACKSTAGE_TEST_DISABLE_DOCKER: '1',
          // Node packages load what is ESM only by `await import()`.
          NODE_OPTIONS: inNode ? '--experimental-vm-modules --no-warnings' : '',
        },
      },
    );
    const name = `unit: ${folder}`;
    const outcomes = existsSync(outputFile) ? readJson(outputFile) : undefined;
    if (status !== 0 || !outcomes) {
      const failures = outcomes ? failedInJest(outcomes) : [];
      report.add(name, 'failed', startedAt, failures);
      continue;
    }
    report.add(name, 'passed', startedAt);
    for (const pending of skippedByJest(outcomes)) {
      report.skip(`  ${pending}`, `left out by a test of ${folder}`);
    }
  }
}

/** The chart's values that the installation guide shows, as files to be laid over each other in this order. */
function documentedValues() {
  const folder = path.join(stateDir, 'documented-values');
  mkdirSync(folder, { recursive: true });
  const guide = readFileSync(path.join(root, 'docs/installation.md'), 'utf8');
  const examples = guide.matchAll(
    /^```yaml\n((?:# my-values.yaml|portal:)\n[\s\S]*?)^```/gm,
  );
  return [...examples].map(([, values], index) => {
    const file = path.join(folder, `${index}.yaml`);
    writeFileSync(file, values);
    return file;
  });
}

/** Lints and renders the chart, with the example's values and with those that the installation guide shows. */
async function runChartTests(run) {
  const helm = process.env.HELM ?? 'helm';
  const found = await run.program(helm, ['version'], { stdio: 'ignore' }).then(
    status => status === 0,
    error => {
      run.stop.throwIfAborted();
      say(error.message);
      return false;
    },
  );
  if (!found) {
    run.report.skip(
      'chart',
      'There is no helm here. Install it, or name it with HELM.',
    );
    return;
  }
  const chart = 'charts/slipway';
  const values = ['--values', `${chart}/ci/example-values.yaml`];
  await run.step('chart: lint', helm, ['lint', '--strict', chart, ...values]);
  const render = (name, files) =>
    run.step(name, helm, ['template', 'slipway', chart, ...files], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  await render('chart: render', values);
  await render(
    'chart: render what the guide shows',
    documentedValues().flatMap(file => ['--values', file]),
  );
}

async function runBrowserTests(run) {
  const chromium = chromiumPath();
  if (!chromium) {
    run.report.skip(
      'browser',
      'There is no Chromium here. Install one, or name it with CHROMIUM_PATH.',
    );
    return;
  }
  const results = path.join(stateDir, 'test-results');
  mkdirSync(results, { recursive: true });
  const outputFile = path.join(results, 'browser.json');
  rmSync(outputFile, { force: true });
  say('\n── browser');
  const startedAt = Date.now();
  const reporters = ['test', '--reporter=list,json'];
  const status = await run.program('playwright', reporters, {
    env: {
      CHROMIUM_PATH: chromium,
      PLAYWRIGHT_JSON_OUTPUT_FILE: outputFile,
    },
  });
  const outcomes = existsSync(outputFile) ? readJson(outputFile) : undefined;
  if (status === 0 && outcomes) {
    run.report.add('browser', 'passed', startedAt);
  } else {
    const failures = outcomes ? failedInPlaywright(outcomes) : [];
    run.report.add('browser', 'failed', startedAt, failures);
  }
  for (const [title, reason] of outcomes ? skippedByPlaywright(outcomes) : []) {
    run.report.skip(`  ${title}`, reason);
  }
}

/** Runs the tests and prints what happened. Answers the exit code. */
export async function run(tools, args, stop) {
  if (args.includes('--help')) {
    say(usage);
    return 0;
  }
  const chosen = args.filter(arg => parts.includes(arg));
  const filters = args.filter(arg => !parts.includes(arg));
  const wants = part =>
    chosen.length === 0
      ? filters.length === 0 || part === 'unit'
      : chosen.includes(part);
  const tests = new Run(tools, stop);
  if (wants('types')) {
    await tests.step('types', 'tsc', []);
  }
  if (wants('lint')) {
    const lint = ['repo', 'lint', '--max-warnings', '0'];
    await tests.step('lint', 'backstage-cli', lint);
  }
  if (wants('format')) {
    const format = ['--check', '.', '--loglevel', 'warn'];
    await tests.step('format', 'prettier', format);
  }
  if (wants('docs')) {
    say('\n── docs');
    const startedAt = Date.now();
    const problems = findDocProblems(root);
    tests.report.add(
      'docs',
      problems.length ? 'failed' : 'passed',
      startedAt,
      problems,
    );
  }
  if (wants('chart')) {
    await runChartTests(tests);
  }
  if (wants('unit')) {
    await runUnitTests(tests, filters);
  }
  if (wants('browser')) {
    await runBrowserTests(tests);
  }
  tests.report.print();
  return tests.report.failed ? 1 : 0;
}
