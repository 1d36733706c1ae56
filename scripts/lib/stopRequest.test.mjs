import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './paths.mjs';
import {
  isAlive,
  program,
  untilGone,
  waits,
  Watched,
} from './testing/nodeProcess.mjs';

const quoted = args =>
  args.map(arg => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');

/** Says why it is to end, and ends. */
const listens = program(`
  import { listenForStop } from './stopRequest.mjs';
  const stop = listenForStop();
  stop.addEventListener('abort', () => {
    console.log(stop.reason.message);
    process.exit(stop.reason.exitCode);
  });
  setInterval(() => {}, 1_000);
  console.log(process.env.npm_lifecycle_event ?? 'by hand', process.pid);
`);

/** Runs a command line as npm does: in a shell that tells nobody when it ends. */
const npm = program(`
  import { spawn } from 'node:child_process';
  spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' });
`);

const underNpm = {
  env: {
    ...process.env,
    npm_lifecycle_event: 'start',
    npm_config_user_agent: 'npm/11.0.0 node/v24.0.0',
  },
};

test('what a package manager started ends soon after it; what was started by hand goes on', async () => {
  const node = quoted([process.execPath, ...listens]);
  const shell = new Watched(
    'sh',
    ['-c', `env -u npm_lifecycle_event ${node} & ${node}; :`],
    underNpm,
  );
  const [, byHand] = await shell.printed(/by hand (\d+)/);
  const [, byNpm] = await shell.printed(/start (\d+)/);
  shell.child.kill('SIGTERM');
  await shell.printed(/Ended, because npm did\./);
  await untilGone(Number(byNpm));
  assert.ok(isAlive(Number(byHand)));
  process.kill(Number(byHand), 'SIGTERM');
  await shell.printed(/Ended by SIGTERM\./);
  await shell.ended;
});

test('a package manager that is killed while its shell goes on is missed as well', async () => {
  const command = `${quoted([process.execPath, ...listens])}; :`;
  const killed = new Watched(process.execPath, [...npm, command], underNpm);
  await killed.printed(/start \d+/);
  killed.child.kill('SIGKILL');
  await killed.printed(/Ended, because npm did\./);
  await killed.ended;
});

test('asked twice, a program ends at once; what comes within a second was asked once', async () => {
  const deaf = new Watched(
    process.execPath,
    program(`
      import { listenForStop } from './stopRequest.mjs';
      listenForStop().addEventListener('abort', () => console.log('asked'));
      setInterval(() => {}, 1_000);
      console.log('there');
    `),
  );
  await deaf.printed(/there/);
  const startedAt = performance.now();
  const asking = setInterval(() => deaf.child.kill('SIGINT'), 100);
  assert.equal(await deaf.ended, 130);
  clearInterval(asking);
  assert.ok(performance.now() - startedAt >= 1_000);
  assert.equal(deaf.output, 'there\nasked\nAsked again: ending at once.\n');
});

test('a process of ours ends when the one that started it is killed', async () => {
  const preload = path.join(root, 'scripts/lib/endWithParent.cjs');
  const parent = new Watched(
    process.execPath,
    program(`
      import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-r', '${preload}', ...${JSON.stringify(
      waits,
    )}], { stdio: 'inherit' });
    `),
  );
  await parent.printed(/there/);
  parent.child.kill('SIGKILL');
  // Its output stays open for as long as the other lives.
  assert.equal(await parent.ended, 'SIGKILL');
});

test('a command that does not exist is answered with those that do', async () => {
  const run = new Watched(process.execPath, [
    path.join(root, 'scripts/run.mjs'),
    'strat',
  ]);
  assert.equal(await run.ended, 1);
  assert.match(
    run.output,
    /^There is no command "strat"\. The commands are: start, test, /,
  );
});
