import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Children, firstJsonLine } from './children.mjs';
import { program } from './testing/nodeProcess.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'children-'));
after(() => rmSync(folder, { recursive: true }));

/** Says that it is there, and writes its name into a file when it is told to end. */
const writesAtItsEnd = (name, file) =>
  program(`
    import { appendFileSync } from 'node:fs';
    process.on('SIGTERM', () => {
      appendFileSync(${JSON.stringify(file)}, '${name} ');
      process.exit(0);
    });
    setInterval(() => {}, 1_000);
    console.log('{"name":"${name}"}');
  `);

test('what was started last is stopped first, and nothing is started any more', async () => {
  const children = new Children(folder);
  const order = path.join(folder, 'order');
  for (const name of ['cluster', 'portal', 'pages']) {
    const args = writesAtItsEnd(name, order);
    const child = children.start(name, process.execPath, args);
    assert.deepEqual(await firstJsonLine(child.stdout), { name });
  }
  const stopped = children.stop();
  assert.throws(
    () => children.start('late', process.execPath, []),
    /late is not started/,
  );
  await stopped;
  assert.equal(readFileSync(order, 'utf8'), 'pages portal cluster ');
});

test('whoever ends by itself is named, with exit code and its last lines', async () => {
  const children = new Children(folder);
  const source = `
    for (let line = 1; line <= 30; line++) console.log('line', line);
    console.error('out of paper');
    process.exitCode = 3;`;
  children.start('printer', process.execPath, program(source));
  await assert.rejects(children.failed, ({ message }) => {
    assert.match(
      message,
      /^printer ended by itself \(exit code 3\). Its last lines:\n/,
    );
    assert.match(message, /\n {2}out of paper\n/);
    assert.match(message, /\n {2}line 30\n/);
    assert.doesNotMatch(message, /line 10\n/);
    assert.ok(message.endsWith(`printer.log`));
    return true;
  });
  await children.stop();
});

test('whoever is killed is named with the signal, whoever can not be started with the reason', async () => {
  const killed = new Children(folder);
  const source = `process.kill(process.pid, 'SIGKILL')`;
  killed.start('portal', process.execPath, program(source));
  await assert.rejects(killed.failed, /^Error: portal ended .* \(SIGKILL\)/);

  const missing = new Children(folder);
  missing.start('cluster', path.join(folder, 'nothing'), []);
  await assert.rejects(missing.failed, /cluster ended by itself .*ENOENT/);
});
