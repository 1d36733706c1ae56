import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endGroup, startGroup } from './processGroup.mjs';
import { runProgram } from './runProgram.mjs';
import { Stopped } from './stopRequest.mjs';
import {
  isAlive,
  program,
  untilGone,
  waits,
  Watched,
} from './testing/nodeProcess.mjs';

const never = new AbortController().signal;

/** Starts a program of its own, names it, and waits. */
const startsAnother = program(`
  import { spawn } from 'node:child_process';
  const other = spawn(process.execPath, ${JSON.stringify(
    waits,
  )}, { stdio: ['ignore', 'pipe', 'ignore'] });
  other.stdout.once('data', () => console.log('other', other.pid));
`);

test('a program is run to its end; its exit code and all that it prints are answered', async () => {
  const source = `console.log('out'); console.error('err'); process.exitCode = 4;`;
  const { status, output } = await runProgram(
    never,
    process.execPath,
    program(source),
    { capture: true },
  );
  assert.equal(status, 4);
  assert.deepEqual(output.trim().split('\n').sort(), ['err', 'out']);
  await assert.rejects(runProgram(never, '/nowhere/program', []), /ENOENT/);
});

test('who is to end ends what it runs, with all that this has started', async () => {
  const runner = new Watched(
    process.execPath,
    program(`
      import { listenForStop } from './stopRequest.mjs';
      import { runProgram } from './runProgram.mjs';
      const run = runProgram(listenForStop(), process.execPath, ${JSON.stringify(
        startsAnother,
      )}, { stdio: 'inherit' });
      run.catch(error => { console.log(error.constructor.name, error.message); process.exit(error.exitCode); });
    `),
  );
  const [, other] = await runner.printed(/other (\d+)/);
  assert.ok(isAlive(Number(other)));
  runner.child.kill('SIGINT');
  assert.equal(await runner.ended, 130);
  assert.match(runner.output, /Stopped Ended by SIGINT\./);
  await untilGone(Number(other));
});

test('once it is to end, no other program is started', async () => {
  const stop = AbortSignal.abort(new Stopped('SIGTERM', 'Ended by SIGTERM.'));
  await assert.rejects(runProgram(stop, '/nowhere/program', []), Stopped);
});

test('who does not end when asked is killed', async () => {
  const deaf = program(
    `process.on('SIGTERM', () => {}); console.log('there'); setInterval(() => {}, 1_000);`,
  );
  const group = startGroup(process.execPath, deaf);
  await new Promise(resolve => group.child.stdout.once('data', resolve));
  await endGroup('deaf', group, { graceMs: 50 });
  assert.equal(await group.ended, 'SIGKILL');
});
