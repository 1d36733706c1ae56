import type { Knex } from 'knex';

/** How many active keys a user owns. */
export async function countActiveKeys(
  knex: Knex,
  owner: string,
): Promise<number> {
  const row = await knex('keys')
    .where({ owner, state: 'active' })
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}
