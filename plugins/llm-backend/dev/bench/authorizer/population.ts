import { createHash } from 'node:crypto';
import type { KubeObject } from '@slipway/controller';
import type { Knex } from 'knex';
import { IndexEntry } from '../../../src/access/indexEntries';

/** Models, and as many tenants. */
export const MODELS = 100;
/** A person has ten keys or so. */
const KEYS_PER_OWNER = 10;
const EXPIRES_AT = '2099-01-01T00:00:00.000Z';
const LONG_AGO = '2026-01-01T00:00:00.000Z';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** The secret of the n-th key. */
export const secretOf = (n: number) => `sk-slw-bench-${n}`;

/** Public name of a model. */
export const modelIdOf = (n: number) => `bench/m${n % MODELS}`;

const modelRef = (n: number) => `models/m${n % MODELS}`;
const tenantOf = (n: number) => `t${n % MODELS}`;
const owners = (keys: number) =>
  // A multiple of the models, so that an owner is always in the same tenant.
  Math.max(1, Math.round(keys / KEYS_PER_OWNER / MODELS)) * MODELS;

/**
 * Everything an index holds for `keys` keys: members, a grant for each of them on one model, and keys for two models, one by that grant and one
 * that is open to everybody's group.
 */
export function* population(keys: number): Generator<IndexEntry> {
  for (let owner = 0; owner < owners(keys); owner++) {
    yield {
      kind: 'member',
      id: `user:default/u${owner}`,
      groups: ['everybody', `team${owner % MODELS}`],
    };
    yield {
      kind: 'grant',
      id: `grant_${md5(`g${owner}`)}`,
      tenant: tenantOf(owner),
      model: modelRef(owner),
      subject: { kind: 'user', ref: `user:default/u${owner}` },
      expiresAt: EXPIRES_AT,
    };
  }
  for (let n = 0; n < keys; n++) {
    const owner = n % owners(keys);
    yield {
      kind: 'key',
      id: `key_${md5(`k${n}`)}`,
      hash: createHash('sha256').update(secretOf(n)).digest('hex'),
      tenant: tenantOf(owner),
      owner: `user:default/u${owner}`,
      models: [
        { model: modelRef(owner), grantId: `grant_${md5(`g${owner}`)}` },
        { model: modelRef(owner + 1) },
      ].sort((a, b) => (a.model < b.model ? -1 : 1)),
      expiresAt: EXPIRES_AT,
    };
  }
}

/** Writes the same straight into a migrated, empty Postgres database. */
export async function fillDatabase(knex: Knex, keys: number): Promise<void> {
  const given = { keys, owners: owners(keys), models: MODELS };
  await knex.raw(
    `INSERT INTO members (user_ref, groups, state, rechecks, updated_at)
     SELECT 'user:default/u' || n, '["everybody","team' || (n % :models) || '"]', 'member', 0, '${LONG_AGO}'
     FROM generate_series(0, :owners::int - 1) AS n`,
    given,
  );
  await knex.raw(
    `INSERT INTO grants (id, tenant, model, subject_kind, subject, requested_by, granted_by, state, created_at, expires_at)
     SELECT 'grant_' || md5('g' || n), 't' || (n % :models), 'models/m' || (n % :models), 'user', 'user:default/u' || n,
       'user:default/u' || n, 'rule:bench', 'active', '${LONG_AGO}', '${EXPIRES_AT}'
     FROM generate_series(0, :owners::int - 1) AS n`,
    given,
  );
  await knex.raw(
    `INSERT INTO keys (id, hash, display, name, tenant, owner, state, created_at, expires_at)
     SELECT 'key_' || md5('k' || n), encode(sha256(convert_to('sk-slw-bench-' || n, 'UTF8')), 'hex'), 'sk-slw-benc', 'bench',
       't' || (n % :owners % :models), 'user:default/u' || (n % :owners), 'active', '${LONG_AGO}', '${EXPIRES_AT}'
     FROM generate_series(0, :keys::int - 1) AS n`,
    given,
  );
  await knex.raw(
    `INSERT INTO key_grants (key_id, model, grant_id, ended)
     SELECT 'key_' || md5('k' || n), 'models/m' || ((n % :owners + other) % :models),
       CASE other WHEN 0 THEN 'grant_' || md5('g' || (n % :owners)) END, false
     FROM generate_series(0, :keys::int - 1) AS n, generate_series(0, 1) AS other`,
    given,
  );
  for (const table of ['members', 'grants', 'keys', 'key_grants']) {
    await knex.raw('ANALYZE ??', [table]);
  }
}

/** The models and tenants of the cluster. */
export function clusterObjects(): KubeObject[] {
  return Array.from({ length: MODELS }, (_, n) => n).flatMap(n => [
    {
      apiVersion: 'llm.nebari.dev/v1alpha1',
      kind: 'LLMModel',
      metadata: {
        name: `m${n}`,
        namespace: 'models',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: {
        model: { name: modelIdOf(n), source: 'huggingface' },
        access: { groups: ['everybody'] },
      },
      status: {
        servedModelId: modelIdOf(n),
        endpoints: { external: 'https://llm.example.com' },
      },
    },
    {
      apiVersion: 'slipway.dev/v1alpha1',
      kind: 'Tenant',
      metadata: { name: tenantOf(n), namespace: '' },
      spec: {
        displayName: tenantOf(n),
        owners: [],
        memberGroups: [`team${n}`],
        state: 'active',
      },
    },
  ]);
}
