import type { Knex } from 'knex';
import { AccessRequest } from '../../../types';

/**
 * Writes what became of a request that is pending.
 *
 * @returns whether it was: a decision that is there already is never replaced
 */
export async function updateRequest(
  trx: Knex.Transaction,
  id: string,
  change: Pick<AccessRequest, 'state' | 'waitsFor'> &
    Partial<Pick<AccessRequest, 'decidedBy' | 'decidedAt' | 'grantId'>>,
): Promise<boolean> {
  const updated = await trx('requests')
    .where({ id, state: 'pending' })
    .update({
      state: change.state,
      waits_for: change.waitsFor,
      decided_by: change.decidedBy ?? null,
      decided_at: change.decidedAt ?? null,
      grant_id: change.grantId ?? null,
    });
  return updated === 1;
}
