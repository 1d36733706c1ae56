import type { Knex } from 'knex';
import type { KeyClaim } from '../../../KeyClaimService';
import { ClaimRow, toClaim } from './rows';

/** A claim of this person, if there is one. */
export async function findClaim(
  knex: Knex,
  id: string,
  userEntityRef: string,
): Promise<KeyClaim | undefined> {
  const row = await knex<ClaimRow>('key_claims')
    .where({ id, user_ref: userEntityRef })
    .first();
  return row && toClaim(row);
}
