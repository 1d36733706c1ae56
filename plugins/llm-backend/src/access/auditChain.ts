import { createHash } from 'node:crypto';

/** What is done to something in this room. */
export type AuditAction =
  | 'request-made'
  | 'request-approved'
  | 'request-rejected'
  | 'request-asked-back'
  | 'request-answered'
  | 'request-withdrawn'
  | 'request-expired'
  | 'grant-given'
  | 'grant-extended'
  | 'grant-ended'
  | 'key-issued'
  | 'key-rotated'
  | 'key-narrowed'
  | 'key-handed-over'
  | 'key-backup-left'
  | 'key-ended'
  | 'key-kept'
  | 'key-claim-made'
  | 'model-made'
  | 'model-proposed'
  | 'model-stopped'
  | 'model-waits'
  | 'model-retried'
  | 'grant-recertified'
  | 'block-set'
  | 'block-lifted';

/** What was done, by whom, to what. */
export interface AuditRecord {
  /** A user, `rule:<name>`, or `system:<what>`. */
  actor: string;
  action: AuditAction;
  objectKind: 'request' | 'grant' | 'key' | 'claim' | 'block';
  objectId: string;
  /** Empty where it is about no tenant's. */
  tenant: string;
  /** What else matters; never a key. */
  details: Record<string, string | number | undefined>;
}

/** A record in the chain. */
export interface AuditRow {
  position: number;
  at: string;
  actor: string;
  action: string;
  object_kind: string;
  object_id: string;
  tenant: string;
  details: string;
  previous_hash: string;
  hash: string;
}

/** Where a chain ends. */
export interface AuditHead {
  position: number;
  hash: string;
}

/** Before the first row. */
export const chainStart: AuditHead = { position: 0, hash: '0'.repeat(64) };

function hashOf(row: Omit<AuditRow, 'hash'>): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        row.position,
        row.at,
        row.actor,
        row.action,
        row.object_kind,
        row.object_id,
        row.tenant,
        row.details,
        row.previous_hash,
      ]),
    )
    .digest('hex');
}

/** The rows that carry the chain on from its head. */
export function chainOn(
  head: AuditHead,
  records: { at: string; record: AuditRecord }[],
): AuditRow[] {
  let { position, hash } = head;
  return records.map(({ at, record }) => {
    position++;
    const row = {
      position,
      at,
      actor: record.actor,
      action: record.action,
      object_kind: record.objectKind,
      object_id: record.objectId,
      tenant: record.tenant,
      details: JSON.stringify(record.details),
      previous_hash: hash,
    };
    hash = hashOf(row);
    return { ...row, hash };
  });
}

/** The end of a part of the chain, or the first position where it does not hold. */
export type ChainVerdict =
  | { intact: true; head: AuditHead }
  | { intact: false; position: number; because: string };

/** Follows the chain from a head through rows that come in order. */
export function followChain(head: AuditHead, rows: AuditRow[]): ChainVerdict {
  let { position, hash } = head;
  for (const row of rows) {
    position++;
    if (row.position !== position) {
      return { intact: false, position, because: 'the row is missing' };
    }
    if (row.previous_hash !== hash) {
      return {
        intact: false,
        position,
        because: 'the row does not continue the one before it',
      };
    }
    hash = hashOf(row);
    if (row.hash !== hash) {
      return { intact: false, position, because: 'the row was changed' };
    }
  }
  return { intact: true, head: { position, hash } };
}
