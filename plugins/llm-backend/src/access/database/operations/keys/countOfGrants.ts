import type { Knex } from 'knex';
import { Sight } from '../../../types';
import { reasonsToSeeKeys, see } from '../../sight';

/** How many active keys hang off each of the grants, as far as this person may see them; grants without any are left out. */
export async function countKeysOfGrants(
  knex: Knex,
  grantIds: string[],
  sight: Sight,
): Promise<Map<string, number>> {
  const query = knex('key_grants')
    .join('keys', 'keys.id', 'key_grants.key_id')
    .whereIn('key_grants.grant_id', grantIds)
    .where('key_grants.ended', false)
    .where('keys.state', 'active');
  see(query, reasonsToSeeKeys(sight));
  const rows: { grant_id: string; count: number | string }[] = await query
    .groupBy('key_grants.grant_id')
    .select('key_grants.grant_id', knex.raw('count(*) as count'));
  return new Map(rows.map(row => [row.grant_id, Number(row.count)]));
}
