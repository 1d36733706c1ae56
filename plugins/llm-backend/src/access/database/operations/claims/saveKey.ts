import type { Knex } from 'knex';
import type { ClaimRow } from './rows';

/** Notes the key that came of a claim. */
export async function saveClaimedKey(
  knex: Knex,
  id: string,
  keyId: string,
): Promise<void> {
  await knex<ClaimRow>('key_claims').where({ id }).update({ key_id: keyId });
}
