import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import {
  LARGE_TENANT,
  TENANT,
  grantedModels,
  group,
  openModels,
} from './world';

/** Rows per statement. */
const BATCH = 2_000;

const created = (at: number) =>
  new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString();
const expires = '2099-01-01T00:00:00.000Z';

/** Grants the models to the group, and gives the large tenant its keys: straight into the tables, since that is not what is measured. */
export async function populate(knex: Knex, keys: number): Promise<void> {
  await knex('grants').insert(
    grantedModels.map(model => ({
      id: `grant_${randomBytes(16).toString('hex')}`,
      tenant: TENANT,
      model,
      subject_kind: 'group',
      subject: group,
      requested_by: 'user:default/lead',
      granted_by: 'user:default/owner',
      state: 'active',
      created_at: created(0),
      expires_at: expires,
    })),
  );
  for (let start = 0; start < keys; start += BATCH) {
    const count = Math.min(BATCH, keys - start);
    const rows = Array.from({ length: count }, (_, at) => keyRow(start + at));
    await knex('keys').insert(rows);
    await knex('key_grants').insert(
      rows.map(({ id }) => ({
        key_id: id,
        model: openModels[0],
        ended: false,
      })),
    );
  }
  if (knex.client.config.client === 'pg') {
    await knex.raw('analyze');
  }
}

function keyRow(at: number) {
  return {
    id: `key_${randomBytes(16).toString('hex')}`,
    hash: createHash('sha256').update(String(at)).digest('hex'),
    display: 'sk-slw-0000',
    name: `Key ${at}`,
    tenant: LARGE_TENANT,
    owner: `user:default/person-${at % 1_000}`,
    // One in ten has ended, as keys do.
    state: at % 10 === 0 ? 'ended' : 'active',
    created_at: created(at),
    expires_at: expires,
  };
}
