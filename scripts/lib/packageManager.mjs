import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 1_000;

/** Parent and command line of a process; nothing when it has ended. */
function lookAt(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // pid (name) state parent …: the name may hold anything.
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return { parent: Number(parent), command: args.join(' ') };
    }
    const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(line);
    return { parent: Number(parent), command };
  } catch {
    return undefined;
  }
}

/** Whether there is a process of this id. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Resolves with the name of the package manager that started this program when that has ended; never when none did. npm that is told to end tells
 * the shell between it and us, and that tells nobody; npm that is killed tells nobody either. Whoever has started this program from a shell may
 * leave it running.
 *
 * @param env - what npm, Yarn and pnpm set for what they start: `npm_lifecycle_event`, `npm_config_user_agent`
 */
export async function packageManagerHasGone(env) {
  if (!env.npm_lifecycle_event) {
    return new Promise(() => {});
  }
  const parent = process.ppid;
  const shell = lookAt(parent);
  const above = /^\S+ -c /.test(shell?.command ?? '') ? shell.parent : parent;
  return new Promise(resolve => {
    const timer = setInterval(() => {
      if (process.ppid !== parent || !isAlive(above)) {
        clearInterval(timer);
        resolve(env.npm_config_user_agent?.split('/')[0] ?? 'its parent');
      }
    }, POLL_MS);
    timer.unref();
  });
}
