import type { FeedDigest } from '../access/database/operations/changes/since';
import type { AccessIndex } from './accessIndex';

/** Revisions that are remembered: far more than there are in the seconds in which a digest is taken and then asked for. */
const MOST = 10_000;

/**
 * What an index was at the revisions that it passed last. A digest of the database is there only once all of it was read, and the index has gone
 * on by then: so it is compared with what the index was.
 */
export class PassedDigests {
  /** Size and digest by revision, in the order in which they were passed. */
  readonly #passed = new Map<number, string>();

  /** Notes what the index is at a revision. */
  note(revision: number, index: AccessIndex): void {
    this.#passed.set(revision, textOf(index.size, index.digest));
    if (this.#passed.size > MOST) {
      const [oldest] = this.#passed.keys();
      this.#passed.delete(oldest);
    }
  }

  /** Forgets all: another index has taken the place. */
  clear(): void {
    this.#passed.clear();
  }

  /** Whether the index was something else at the revision of the digest; false where that is not remembered. */
  contradict({ revision, entries, digest }: FeedDigest): boolean {
    const passed = this.#passed.get(revision);
    return passed !== undefined && passed !== textOf(entries, digest);
  }
}

function textOf(entries: number, digest: string): string {
  return `${entries} ${digest}`;
}
