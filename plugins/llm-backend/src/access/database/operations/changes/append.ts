import type { Knex } from 'knex';
import type { IndexChange } from '../../mutate';
import { insertRows } from '../../insertRows';

/** Appends changes to the feed, with the revisions that follow `after`; the caller holds the lock. */
export async function appendChanges(
  trx: Knex.Transaction,
  options: { after: number; at: string; changes: IndexChange[] },
): Promise<void> {
  const rows = options.changes.map(({ kind, id, entry }, index) => ({
    revision: options.after + index + 1,
    kind,
    object_id: id,
    entry: entry ? JSON.stringify(entry) : null,
    at: options.at,
  }));
  await insertRows(trx, 'changes', rows);
}
