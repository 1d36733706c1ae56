import type { Knex } from 'knex';

/** Notes when an owner last confirmed that a grant is needed. */
export async function recertifyGrantRow(
  trx: Knex.Transaction,
  id: string,
  at: string,
): Promise<void> {
  await trx('grants')
    .where({ id, state: 'active' })
    .update({ recertified_at: at });
}
