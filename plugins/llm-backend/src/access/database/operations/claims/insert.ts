import type { Knex } from 'knex';
import type { KeyClaim } from '../../../KeyClaimService';
import { ClaimRow, fromClaim } from './rows';

/** Writes a claim down, and forgets those of the same person that ran out before a time; ISO 8601. */
export async function insertClaim(
  trx: Knex,
  claim: KeyClaim,
  forgetBefore: string,
): Promise<void> {
  await trx<ClaimRow>('key_claims')
    .where('user_ref', claim.userEntityRef)
    .where('expires_at', '<', forgetBefore)
    .delete();
  await trx<ClaimRow>('key_claims').insert(fromClaim(claim));
}
