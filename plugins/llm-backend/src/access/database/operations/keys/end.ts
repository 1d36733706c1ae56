import type { Knex } from 'knex';
import { EndReason } from '../../../types';
import { inPieces } from '../../inPieces';

/** Ends keys that are active; there is no way back, and one that ended keeps the reason it ended for. */
export async function endKeyRows(
  trx: Knex.Transaction,
  ids: string[],
  { because, at, by }: { because: EndReason; at: string; by: string },
): Promise<void> {
  for (const some of inPieces(ids)) {
    await trx('keys').whereIn('id', some).where('state', 'active').update({
      state: 'ended',
      ended_because: because,
      ended_at: at,
      ended_by: by,
    });
  }
}
