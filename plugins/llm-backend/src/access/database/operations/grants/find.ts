import type { Knex } from 'knex';
import { Grant, Sight } from '../../../types';
import { GrantRow, toGrant } from '../../rows';
import { reasonsToSeeGrants, see } from '../../sight';

/** A grant, if there is one that this person may see. */
export async function findGrant(
  knex: Knex,
  id: string,
  sight: Sight,
): Promise<Grant | undefined> {
  const query = knex<GrantRow>('grants').where('id', id);
  see(query, reasonsToSeeGrants(sight));
  const row = await query.first();
  return row && toGrant(row);
}
