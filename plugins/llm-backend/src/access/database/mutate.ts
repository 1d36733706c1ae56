import type { Knex } from 'knex';
import type { AuditRecord } from '../auditChain';
import { IndexEntry } from '../indexEntries';
import { Batch, Bulk, GroupCommit, Lane } from './GroupCommit';

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

/** One for each connection pool: writers of one process meet here, and not at the lock in the database. */
const known = new WeakMap<Knex, GroupCommit>();

function commitsOf(knex: Knex): GroupCommit {
  const found = known.get(knex);
  if (found) {
    return found;
  }
  const made = new GroupCommit(knex);
  known.set(knex, made);
  return made;
}

/**
 * Runs work in a transaction. Its first statement locks the one row of `heads`, so that writers follow one another: what the work
 * reads can't be outdated by another writer before it commits, and revisions become visible in the order of their numbers.
 * A reader that has seen revision n has therefore seen all before it: the feed has no gaps, however commits overtake each other.
 *
 * The price is that commits queue. It buys that no key is ever issued on a grant that is ending at that moment. Work that queues up in one
 * process shares a transaction, see {@link GroupCommit}; it may therefore be run twice, and only the last run counts.
 *
 * @throws ServiceUnavailableError when the database does not answer, is held up for too long, or too much waits already
 *
 * The work must use `trx` only: on SQLite there is no second connection. It must not wait for another mutation.
 */
export async function mutate<T>(
  knex: Knex,
  now: Date,
  work: (mutation: Mutation) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const bulk: Bulk<undefined, T> = async mutation => [
      { value: await work(mutation) },
    ];
    const entry = { item: undefined, now, resolve, reject };
    const commits = commitsOf(knex);
    commits.checkRoom();
    commits.add(new Batch(bulk, [entry]));
  });
}

/** As {@link mutate}, for work of which much comes at once: what queues up in a lane is done by one call. */
export async function mutateInLane<I, O>(
  knex: Knex,
  now: Date,
  lane: Lane<I, O>,
  item: I,
): Promise<O> {
  return new Promise((resolve, reject) => {
    const commits = commitsOf(knex);
    commits.checkRoom();
    lane.add({ item, now, resolve, reject });
    commits.add(lane);
  });
}
