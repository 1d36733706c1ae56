import type { Knex } from 'knex';

/** Takes models away from a key; which they were stays on record. */
export async function endKeyModels(
  trx: Knex.Transaction,
  keyId: string,
  models: string[],
): Promise<void> {
  await trx('key_grants')
    .where('key_id', keyId)
    .whereIn('model', models)
    .update({ ended: true });
}
