import type { Knex } from 'knex';
import type { IndexChange } from '../../mutate';
import { insertRows } from '../../insertRows';

/** Appends changes to the feed, with the revisions that follow `after`; the caller holds the lock. */
export async function appendChanges(
  trx: Knex.Transaction,
  options: { after: number; changes: { at: string; change: IndexChange }[] },
): Promise<void> {
  const rows = options.changes.map(({ at, change }, index) => ({
    revision: options.after + index + 1,
    kind: change.kind,
    object_id: change.id,
    entry: change.entry ? JSON.stringify(change.entry) : null,
    at,
  }));
  await insertRows(trx, 'changes', rows);
}
