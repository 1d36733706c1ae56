import type { Knex } from 'knex';
import { EndReason } from '../../../types';

/** Ends a grant that is active; one that ended keeps the reason it ended for. */
export async function endGrantRow(
  trx: Knex.Transaction,
  id: string,
  { because, at }: { because: EndReason; at: string },
): Promise<void> {
  await trx('grants')
    .where({ id, state: 'active' })
    .update({ state: 'ended', ended_because: because, ended_at: at });
}
