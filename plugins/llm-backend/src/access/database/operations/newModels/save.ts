import type { Knex } from 'knex';
import type { NewModelRow } from './rows';

/** Notes that a new model is in the cluster, or why not. */
export async function saveNewModel(
  knex: Knex,
  requestId: string,
  { appliedAt, problem }: { appliedAt?: string; problem?: string },
): Promise<void> {
  await knex<NewModelRow>('new_models')
    .where('request_id', requestId)
    .update({ applied_at: appliedAt ?? null, problem: problem ?? null });
}
