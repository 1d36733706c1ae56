import type { Knex } from 'knex';

/** Notes which key takes over from an active one, and until when both work. */
export async function succeedKey(
  trx: Knex.Transaction,
  id: string,
  { successorId, expiresAt }: { successorId: string; expiresAt: string },
): Promise<void> {
  await trx('keys')
    .where({ id, state: 'active' })
    .update({ successor_id: successorId, expires_at: expiresAt });
}
