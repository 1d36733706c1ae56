import { endGroup, startGroup } from './processGroup.mjs';

/**
 * Runs a program to its end. When this program is to end meanwhile, so is the other.
 *
 * @param stop - from `listenForStop`
 * @param options - as those of `spawn`; `name` is for messages, `capture` collects what is printed
 * @returns `{ status, output }`: exit code or name of the signal that ended it, and what it printed
 * @throws Stopped when this program is to end; an error of `spawn` when the other can't be started
 */
export async function runProgram(
  stop,
  command,
  args,
  { name = command, capture = false, ...options } = {},
) {
  stop.throwIfAborted();
  const group = startGroup(command, args, {
    stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2],
    ...options,
  });
  const printed = [];
  for (const stream of [group.child.stdout, group.child.stderr]) {
    stream?.on('data', chunk => printed.push(chunk));
  }
  const end = () => endGroup(name, group, { signal: stop.reason.signal });
  stop.addEventListener('abort', end, { once: true });
  try {
    const status = await group.ended;
    stop.throwIfAborted();
    return { status, output: Buffer.concat(printed).toString('utf8') };
  } finally {
    stop.removeEventListener('abort', end);
  }
}
