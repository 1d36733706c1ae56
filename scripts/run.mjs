#!/usr/bin/env node
/**
 * Every script of package.json runs through here, so that it works from any Node >= 18 without Yarn on the PATH:
 * `node scripts/run.mjs <command> [arguments]`.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fromSource, root } from './lib/paths.mjs';
import { endGroup, startGroup } from './lib/processGroup.mjs';
import { Advice, say } from './lib/say.mjs';
import { listenForStop, Stopped } from './lib/stopRequest.mjs';
import { ensureTools } from './lib/tools.mjs';

/** How long a service may take to end: it may wait for requests under way. */
const SERVICE_GRACE_MS = 30_000;

/** Commands that are a script of ours. They get the tools, the arguments and the request to stop. */
const own = {
  start: () => import('./commands/start.mjs'),
  test: () => import('./commands/test.mjs'),
};

/** Commands that are TypeScript of the repository, run from source. */
const typescript = {
  sandbox: 'packages/sandbox/src/bin.ts',
  authorizer: 'plugins/llm-backend/src/bin/authorizer.ts',
  controller: 'plugins/llm-backend/src/bin/controller.ts',
  bench: 'scripts/bench/bench.ts',
};

/** Commands that are another program's. */
const programs = {
  tsc: ['tsc'],
  lint: ['backstage-cli', 'repo', 'lint'],
  fix: ['backstage-cli', 'repo', 'fix'],
  build: ['backstage-cli', 'repo', 'build', '--all'],
  clean: ['backstage-cli', 'repo', 'clean'],
  'prettier:check': ['prettier', '--check', '.'],
  prettier: ['prettier', '--write', '.'],
  knip: ['knip'],
  yarn: ['yarn'],
  new: ['backstage-cli', 'new'],
};

function exitCodeOf(status) {
  return typeof status === 'number' ? status : 128 + constants.signals[status];
}

/** Runs TypeScript of the repository in our place: what ends us ends it, and its exit code is ours. */
async function runService(stop, { node, env }, file, args) {
  const service = startGroup(
    node,
    [...fromSource, path.join(root, file), ...args],
    { env, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  stop.addEventListener('abort', () =>
    endGroup(file, service, {
      signal: stop.reason.signal,
      graceMs: SERVICE_GRACE_MS,
    }),
  );
  return exitCodeOf(await service.ended);
}

/** Runs another program in our place, with the terminal: it may ask questions. */
function runInTerminal(stop, command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' });
    stop.addEventListener('abort', () => {
      // Ctrl-C has reached it already.
      if (stop.reason.signal !== 'SIGINT' || !process.stdin.isTTY) {
        child.kill(stop.reason.signal);
      }
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(exitCodeOf(signal ?? code)));
  });
}

async function main(stop, [command, ...args]) {
  if (command && Object.hasOwn(own, command)) {
    const { run } = await own[command]();
    return run(await ensureTools(stop), args, stop);
  }
  if (command && Object.hasOwn(typescript, command)) {
    const tools = await ensureTools(stop);
    return runService(stop, tools, typescript[command], args);
  }
  if (command && Object.hasOwn(programs, command)) {
    const { env } = await ensureTools(stop, { install: command !== 'yarn' });
    const [program, ...fixed] = programs[command];
    process.chdir(root);
    return runInTerminal(stop, program, [...fixed, ...args], env);
  }
  const known = [own, typescript, programs].flatMap(Object.keys).join(', ');
  throw new Advice(
    `There is no command "${command ?? ''}". The commands are: ${known}.`,
  );
}

main(listenForStop(), process.argv.slice(2)).then(
  code => process.exit(code),
  error => {
    say(error instanceof Advice ? error.message : error.stack);
    process.exit(error instanceof Stopped ? error.exitCode : 1);
  },
);
