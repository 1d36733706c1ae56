import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import knexFactory from 'knex';
import { AccessIndex } from '../../../src/authorizer/accessIndex';
import { SnapshotWriter } from '../../../src/authorizer/snapshotFile';
import { migrationsDirectory } from '../../../src/access/migrate';
import { positive } from '../flags';
import { BenchProcess, bundle } from '../processes';
import { round, say } from '../progress';
import { findGhz, LoadResult, prepareLoad, runLoad } from './ghz';
import { fillDatabase, population } from './population';

/** What the benchmark measured. */
export interface AuthorizerBenchResult {
  bench: 'authorizer';
  machine: string;
  keys: number;
  rps: number;
  seconds: number;
  /** Where a cold start reads from. */
  from: 'snapshot' | 'postgres';
  /** Checks per second that were asked and answered. */
  checksPerS: number;
  /** CPU time of the process per check, and of one with a handler that does nothing; microseconds. */
  cpuUsPerCheck: number;
  emptyCpuUsPerCheck: number;
  ratioToEmpty: number;
  p50Ms: number;
  p99Ms: number;
  emptyP50Ms: number;
  emptyP99Ms: number;
  rssMb?: number;
  /** From the start of the process until it judges. */
  coldStartS: number;
  /** CPU time of the process until then, which says more on a machine that is busy. */
  coldStartCpuS: number;
  failed: number;
  /** Load of the machine over the last minute, before and after. */
  load: [number, number];
}

/** Those of the chart: the index is no garbage and no objects, so the room is for what checks leave behind. */
const NODE_FLAGS = ['--max-semi-space-size=16'];
const SNAPSHOT_KEY = 'a key that is only good for this benchmark';
const WARM_UP_S = 5;

/**
 * Measures the authorizer with many keys, by load from another process, against an empty handler in the same run.
 *
 * @param args - command line flags, see the usage of `npm run bench`
 * @param root - of the repository
 */
export async function runAuthorizerBench(
  args: string[],
  root: string,
): Promise<AuthorizerBenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      keys: { type: 'string', default: '1000000' },
      rps: { type: 'string', default: '5000' },
      seconds: { type: 'string', default: '30' },
      'database-url': { type: 'string' },
    },
  });
  const flags = {
    keys: positive('keys', values.keys),
    rps: positive('rps', values.rps),
    seconds: positive('seconds', values.seconds),
  };
  const url = values['database-url'];
  const ghz = findGhz(root);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  say(`logs in ${folder}`);
  const before = os.loadavg()[0];
  const from = url
    ? await prepareDatabase(url, flags.keys)
    : await prepareSnapshot(folder, flags.keys);
  const program = await bundleServer(root, folder);
  const prepared = prepareLoad(folder, flags.keys);
  const measure = (name: string, more: string[]) =>
    measureServer(() => start(program, more, root, folder, name), {
      load: (port, seconds) =>
        runLoad(ghz, prepared, { ...flags, port, seconds }),
      seconds: flags.seconds,
    });
  const empty = await measure('empty', ['--empty']);
  say(`empty handler: ${JSON.stringify(empty)}`);
  const full = await measure('authorizer', from);
  say(`authorizer: ${JSON.stringify(full)}`);
  fs.rmSync(folder, { recursive: true });
  return {
    bench: 'authorizer',
    machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${
      process.version
    }`,
    ...flags,
    from: url ? 'postgres' : 'snapshot',
    checksPerS: round(full.checksPerS, 0),
    cpuUsPerCheck: round(full.cpuUsPerCheck, 1),
    emptyCpuUsPerCheck: round(empty.cpuUsPerCheck, 1),
    ratioToEmpty: round(full.cpuUsPerCheck / empty.cpuUsPerCheck),
    p50Ms: round(full.p50Ms),
    p99Ms: round(full.p99Ms),
    emptyP50Ms: round(empty.p50Ms),
    emptyP99Ms: round(empty.p99Ms),
    rssMb: full.rssMb === undefined ? undefined : round(full.rssMb, 0),
    coldStartS: round(full.coldStartS),
    coldStartCpuS: round(full.coldStartCpuS),
    failed: full.failed + empty.failed,
    load: [round(before, 1), round(os.loadavg()[0], 1)],
  };
}

/** Bundles the server as for an image, and returns the program. */
export function bundleServer(root: string, folder: string): Promise<string> {
  return bundle(
    path.join(root, 'plugins/llm-backend/dev/bench/authorizer/server.ts'),
    path.join(folder, 'server.cjs'),
  );
}

function start(
  program: string,
  args: string[],
  root: string,
  folder: string,
  name: string,
): BenchProcess {
  return BenchProcess.start(program, args, {
    cwd: root,
    nodeFlags: NODE_FLAGS,
    log: path.join(folder, `${name}.log`),
  });
}

async function prepareSnapshot(
  folder: string,
  keys: number,
): Promise<string[]> {
  say(`writing a snapshot of ${keys} keys`);
  const file = path.join(folder, 'snapshot');
  const index = new AccessIndex();
  for (const entry of population(keys)) {
    index.put(entry);
  }
  const writer = new SnapshotWriter({ file, key: SNAPSHOT_KEY });
  await writer.write({ index, revision: 1 }, new Date());
  return ['--snapshot', file, '--snapshot-key', SNAPSHOT_KEY];
}

async function prepareDatabase(url: string, keys: number): Promise<string[]> {
  const knex = knexFactory({ client: 'pg', connection: url });
  try {
    await knex.migrate.latest({ directory: migrationsDirectory() });
    const [{ count }] = await knex('keys').count({ count: '*' });
    if (Number(count) !== keys) {
      if (Number(count) !== 0) {
        throw new Error(
          `--database-url: the database has ${count} keys; give an empty one, or one that an earlier run filled with ${keys}.`,
        );
      }
      say(`filling the database with ${keys} keys`);
      await fillDatabase(knex, keys);
    }
  } finally {
    await knex.destroy();
  }
  return ['--database-url', url];
}

interface Measured extends LoadResult {
  cpuUsPerCheck: number;
  rssMb?: number;
  coldStartS: number;
  coldStartCpuS: number;
}

async function measureServer(
  startServer: () => BenchProcess,
  options: {
    load: (port: number, seconds: number) => Promise<LoadResult>;
    seconds: number;
  },
): Promise<Measured> {
  const server = startServer();
  try {
    const { port, startedS } = await server.firstLine();
    const coldStartCpuS = server.cpuSeconds() ?? NaN;
    await options.load(Number(port), WARM_UP_S);
    const cpuBefore = server.cpuSeconds() ?? NaN;
    const result = await options.load(Number(port), options.seconds);
    const cpuS = (server.cpuSeconds() ?? NaN) - cpuBefore;
    return {
      ...result,
      cpuUsPerCheck: (cpuS * 1e6) / result.checks,
      rssMb: server.rssMb(),
      coldStartS: Number(startedS),
      coldStartCpuS,
    };
  } finally {
    await server.stop();
  }
}
