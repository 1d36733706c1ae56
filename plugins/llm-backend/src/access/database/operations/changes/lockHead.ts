import type { Knex } from 'knex';
import type { AuditHead } from '../../../auditChain';

/** Where the feed and the audit chain end. */
export interface Head {
  revision: number;
  audit: AuditHead;
}

/** A row of `heads`. Postgres answers big integers as text. */
interface HeadRow {
  id: number;
  revision: number | string;
  audit_position: number | string;
  audit_hash: string;
}

/**
 * Locks out every other writer of this room until the transaction ends, and reads where the feed and the chain end. A write
 * rather than a `SELECT … FOR UPDATE`, because that takes the lock on SQLite too.
 */
export async function lockHead(trx: Knex.Transaction): Promise<Head> {
  const [row] = await trx<HeadRow>('heads')
    .where('id', 1)
    .update({ id: 1 })
    .returning(['revision', 'audit_position', 'audit_hash']);
  return {
    revision: Number(row.revision),
    audit: { position: Number(row.audit_position), hash: row.audit_hash },
  };
}
