import { z } from 'zod';
import type { KeyClaim } from '../../../KeyClaimService';

/** A row of `key_claims`. */
export interface ClaimRow {
  id: string;
  user_ref: string;
  ask: string;
  key_id: string | null;
  created_at: string;
  expires_at: string;
}

const askSchema = z.object({
  name: z.string(),
  models: z.array(z.string()),
  tenant: z.string().optional(),
  service: z.string().optional(),
  backupOwner: z.string().optional(),
  days: z.number().optional(),
});

/** The claim that a row holds. */
export function toClaim(row: ClaimRow): KeyClaim {
  return {
    id: row.id,
    userEntityRef: row.user_ref,
    ask: askSchema.parse(JSON.parse(row.ask)),
    keyId: row.key_id ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** The row of a claim. */
export function fromClaim(claim: KeyClaim): ClaimRow {
  return {
    id: claim.id,
    user_ref: claim.userEntityRef,
    ask: JSON.stringify(claim.ask),
    key_id: claim.keyId ?? null,
    created_at: claim.createdAt,
    expires_at: claim.expiresAt,
  };
}
