import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../paths.mjs';

/** Arguments of Node that run a program given as text; `import` finds the files of scripts/lib by their names. */
export function program(source) {
  const folder = `${pathToFileURL(path.join(root, 'scripts/lib'))}/`;
  return [
    '--input-type=module',
    '--eval',
    source.replaceAll("from './", `from '${folder}`),
  ];
}

/** A program that says when it is there, and does nothing until a signal ends it. */
export const waits = program(
  `console.log('there'); setInterval(() => {}, 1_000);`,
);

/** A process whose output is collected and can be waited for. */
export class Watched {
  output = '';

  constructor(command, args, options) {
    this.child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', chunk => {
        this.output += chunk;
        this.child.emit('printed');
      });
    }
    /** Its exit code, or the name of the signal that ended it, once nobody holds its output any more. */
    this.ended = once(this.child, 'close').then(
      ([code, signal]) => signal ?? code,
    );
  }

  /** Resolves with the match of the first text of this form that is printed. */
  async printed(pattern) {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) {
        return match;
      }
      await once(this.child, 'printed');
    }
  }
}

/** Whether there is a process of this id. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once there is no process of this id. */
export async function untilGone(pid) {
  while (isAlive(pid)) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
