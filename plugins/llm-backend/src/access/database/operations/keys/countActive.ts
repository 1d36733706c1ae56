import type { Knex } from 'knex';

/** How many active keys each of the users owns; who has none is left out. */
export async function countActiveKeys(
  knex: Knex,
  owners: string[],
): Promise<Map<string, number>> {
  const rows: { owner: string; count: number | string }[] = await knex('keys')
    .whereIn('owner', [...new Set(owners)])
    .where('state', 'active')
    .groupBy('owner')
    .select('owner', knex.raw('count(*) as count'));
  return new Map(rows.map(({ owner, count }) => [owner, Number(count)]));
}
