import type { Knex } from 'knex';
import { GrantRow } from '../../rows';

/** When each of the grants runs out, by its id; those that ended before their time are left out. */
export async function endsOfGrants(
  knex: Knex,
  grantIds: string[],
): Promise<Map<string, string>> {
  if (grantIds.length === 0) {
    return new Map();
  }
  const rows = await knex<GrantRow>('grants')
    .whereIn('id', grantIds)
    .where('state', 'active')
    .select('id', 'expires_at');
  return new Map(rows.map(row => [row.id, row.expires_at]));
}
