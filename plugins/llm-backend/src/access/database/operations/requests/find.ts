import type { Knex } from 'knex';
import { AccessRequest, Sight } from '../../../types';
import { RequestRow, toRequest } from '../../rows';
import { reasonsToSeeRequests, see } from '../../sight';

/** A request, if there is one that this person may see. */
export async function findRequest(
  knex: Knex,
  id: string,
  sight: Sight,
): Promise<AccessRequest | undefined> {
  const query = knex<RequestRow>('requests').where('id', id);
  see(query, reasonsToSeeRequests(sight));
  const row = await query.first();
  return row && toRequest(row);
}
