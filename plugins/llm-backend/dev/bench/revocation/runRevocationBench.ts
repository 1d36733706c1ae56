import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import knexFactory, { Knex } from 'knex';
import { AccessService } from '../../../src/access';
import { migrationsDirectory } from '../../../src/access/migrate';
import type { AccessCaller, AccessDirectory } from '../../../src/access';
import { EnvoyLike } from '../../../src/authorizer/__testUtils__/askAsEnvoy';
import { bundleServer } from '../authorizer/runAuthorizerBench';
import { modelIdOf } from '../authorizer/population';
import { positive } from '../flags';
import { BenchProcess } from '../processes';
import { round, say, sleep } from '../progress';

/** What the benchmark measured: from the commit of a revocation until the last of the authorizers refuses. */
export interface RevocationBenchResult {
  bench: 'revocation';
  machine: string;
  authorizers: number;
  revocations: number;
  pollMs: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Revocations that an authorizer had not heard of after ten seconds, or forgot again. */
  missed: number;
  /** Load of the machine over the last minute, before and after. */
  load: [number, number];
}

const AUTHORIZERS = 3;
const PATIENCE_MS = 10_000;
/** How often each authorizer is asked with the key; the figures are as exact as this. */
const PROBE_MS = 2;
/** How long a key is tried again after it was refused. */
const AFTERWARDS_MS = 300;

/**
 * Measures how long a revoked key still works, across three authorizers on one Postgres.
 *
 * @param args - command line flags, see the usage of `npm run bench`
 * @param root - of the repository
 */
export async function runRevocationBench(
  args: string[],
  root: string,
): Promise<RevocationBenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      revocations: { type: 'string', default: '200' },
      'poll-ms': { type: 'string', default: '100' },
      'database-url': { type: 'string' },
    },
  });
  const revocations = positive('revocations', values.revocations);
  const pollMs = positive('poll-ms', values['poll-ms']);
  const url = values['database-url'];
  if (!url) {
    throw new Error(
      '--database-url: name a Postgres database, e.g. postgres://user@127.0.0.1/bench. It is filled with keys.',
    );
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  say(`logs in ${folder}`);
  const before = os.loadavg()[0];
  const knex = knexFactory({ client: 'pg', connection: url });
  const servers: BenchProcess[] = [];
  const envoys: EnvoyLike[] = [];
  try {
    await knex.migrate.latest({ directory: migrationsDirectory() });
    await addMember(knex);
    const program = await bundleServer(root, folder);
    for (let n = 0; n < AUTHORIZERS; n++) {
      servers.push(
        BenchProcess.start(
          program,
          ['--database-url', url, '--poll-ms', String(pollMs)],
          { cwd: root, log: path.join(folder, `authorizer-${n}.log`) },
        ),
      );
    }
    for (const server of servers) {
      const { port } = await server.firstLine();
      envoys.push(new EnvoyLike(Number(port)));
    }
    say(`${AUTHORIZERS} authorizers are ready`);
    const found = await revokeMany(knex, envoys, revocations);
    const sorted = found.timesMs.sort((a, b) => a - b);
    const at = (share: number) =>
      round(sorted[Math.ceil(share * sorted.length) - 1] ?? NaN, 1);
    return {
      bench: 'revocation',
      machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${
        process.version
      }`,
      authorizers: AUTHORIZERS,
      revocations,
      pollMs,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
      missed: found.missed,
      load: [round(before, 1), round(os.loadavg()[0], 1)],
    };
  } finally {
    envoys.forEach(envoy => envoy.close());
    await Promise.all(servers.map(server => server.stop()));
    await knex.destroy();
  }
}

/** The cluster of `server.ts`, as the access room sees it. */
const directory: AccessDirectory = {
  model: ref => ({
    ref,
    modelId: modelIdOf(0),
    owners: [],
    requestable: false,
    access: { public: false, groups: ['everybody'] },
  }),
  models: () => [],
  tenant: name => ({
    name,
    displayName: name,
    state: 'active',
    owners: [],
    memberGroups: ['team0'],
  }),
  tenants: () => [
    {
      name: 't0',
      displayName: 't0',
      state: 'active',
      owners: [],
      memberGroups: ['team0'],
    },
  ],
  groupsOf: async () => ['everybody', 'team0'],
};

const caller: AccessCaller = {
  userEntityRef: 'user:default/bench',
  ownershipEntityRefs: ['user:default/bench'],
  groups: ['everybody', 'team0'],
  admin: true,
  auditor: true,
  mayApprove: true,
};

/** Before the authorizers start, so that they find her in their snapshot. */
async function addMember(knex: Knex): Promise<void> {
  await knex('members')
    .insert({
      user_ref: caller.userEntityRef,
      groups: JSON.stringify(caller.groups),
      state: 'member',
      rechecks: 0,
      updated_at: new Date().toISOString(),
    })
    .onConflict('user_ref')
    .ignore();
}

async function revokeMany(
  knex: Knex,
  envoys: EnvoyLike[],
  revocations: number,
): Promise<{ timesMs: number[]; missed: number }> {
  const access = AccessService.create({
    knex,
    directory,
    limits: { maxKeysPerUser: 1_000_000 },
  });
  const timesMs: number[] = [];
  let missed = 0;
  for (let n = 0; n < revocations; n++) {
    const { key, secret = '' } = await access.keys.issue(caller, {
      name: 'bench',
      models: ['models/m0'],
    });
    await Promise.all(
      envoys.map(envoy => until(envoy, secret, 'pass', PATIENCE_MS)),
    );
    await access.keys.revoke(caller, key.id);
    const committedMs = performance.now();
    const refused = await Promise.all(
      envoys.map(envoy => until(envoy, secret, '401', PATIENCE_MS)),
    );
    if (refused.every(Boolean)) {
      timesMs.push(performance.now() - committedMs);
    }
    const forgotten = await Promise.all(
      envoys.map(envoy => until(envoy, secret, 'pass', AFTERWARDS_MS)),
    );
    if (!refused.every(Boolean) || forgotten.some(Boolean)) {
      missed++;
    }
    if ((n + 1) % 50 === 0) {
      say(`${n + 1} revocations`);
    }
  }
  return { timesMs, missed };
}

/** Asks again and again; whether the outcome was seen in time. */
async function until(
  envoy: EnvoyLike,
  secret: string,
  outcome: string,
  patienceMs: number,
): Promise<boolean> {
  const deadlineMs = performance.now() + patienceMs;
  const question = {
    method: 'POST',
    path: '/v1/chat/completions',
    host: 'llm.example.com',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
    },
    body: Buffer.from(JSON.stringify({ model: modelIdOf(0) })),
  };
  while (performance.now() < deadlineMs) {
    if ((await envoy.ask(question)) === outcome) {
      return true;
    }
    await sleep(PROBE_MS);
  }
  return false;
}
