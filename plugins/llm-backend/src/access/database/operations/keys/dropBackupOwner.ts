import type { Knex } from 'knex';

/** Leaves an active key without a backup owner. */
export async function dropBackupOwner(
  trx: Knex.Transaction,
  id: string,
): Promise<void> {
  await trx('keys')
    .where({ id, state: 'active' })
    .update({ backup_owner: null });
}
