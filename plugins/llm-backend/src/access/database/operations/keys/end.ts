import type { Knex } from 'knex';
import { EndReason } from '../../../types';

/** Ends a key that is active; there is no way back, and one that ended keeps the reason it ended for. */
export async function endKeyRow(
  trx: Knex.Transaction,
  id: string,
  { because, at, by }: { because: EndReason; at: string; by: string },
): Promise<void> {
  await trx('keys').where({ id, state: 'active' }).update({
    state: 'ended',
    ended_because: because,
    ended_at: at,
    ended_by: by,
  });
}
