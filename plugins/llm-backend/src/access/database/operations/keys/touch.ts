import type { Knex } from 'knex';

/**
 * Notes when keys were last used. Who reports uses does so at most once a minute and key; an older time never replaces a newer
 * one. This is no change that the authorizers must hear of, so it takes no lock.
 *
 * @param uses - times in ISO 8601 by the id of the key
 */
export async function touchKeys(
  knex: Knex,
  uses: ReadonlyMap<string, string>,
): Promise<void> {
  const byTime = new Map<string, string[]>();
  for (const [id, at] of uses) {
    byTime.set(at, [...(byTime.get(at) ?? []), id]);
  }
  for (const [at, ids] of byTime) {
    await knex('keys')
      .whereIn('id', ids)
      .where(older =>
        older.whereNull('last_used_at').orWhere('last_used_at', '<', at),
      )
      .update({ last_used_at: at });
  }
}
