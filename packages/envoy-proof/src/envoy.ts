import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EnvoyFiles, Surroundings } from './envoyConfig';
import { envoyFiles } from './envoyConfig';
import type { JsonObject } from './json';
import { listAt, objectAt } from './json';
import type { Closable } from './stubs/closable';
import type { Translation } from './translate';

/** Asks until the answer is there. Throws what is missing after 30 s. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`Within 30 s there was no ${what}.`);
    }
    await pause(20);
  }
}

/** A real Envoy with what Envoy Gateway translated, as a process of ours. */
export class Envoy implements Closable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly around: Surroundings,
    private readonly adminUrl: string,
    /** The port of 127.0.0.1 on which clients call. */
    readonly port: number,
  ) {}

  /** Starts Envoy and waits until it listens. Throws its log when it refuses the configuration. */
  static async start(
    binary: string,
    translation: Translation,
    around: Surroundings,
  ): Promise<Envoy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-envoy-'));
    await write(folder, envoyFiles(translation, around, folder));
    const log = openSync(path.join(folder, 'log'), 'w');
    const child = spawn(
      binary,
      [
        ...['--config-path', path.join(folder, 'bootstrap.json')],
        ...['--admin-address-path', path.join(folder, 'admin')],
        ...['--concurrency', '1', '--disable-hot-restart'],
        ...['--log-level', 'warning'],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    // An Envoy does not outlive who started it, however that ends.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const giveUp = async (): Promise<never> => {
      kill();
      const said = await readFile(path.join(folder, 'log'), 'utf8');
      await rm(folder, { recursive: true });
      throw new Error(`Envoy did not start:\n${said.slice(-4000)}`);
    };
    try {
      const adminUrl = await eventually('admin port', async () => {
        if (child.exitCode !== null) {
          return giveUp();
        }
        const address = await readFile(
          path.join(folder, 'admin'),
          'utf8',
        ).catch(() => '');
        return address ? `http://${address}` : undefined;
      });
      const port = await eventually('listener', () => listenerPort(adminUrl));
      return new Envoy(child, folder, around, adminUrl, port);
    } catch {
      return giveUp();
    }
  }

  /** Makes the routes and clusters those of another translation, while requests run, and waits until they are in force. */
  async update(translation: Translation): Promise<void> {
    const before = await this.stats();
    const files = envoyFiles(translation, this.around, this.folder);
    await write(this.folder, {
      clusters: files.clusters,
      routes: files.routes,
    });
    const routesLoaded = (stats: Record<string, number>) =>
      Object.entries(stats).find(
        ([name]) => name.includes('.rds.') && name.endsWith('.config_reload'),
      )?.[1] ?? 0;
    await eventually('new routes', async () =>
      routesLoaded(await this.stats()) > routesLoaded(before)
        ? true
        : undefined,
    );
  }

  /** Envoy's counters and gauges by name. */
  async stats(): Promise<Record<string, number>> {
    const answer = await fetch(`${this.adminUrl}/stats?format=json`);
    const { stats }: { stats: { name?: string; value?: number }[] } =
      await answer.json();
    return Object.fromEntries(
      stats.flatMap(({ name, value }) =>
        name !== undefined && typeof value === 'number' ? [[name, value]] : [],
      ),
    );
  }

  /** The resident memory of the process, in bytes, and the most that it ever was. */
  async memory(): Promise<{ nowBytes: number; peakBytes: number }> {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    const bytes = (field: string) =>
      1024 *
      Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
    return { nowBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
  }

  /** What Envoy has logged: warnings and errors. */
  log(): Promise<string> {
    return readFile(path.join(this.folder, 'log'), 'utf8');
  }

  /** Ends the process and removes its files. */
  async close(): Promise<void> {
    const ended = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true });
  }
}

/** Writes each file beside its place and moves it there: Envoy sees moves, and never half a file. */
async function write(folder: string, files: Partial<EnvoyFiles>) {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, `${name}.json`);
    await writeFile(`${file}.new`, JSON.stringify(content));
    await rename(`${file}.new`, file);
  }
}

async function listenerPort(adminUrl: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`${adminUrl}/listeners?format=json`);
    const listeners: JsonObject = await answer.json();
    const [listener] = listAt(listeners, 'listener_statuses');
    const { port_value: port } = objectAt(
      listener,
      'local_address',
      'socket_address',
    );
    return typeof port === 'number' && port > 0 ? port : undefined;
  } catch {
    // The admin server does not answer yet, or the listener is not there yet.
    return undefined;
  }
}
