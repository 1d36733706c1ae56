import { spawn } from 'node:child_process';
import { say } from './say.mjs';

const GRACE_MS = 8_000;

/**
 * Starts a program in a process group of its own: Ctrl-C reaches this process only, which then ends what it has started in order. Should this
 * process exit, the group is killed.
 *
 * @returns the child, and `ended`: resolves with its exit code, or with the name of the signal that ended it; rejects when it can't be started
 */
export function startGroup(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  const kill = () => signalGroup(child, 'SIGKILL');
  process.once('exit', kill);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  }).finally(() => process.off('exit', kill));
  return { child, ended };
}

/** Asks a group to end, and kills it when it does not within `graceMs`. Resolves when it has ended. */
export async function endGroup(
  name,
  { child, ended },
  { signal = 'SIGTERM', graceMs = GRACE_MS } = {},
) {
  signalGroup(child, signal);
  const timer = setTimeout(() => {
    say(`${name} does not end by itself; killing it.`);
    signalGroup(child, 'SIGKILL');
  }, graceMs);
  await ended.catch(() => {});
  clearTimeout(timer);
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}
