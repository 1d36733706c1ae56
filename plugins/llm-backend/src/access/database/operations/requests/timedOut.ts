import type { Knex } from 'knex';
import { AccessRequest } from '../../../types';
import { RequestRow, toRequest } from '../../rows';

/** Pending requests whose time is over, at most `limit`. */
export async function timedOutRequests(
  knex: Knex,
  now: Date,
  limit: number,
): Promise<AccessRequest[]> {
  const rows = await knex<RequestRow>('requests')
    .where('state', 'pending')
    .where('expires_at', '<=', now.toISOString())
    .orderBy('expires_at')
    .limit(limit);
  return rows.map(toRequest);
}
