import type { Knex } from 'knex';

/** Makes the backup owner of an active key its owner. */
export async function handOverKey(
  trx: Knex.Transaction,
  id: string,
  newOwner: string,
): Promise<void> {
  await trx('keys')
    .where({ id, state: 'active' })
    .update({ owner: newOwner, backup_owner: null });
}
