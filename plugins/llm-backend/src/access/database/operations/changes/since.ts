import type { Knex } from 'knex';
import type { IndexEntry } from '../../../indexEntries';

/** A change in the feed. */
export interface FeedChange {
  revision: number;
  kind: IndexEntry['kind'];
  id: string;
  /** Absent when it is gone from the index. */
  entry?: IndexEntry;
}

/** What an index must look like at a revision. */
export interface FeedDigest {
  revision: number;
  digest: string;
  entries: number;
}

/** A part of the feed. */
export type FeedPart =
  | {
      kind: 'changes';
      /** With revisions that follow the one asked for, without a gap. */
      changes: FeedChange[];
      /** Digests of revisions in this part. */
      digests: FeedDigest[];
      /** The last revision there is: more to come while it is ahead of the changes. */
      head: number;
    }
  /** What was asked for is not kept any more, or never was: read a snapshot. */
  | { kind: 'resync'; because: 'pruned' | 'ahead' };

/** Postgres answers big integers as text. */
interface ChangeRow {
  revision: number | string;
  kind: IndexEntry['kind'];
  object_id: string;
  entry: string | null;
}

/** A row of `digests`. */
export interface DigestRow {
  revision: number | string;
  digest: string;
  entries: number;
}

/** What a row says. */
export function toDigest({ revision, digest, entries }: DigestRow): FeedDigest {
  return { revision: Number(revision), digest, entries };
}

/**
 * The changes after a revision, oldest first, at most `limit`. Because writers commit one after another, all that is visible
 * is all there is up to the head.
 *
 * @throws Error when revisions are missing that must be there: somebody changed the table by hand
 */
export async function changesSince(
  knex: Knex,
  revision: number,
  limit: number,
): Promise<FeedPart> {
  const rows = await knex<ChangeRow>('changes')
    .where('revision', '>', revision)
    .orderBy('revision')
    .limit(limit);
  const changes = rows.map(row => ({
    revision: Number(row.revision),
    kind: row.kind,
    id: row.object_id,
    entry: row.entry === null ? undefined : JSON.parse(row.entry),
  }));
  // Read after the changes, so that the head is never behind them and pruning in between is noticed.
  const head = await knex('heads').where('id', 1).first();
  if (revision < Number(head.pruned_revision)) {
    return { kind: 'resync', because: 'pruned' };
  }
  if (revision > Number(head.revision)) {
    return { kind: 'resync', because: 'ahead' };
  }
  for (const [index, change] of changes.entries()) {
    if (change.revision !== revision + index + 1) {
      throw new Error(
        `The feed of changes has no revision ${
          revision + index + 1
        }: rows of the table "changes" were removed.`,
      );
    }
  }
  const last = revision + changes.length;
  const digests = await knex<DigestRow>('digests')
    .where('revision', '>', revision)
    .where('revision', '<=', last)
    .orderBy('revision');
  return {
    kind: 'changes',
    changes,
    digests: digests.map(toDigest),
    head: Number(head.revision),
  };
}
