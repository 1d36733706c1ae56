#!/usr/bin/env node
/**
 * Every script of package.json runs through here, so that it works from any Node >= 18 without Yarn on the PATH:
 * `node scripts/run.mjs <command> [arguments]`.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureTools } from './lib/tools.mjs';
import { nodeTransform, root } from './lib/paths.mjs';
import { Advice, say } from './lib/say.mjs';

/** Commands that are a script of ours. They get the tools and the arguments. */
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

/** Runs a program in our place: signals and exit code go through. */
function become(command, args, env) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: process.cwd(),
      env,
      stdio: 'inherit',
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => child.kill(signal));
    }
    child.once('error', error => {
      say(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code, signal) => resolve(signal ? 1 : code));
  });
}

async function main([command, ...args]) {
  if (command && Object.hasOwn(own, command)) {
    const { run } = await own[command]();
    return run(ensureTools(), args);
  }
  if (command && Object.hasOwn(typescript, command)) {
    const { node, env } = ensureTools();
    const file = path.join(root, typescript[command]);
    return become(node, ['-r', nodeTransform, file, ...args], env);
  }
  if (command && Object.hasOwn(programs, command)) {
    const { env } = ensureTools({ install: command !== 'yarn' });
    const [program, ...fixed] = programs[command];
    process.chdir(root);
    return become(program, [...fixed, ...args], env);
  }
  const known = [own, typescript, programs].flatMap(Object.keys).join(', ');
  throw new Advice(
    `There is no command "${command ?? ''}". The commands are: ${known}.`,
  );
}

main(process.argv.slice(2)).then(
  code => process.exit(code ?? 0),
  error => {
    say(error instanceof Advice ? error.message : error.stack);
    process.exit(1);
  },
);
