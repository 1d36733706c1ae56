import type { Knex } from 'knex';
import { lastDigest } from './database/operations/changes/lastDigest';
import { pruneChanges } from './database/operations/changes/prune';
import { readHead } from './database/operations/changes/readHead';
import { readSnapshot } from './database/operations/changes/readSnapshot';
import {
  changesSince,
  FeedDigest,
  FeedPart,
} from './database/operations/changes/since';
import { takeDigest } from './database/operations/changes/takeDigest';
import type { IndexEntry } from './indexEntries';

/**
 * What the authorizers live on. A reader takes a snapshot, which tells its revision, and then asks for what came after, again and
 * again; whatever wakes it (a timer, NOTIFY) is only a nudge. Revisions have no gaps and no change becomes visible after a later
 * one, so a reader that has applied revision n has missed nothing up to n. At the revision of a digest its index must have, or have had, that
 * digest: as a rule the reader is past it by the time the digest is there. If not, or when it is told to resync, it takes a new snapshot.
 */
export class ChangeFeed {
  readonly #knex: Knex;

  static create(options: { knex: Knex }): ChangeFeed {
    return new ChangeFeed(options.knex);
  }

  private constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** All active keys and grants of one moment, in parts; returns the revision of that moment. */
  async snapshot(onEntries: (entries: IndexEntry[]) => void): Promise<number> {
    return readSnapshot(this.#knex, onEntries);
  }

  /** The last revision there is: cheap, for readers who ask often. */
  async head(): Promise<number> {
    return readHead(this.#knex);
  }

  /** What came after a revision, oldest first, at most `limit` changes. */
  async since(revision: number, limit = 1_000): Promise<FeedPart> {
    return changesSince(this.#knex, revision, limit);
  }

  /** The digest of the highest revision that has one. */
  async lastDigest(): Promise<FeedDigest | undefined> {
    return lastDigest(this.#knex);
  }

  /** Writes down what the index must look like now. One process does this every few minutes. */
  async takeDigest(now: Date): Promise<FeedDigest> {
    return takeDigest(this.#knex, now);
  }

  /** Forgets changes made before a time; who is further behind must resync. */
  async prune(before: Date): Promise<number> {
    return pruneChanges(this.#knex, before.toISOString());
  }
}
