import type { Knex } from 'knex';

/** Notes when somebody last said that an active key is to stay. */
export async function keepKey(
  trx: Knex.Transaction,
  id: string,
  at: string,
): Promise<void> {
  await trx('keys').where({ id, state: 'active' }).update({ kept_at: at });
}
