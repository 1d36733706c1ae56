import type { Knex } from 'knex';
import { AuditRecord, chainOn } from '../auditChain';
import { IndexEntry } from '../indexEntries';
import { appendAudit } from './operations/audit/append';
import { appendChanges } from './operations/changes/append';
import { lockHead } from './operations/changes/lockHead';
import { saveHead } from './operations/changes/saveHead';

/** A change that the authorizers must hear of. */
export interface IndexChange {
  kind: IndexEntry['kind'];
  id: string;
  /** The entry as it is now; absent when it is gone. */
  entry?: IndexEntry;
}

/** A transaction of this room: what it writes, what it did, and what the authorizers hear of it commit together. */
export interface Mutation {
  trx: Knex.Transaction;
  now: Date;
  audit(record: AuditRecord): void;
  change(change: IndexChange): void;
}

/**
 * Runs a transaction. Its first statement locks the one row of `heads`, so that writers follow one another: what the work
 * reads can't be outdated by another writer before it commits, and revisions become visible in the order of their numbers.
 * A reader that has seen revision n has therefore seen all before it: the feed has no gaps, however commits overtake each other.
 *
 * The price is that commits queue. It buys that no key is ever issued on a grant that is ending at that moment.
 *
 * The work must use `trx` only: on SQLite there is no second connection.
 */
export async function mutate<T>(
  knex: Knex,
  now: Date,
  work: (mutation: Mutation) => Promise<T>,
): Promise<T> {
  const isPostgres = knex.client.config.client === 'pg';
  return knex.transaction(
    async trx => {
      const head = await lockHead(trx);
      const records: AuditRecord[] = [];
      const changes: IndexChange[] = [];
      const result = await work({
        trx,
        now,
        audit: record => records.push(record),
        change: change => changes.push(change),
      });
      if (records.length === 0 && changes.length === 0) {
        return result;
      }
      const at = now.toISOString();
      const rows = chainOn(head.audit, records, at);
      const last = rows[rows.length - 1] ?? head.audit;
      await appendAudit(trx, rows);
      await appendChanges(trx, { after: head.revision, at, changes });
      await saveHead(trx, {
        revision: head.revision + changes.length,
        audit: { position: last.position, hash: last.hash },
      });
      return result;
    },
    // A snapshot older than the lock would show the work what was before the writers that it waited for.
    isPostgres ? { isolationLevel: 'read committed' } : undefined,
  );
}
