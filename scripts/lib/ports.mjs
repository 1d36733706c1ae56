import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { root } from './paths.mjs';
import { Advice } from './say.mjs';

/** Resolves with the code of the error when a port can't be listened on, with nothing when it can. */
function tryPort(port) {
  return new Promise(resolve => {
    const server = net.createServer();
    server.once('error', ({ code }) => resolve(code));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

/** Inode of the socket that listens on a port, from Linux' own tables. */
function listeningInode(port) {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (local?.endsWith(`:${hexPort}`) && state === '0A') {
        return inode;
      }
    }
  }
  return undefined;
}

/** A command line as people know it: without what Node loads first, and without the folder of the repository. */
function shortCommand(cmdline) {
  const args = cmdline.split('\0').join(' ').trim();
  return args
    .replace(/ (?:-r|--require) \S+/g, '')
    .replace(/^\S*\//, '')
    .replaceAll(`${root}/`, '')
    .slice(0, 80);
}

function holderOnLinux(port) {
  const inode = listeningInode(port);
  if (!inode) {
    return undefined;
  }
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          const folder = readlinkSync(`/proc/${pid}/cwd`);
          return `process ${pid} (${shortCommand(command)}, in ${folder})`;
        }
      }
    } catch {
      // Not ours to look at, or gone by now.
    }
  }
  return undefined;
}

function holderByLsof(port) {
  const lines = execFileSync(
    'lsof',
    ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  ).split('\n');
  const pid = lines.find(line => line.startsWith('p'))?.slice(1);
  const command = lines.find(line => line.startsWith('c'))?.slice(1);
  return pid && `process ${pid} (${command})`;
}

/** Who listens on a port, in words, if that can be found out. */
function holderOf(port) {
  try {
    return process.platform === 'linux'
      ? holderOnLinux(port)
      : holderByLsof(port);
  } catch {
    return undefined;
  }
}

/**
 * Checks that all ports are free.
 *
 * @param ports - port by what it is for; values are `{ port, setting }` with the environment variable that changes it
 * @throws Advice naming each port that is not, who holds it, and how to choose another
 */
export async function requireFreePorts(ports) {
  const busy = [];
  for (const [purpose, { port, setting }] of Object.entries(ports)) {
    const problem = await tryPort(port);
    if (problem === 'EADDRINUSE') {
      const holder = holderOf(port) ?? 'another process';
      busy.push(
        `Port ${port} (${purpose}) is held by ${holder}. Stop it, or choose another port with ${setting}=<port>.`,
      );
    } else if (problem) {
      busy.push(
        `Port ${port} (${purpose}) can't be listened on (${problem}). Choose another port with ${setting}=<port>.`,
      );
    }
  }
  if (busy.length) {
    throw new Advice(busy.join('\n'));
  }
}
