import type { Knex } from 'knex';

/** Lifts a block that holds; who set it and why stays on record. */
export async function endBlock(
  trx: Knex.Transaction,
  id: string,
  { at, by }: { at: string; by: string },
): Promise<void> {
  await trx('blocks')
    .where('id', id)
    .whereNull('ended_at')
    .update({ ended_at: at, ended_by: by });
}
