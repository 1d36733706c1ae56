import type { Knex } from 'knex';
import type { ClaimRow } from './rows';

/** How many claims of somebody can still be used. */
export async function countOpenClaims(
  trx: Knex,
  userEntityRef: string,
  now: Date,
): Promise<number> {
  const row = await trx<ClaimRow>('key_claims')
    .where('user_ref', userEntityRef)
    .where('expires_at', '>', now.toISOString())
    .whereNull('key_id')
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}
