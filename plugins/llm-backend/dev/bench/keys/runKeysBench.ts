import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { positive } from '../flags';
import { BenchProcess } from '../processes';
import { round, say } from '../progress';
import { LARGE_OWNER, LARGE_TENANT, grantedModels, openModels } from './world';

/** What came out of the benchmark. */
export interface KeysBenchResult {
  bench: 'keys';
  seconds: number;
  clients: number;
  users: number;
  listedKeys: number;
  /** Keys issued per second through the HTTP API. */
  keysPerS: number;
  /** Milliseconds until a key is answered. */
  issueP50Ms: number;
  issueP95Ms: number;
  /** Statements to the database per key. */
  statementsPerKey: number;
  /** CPU time of the server per key, in milliseconds; the database's is not in it. */
  cpuMsPerKey?: number;
  failed: number;
  /** Milliseconds until the first page, 100 keys, of a tenant with `listedKeys` is answered to its owner. */
  listP50Ms: number;
  listP95Ms: number;
}

const LISTS = 200;
const WARM_UP_MS = 3_000;

/** The server, over connections that stay open. */
class Target {
  readonly #port: number;
  readonly #agent: http.Agent;

  constructor(port: number, connections: number) {
    this.#port = port;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  async statements(): Promise<number> {
    const { body } = await this.send({ method: 'GET', path: '/statements' });
    const { statements }: { statements?: unknown } = JSON.parse(body);
    return Number(statements);
  }

  /** Sends a request and reads the whole answer. */
  async send(asked: {
    method: string;
    path: string;
    user?: string;
    idempotencyKey?: string;
    body?: string;
  }): Promise<{ status?: number; body: string }> {
    const { method, path: at, user, idempotencyKey, body } = asked;
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          host: '127.0.0.1',
          port: this.#port,
          agent: this.#agent,
          method,
          path: at,
          headers: {
            ...(user && { 'x-bench-user': user }),
            ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
            ...(body && { 'content-type': 'application/json' }),
          },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', chunk => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
}

/**
 * Measures how fast keys are issued and listed, on a Postgres database, in a schema of its own that is dropped in the end.
 *
 * @throws Error naming the flag that is missing or can't be read
 */
export async function runKeysBench(
  args: string[],
  root: string,
): Promise<KeysBenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      'database-url': { type: 'string' },
      seconds: { type: 'string', default: '20' },
      clients: { type: 'string', default: '256' },
      users: { type: 'string', default: '1000' },
      list: { type: 'string', default: '100000' },
    },
  });
  const databaseUrl = values['database-url'];
  if (!databaseUrl) {
    throw new Error(
      '--database-url is missing: a Postgres database, e.g. postgresql://user@127.0.0.1:5432/name',
    );
  }
  const seconds = positive('seconds', values.seconds);
  const clients = positive('clients', values.clients);
  const users = positive('users', values.users);
  const listedKeys = positive('list', values.list);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-keys-'));
  const server = BenchProcess.start(
    path.join(__dirname, 'server.ts'),
    [
      ...['--database-url', databaseUrl, '--list', String(listedKeys)],
      ...['--schema', `bench_${randomBytes(6).toString('hex')}`],
    ],
    { cwd: root, log: path.join(directory, 'server.log') },
  );
  try {
    say(`fills the database with ${listedKeys} keys`);
    const { port } = await server.firstLine();
    const target = new Target(Number(port), clients);
    const lists = await measureLists(target);
    say(`first page of ${listedKeys}: p95 ${lists.listP95Ms} ms`);
    await issueFor(target, { ms: WARM_UP_MS, clients, users });
    say(`issues keys for ${seconds} s, ${clients} clients at a time`);
    const before = await target.statements();
    const cpuBefore = server.cpuSeconds();
    const started = performance.now();
    const issued = await issueFor(target, {
      ms: seconds * 1_000,
      clients,
      users,
    });
    const took = (performance.now() - started) / 1_000;
    const statements = (await target.statements()) - before;
    const cpu = cpuSince(server, cpuBefore);
    return {
      bench: 'keys',
      seconds,
      clients,
      users,
      listedKeys,
      keysPerS: round(issued.times.length / took, 0),
      issueP50Ms: percentile(issued.times, 0.5),
      issueP95Ms: percentile(issued.times, 0.95),
      statementsPerKey: round(statements / issued.times.length),
      cpuMsPerKey: cpu && round((cpu * 1_000) / issued.times.length),
      failed: issued.failed,
      ...lists,
    };
  } finally {
    await server.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

function cpuSince(
  server: BenchProcess,
  before: number | undefined,
): number | undefined {
  const after = server.cpuSeconds();
  return after === undefined || before === undefined
    ? undefined
    : after - before;
}

async function measureLists(
  target: Target,
): Promise<Pick<KeysBenchResult, 'listP50Ms' | 'listP95Ms'>> {
  const times: number[] = [];
  for (let at = 0; at < LISTS + 20; at++) {
    const started = performance.now();
    const { status } = await target.send({
      method: 'GET',
      path: `/v1/keys?scope=owned&tenant=${LARGE_TENANT}&state=active`,
      user: LARGE_OWNER,
    });
    if (status !== 200) {
      throw new Error(`The list was answered ${status}`);
    }
    times.push(performance.now() - started);
  }
  const measured = times.slice(20);
  return {
    listP50Ms: percentile(measured, 0.5),
    listP95Ms: percentile(measured, 0.95),
  };
}

async function issueFor(
  target: Target,
  options: { ms: number; clients: number; users: number },
): Promise<{ times: number[]; failed: number }> {
  const { ms, clients, users } = options;
  const until = performance.now() + ms;
  const times: number[] = [];
  let failed = 0;
  let count = 0;
  const client = async () => {
    while (performance.now() < until) {
      count++;
      const started = performance.now();
      const { status } = await target.send({
        method: 'POST',
        path: '/v1/keys',
        user: `user:default/user-${count % users}`,
        idempotencyKey: randomBytes(12).toString('hex'),
        body: JSON.stringify({
          name: `Key ${count}`,
          tenant: 'bench',
          models: [
            grantedModels[count % grantedModels.length],
            openModels[count % openModels.length],
          ],
        }),
      });
      if (status === 200) {
        times.push(performance.now() - started);
      } else {
        failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { times, failed };
}

function percentile(times: number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return round(sorted[at] ?? 0);
}
