import { ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { build } from 'esbuild';

/** Ticks of /proc/<pid>/stat per second; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A program of this repository that runs from source in its own process. */
export class BenchProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly name: string,
  ) {}

  /** Starts a TypeScript file from source, or a bundle of one as it is. */
  static start(
    file: string,
    args: string[],
    options: {
      cwd: string;
      env?: Record<string, string>;
      nodeFlags?: string[];
      profileDir?: string;
      log: string;
    },
  ): BenchProcess {
    const transform = require.resolve(
      '@backstage/cli/config/nodeTransform.cjs',
    );
    const name = path.basename(options.log, '.log');
    const profile = options.profileDir
      ? ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]
      : [];
    const log = fs.openSync(options.log, 'w');
    const child = spawn(
      process.execPath,
      [
        ...(options.nodeFlags ?? []),
        ...profile,
        ...(file.endsWith('.ts') ? ['-r', transform] : []),
        file,
        ...args,
      ],
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'pipe', log],
      },
    );
    // Whoever ends the benchmark half-way leaves nothing running.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    return new BenchProcess(child, name);
  }

  /** The first line that it writes to stdout, parsed as JSON. */
  async firstLine(): Promise<Record<string, unknown>> {
    const { stdout } = this.child;
    if (!stdout) {
      throw new Error(`${this.name} has no stdout`);
    }
    for await (const line of readline.createInterface({ input: stdout })) {
      return JSON.parse(line);
    }
    throw new Error(`${this.name} ended before it was ready; see its log`);
  }

  /** CPU time used so far, in seconds. Undefined where there is no /proc. */
  cpuSeconds(): number | undefined {
    const stat = readProc(this.child.pid, 'stat');
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (
      fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    );
  }

  /** Resident memory in MB (10^6 bytes). Undefined where there is no /proc. */
  rssMb(): number | undefined {
    return this.memoryMb('VmRSS');
  }

  /** The most that it ever was. */
  peakRssMb(): number | undefined {
    return this.memoryMb('VmHWM');
  }

  private memoryMb(field: 'VmRSS' | 'VmHWM'): number | undefined {
    const status = readProc(this.child.pid, 'status') ?? '';
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      status,
    )?.[1];
    return kilobytes === undefined
      ? undefined
      : (Number(kilobytes) * 1024) / 1e6;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it in peace, and by force when that takes longer than 20 s. */
  async stop(): Promise<void> {
    if (this.hasEnded) {
      return;
    }
    const ended = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  }
}

/** Drivers of databases that knex can load and nothing here does. */
const OTHER_DRIVERS = [
  ...['better-sqlite3', 'sqlite3', 'mysql', 'mysql2', 'oracledb', 'tedious'],
  ...['mariadb', 'pg-native', 'pg-query-stream'],
];

/** Bundles a TypeScript file, as for the image: what runs then carries no compiler with it. */
export async function bundle(file: string, outfile: string): Promise<string> {
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Only for kubeconfigs with plugins, and large.
    external: ['@kubernetes/client-node', ...OTHER_DRIVERS, 'mariadb/callback'],
    logLevel: 'error',
  });
  return outfile;
}

function readProc(pid: number | undefined, file: string): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
