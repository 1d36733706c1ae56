import { parseArgs } from 'node:util';
import { jsonLogger } from '@slipway/controller';
import { FakeKubeClient } from '@slipway/controller/testing';
import knexFactory from 'knex';
import { ChangeFeed } from '../../../src/access/ChangeFeed';
import { touchKeys } from '../../../src/access/database/operations/keys/touch';
import {
  CheckServer,
  Feed,
  MAX_BODY_BYTES,
  readAuthorizerSettings,
  startAuthorizer,
} from '../../../src/authorizer';
import { CREDENTIAL_HEADERS } from '../../../src/authorizer/request/headers';
import { LLM_MODELS } from '../../../src/models/kinds';
import { TENANTS } from '../../../src/authorizer/ClusterWorld';
import { clusterObjects } from './population';

/*
 * What is measured, in a process of its own: the authorizer as it is, with a database or a snapshot, and a cluster that is in this process; or,
 * with --empty, the same server with a handler that does nothing. Writes one line of JSON when it judges.
 */

/** A database that never changes, where there is none. */
const nothingNew = (revision: number): Feed => ({
  head: async () => revision,
  since: async () => ({
    kind: 'changes',
    changes: [],
    digests: [],
    head: revision,
  }),
  lastDigest: async () => undefined,
  snapshot: () => Promise.reject(new Error('there is no database')),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      empty: { type: 'boolean', default: false },
      'database-url': { type: 'string' },
      snapshot: { type: 'string' },
      'snapshot-key': { type: 'string' },
      'poll-ms': { type: 'string', default: '100' },
    },
  });
  const ready = (port: number) =>
    process.stdout.write(
      `${JSON.stringify({ port, startedS: process.uptime() })}\n`,
    );
  if (values.empty) {
    const answer = {
      pass: true as const,
      headers: {
        'x-slipway-tenant': 't0',
        'x-slipway-key': `key_${'0'.repeat(32)}`,
        'x-slipway-owner': 'user:default/u0',
        'x-slipway-model': '0'.repeat(32),
      },
      remove: CREDENTIAL_HEADERS,
    };
    const server = await CheckServer.start({
      check: () => answer,
      port: 0,
      host: '127.0.0.1',
      maxMessageBytes: MAX_BODY_BYTES,
      maxBufferedBytes: 8 * MAX_BODY_BYTES,
    });
    ready(server.port);
    return;
  }
  const settings: Record<string, string | undefined> = {
    baseDomain: 'example.com',
    port: '0',
    host: '127.0.0.1',
    stalenessSeconds: '3600',
    snapshotFile: values.snapshot,
    snapshotKey: values['snapshot-key'],
    pollMilliseconds: values['poll-ms'],
  };
  const client = new FakeKubeClient();
  for (const object of clusterObjects()) {
    await client.put(object.kind === 'Tenant' ? TENANTS : LLM_MODELS, object);
  }
  const url = values['database-url'];
  const knex = url ? knexFactory({ client: 'pg', connection: url }) : undefined;
  const running = await startAuthorizer({
    settings: readAuthorizerSettings(name => settings[name]),
    client,
    feed: knex ? ChangeFeed.create({ knex }) : nothingNew(1),
    noteUses: async uses =>
      knex &&
      touchKeys(
        knex,
        new Map([...uses].map(([id, at]) => [id, at.toISOString()])),
      ),
    logger: jsonLogger(),
  });
  while (running.unfit !== undefined) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  ready(running.port);
}

main().catch(error => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
