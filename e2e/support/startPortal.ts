import { spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(__dirname, '../..');
const STOP_MS = 15_000;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no free port')),
      );
    });
  });
}

/** Runs `npm start` on free ports, as a user does, until the tests are done. */
export default async function startPortal(): Promise<
  (() => Promise<void>) | undefined
> {
  if (process.env.SLIPWAY_E2E) {
    return undefined;
  }
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const setting of [
    'PORTAL',
    'API',
    'GATEWAY',
    'OIDC',
    'ADMIN',
    'AUTHORIZER',
  ]) {
    env[`SLIPWAY_${setting}_PORT`] = String(await freePort());
  }
  const child = spawn(process.execPath, ['scripts/run.mjs', 'start'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code =>
      reject(new Error(`npm start ended with exit code ${code}`)),
    );
  });
  // Once the portal is up, its end is expected.
  ended.catch(() => {});
  const line = new Promise<string>(resolve => {
    createInterface({ input: child.stdout }).on('line', text => {
      if (text.startsWith('{')) {
        resolve(text);
      }
    });
  });
  process.env.SLIPWAY_E2E = await Promise.race([line, ended]);

  return async () => {
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
  };
}
