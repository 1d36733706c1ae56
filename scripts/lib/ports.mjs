import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { Advice } from './say.mjs';

function isFree(port) {
  return new Promise(resolve => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
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

function holderOnLinux(port) {
  const inode = listeningInode(port);
  if (!inode) {
    return undefined;
  }
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
            .split('\0')
            .join(' ')
            .trim();
          return `process ${pid} (${command.slice(0, 80)})`;
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
 * @throws Advice naming each busy port, who holds it, and how to choose another
 */
export async function requireFreePorts(ports) {
  const busy = [];
  for (const [purpose, { port, setting }] of Object.entries(ports)) {
    if (!(await isFree(port))) {
      const holder = holderOf(port) ?? 'another process';
      busy.push(
        `Port ${port} (${purpose}) is held by ${holder}. Stop it, or choose another port with ${setting}=<port>.`,
      );
    }
  }
  if (busy.length) {
    throw new Advice(busy.join('\n'));
  }
}
