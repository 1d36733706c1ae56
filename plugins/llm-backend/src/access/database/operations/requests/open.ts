import type { Knex } from 'knex';
import { AccessRequest } from '../../../types';
import { RequestRow, toRequest } from '../../rows';

/** The requests of somebody that nobody has decided yet and that did not time out. */
export async function openRequests(
  knex: Knex,
  requester: string,
  now: Date,
): Promise<AccessRequest[]> {
  const rows = await knex<RequestRow>('requests')
    .where({ requester, state: 'pending' })
    .where('expires_at', '>', now.toISOString());
  return rows.map(toRequest);
}
