import type { Knex } from 'knex';
import type { AuditRow } from '../../../auditChain';
import type { IndexChange } from '../../mutate';
import { insertRows } from '../../insertRows';
import type { Head } from './lockHead';

/** Most rows of each table in one statement; Postgres takes 65,535 values. */
const MOST_AT_ONCE = 1_000;

/** What a transaction adds to the audit chain and to the feed. */
export interface Appended {
  /** In the order of the chain, which they carry on. */
  audit: AuditRow[];
  changes: { at: string; change: IndexChange }[];
}

/**
 * Appends rows to the audit chain and changes to the feed, the latter with the revisions that follow the head's, and writes down where both
 * now end; the caller holds the lock. On Postgres that is one statement: each round trip is time in which nobody else can write.
 */
export async function append(
  trx: Knex.Transaction,
  head: Head,
  { audit, changes }: Appended,
): Promise<void> {
  const rows = changes.map(({ at, change }, index) => ({
    revision: head.revision + index + 1,
    kind: change.kind,
    object_id: change.id,
    entry: change.entry ? JSON.stringify(change.entry) : null,
    at,
  }));
  const last = audit[audit.length - 1] ?? head.audit;
  const next = {
    revision: head.revision + changes.length,
    audit_position: last.position,
    audit_hash: last.hash,
  };
  const few = audit.length <= MOST_AT_ONCE && rows.length <= MOST_AT_ONCE;
  if (trx.client.config.client !== 'pg' || !few) {
    await insertRows(trx, 'audit', audit);
    await insertRows(trx, 'changes', rows);
    await trx('heads').where('id', 1).update(next);
    return;
  }
  const update = trx('heads').where('id', 1).update(next);
  if (audit.length > 0) {
    update.with('appended_audit', trx('audit').insert(audit));
  }
  if (rows.length > 0) {
    update.with('appended_changes', trx('changes').insert(rows));
  }
  await update;
}
