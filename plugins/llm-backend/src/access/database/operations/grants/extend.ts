import type { Knex } from 'knex';

/**
 * Moves the end of an active grant.
 *
 * @returns whether it was active
 */
export async function extendGrantRow(
  trx: Knex.Transaction,
  id: string,
  expiresAt: string,
): Promise<boolean> {
  const updated = await trx('grants')
    .where({ id, state: 'active' })
    .update({ expires_at: expiresAt });
  return updated === 1;
}
