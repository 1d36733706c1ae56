import type { ChangeFeed } from '../ChangeFeed';
import { IndexDigest, IndexEntry } from '../indexEntries';

/** An index that follows the feed as an authorizer would. */
export class Replay {
  readonly entries = new Map<string, IndexEntry>();
  /** Digest of the index at each revision that was passed. */
  readonly digests = new Map<number, string>();
  readonly #digest = new IndexDigest();
  revision = 0;

  /** Applies what is there, a few changes at a time, and returns how many. */
  async follow(feed: ChangeFeed, limit = 7): Promise<number> {
    let applied = 0;
    for (;;) {
      const part = await feed.since(this.revision, limit);
      if (part.kind === 'resync') {
        throw new Error(`Must resync: ${part.because}`);
      }
      for (const change of part.changes) {
        const key = `${change.kind} ${change.id}`;
        const old = this.entries.get(key);
        if (old) {
          this.#digest.remove(old);
          this.entries.delete(key);
        }
        if (change.entry) {
          this.#digest.add(change.entry);
          this.entries.set(key, change.entry);
        }
        this.revision = change.revision;
        this.digests.set(this.revision, this.#digest.toString());
        applied++;
      }
      if (this.revision >= part.head) {
        return applied;
      }
    }
  }
}
