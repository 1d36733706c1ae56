import type { Knex } from 'knex';
import type { AuditHead } from '../../../auditChain';

/** Where the feed and the audit chain end. */
export interface Head {
  revision: number;
  audit: AuditHead;
}

/** How long Postgres lets a writer hold up all others, in milliseconds. */
export interface LockBounds {
  /** For which it waits for the lock. */
  lockMs: number;
  /** For which it may be silent while it holds it: its node may be gone, and TCP would notice that after hours. */
  idleMs: number;
  /** For which one statement may run. */
  statementMs: number;
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
 * rather than a `SELECT … FOR UPDATE`, because that takes the lock on SQLite too. On Postgres all of it is one round trip.
 *
 * @throws an error of Postgres with `code` 55P03 when the lock was not to be had in time
 */
export async function lockHead(
  trx: Knex.Transaction,
  bounds: LockBounds,
): Promise<Head> {
  const lock = trx<HeadRow>('heads')
    .where('id', 1)
    .update({ id: 1 })
    .returning(['revision', 'audit_position', 'audit_hash']);
  const [row] =
    trx.client.config.client === 'pg'
      ? await withBounds(trx, bounds, lock.toQuery())
      : await lock;
  return {
    revision: Number(row.revision),
    audit: { position: Number(row.audit_position), hash: row.audit_hash },
  };
}

async function withBounds(
  trx: Knex.Transaction,
  { lockMs, idleMs, statementMs }: LockBounds,
  statement: string,
): Promise<HeadRow[]> {
  const results: { rows: HeadRow[] }[] = await trx.raw(
    [
      `SET LOCAL lock_timeout = ${lockMs}`,
      `SET LOCAL idle_in_transaction_session_timeout = ${idleMs}`,
      `SET LOCAL statement_timeout = ${statementMs}`,
      statement,
    ].join('; '),
  );
  return results[results.length - 1].rows;
}
