import type {
  FeedDigest,
  FeedPart,
} from '../../access/database/operations/changes/since';
import { IndexDigest, IndexEntry } from '../../access/indexEntries';
import type { Feed } from '../FeedFollower';

type Change = Extract<FeedPart, { kind: 'changes' }>['changes'][number];

/** A feed in memory, whose database can go away. */
export class FakeFeed implements Feed {
  /** While set, nothing is answered. */
  failure: Error | undefined;
  /** While set, answers wait for it. */
  hold: Promise<void> | undefined;
  snapshots = 0;
  /** What the next digests say, if not the truth. */
  lie: string | undefined;
  readonly #entries = new Map<string, IndexEntry>();
  #changes: Change[] = [];
  #digests: FeedDigest[] = [];
  #pruned = 0;
  #head = 0;

  /** Commits a change. */
  put(...entries: IndexEntry[]): void {
    for (const entry of entries) {
      this.#entries.set(`${entry.kind} ${entry.id}`, entry);
      this.#change({ kind: entry.kind, id: entry.id, entry });
    }
  }

  /** Commits a removal. */
  remove(kind: IndexEntry['kind'], id: string): void {
    this.#entries.delete(`${kind} ${id}`);
    this.#change({ kind, id });
  }

  /** Writes down what the index must look like now. */
  takeDigest(): void {
    const digest = new IndexDigest();
    this.#entries.forEach(entry => digest.add(entry));
    this.#digests.push({
      revision: this.#head,
      digest: this.lie ?? digest.toString(),
      entries: digest.entries,
    });
  }

  /** Forgets all changes. */
  prune(): void {
    this.#pruned = this.#head;
    this.#changes = [];
    this.#digests = [];
  }

  async head(): Promise<number> {
    await this.#ask();
    return this.#head;
  }

  async since(revision: number, limit = 1_000): Promise<FeedPart> {
    await this.#ask();
    if (revision < this.#pruned || revision > this.#head) {
      const because = revision < this.#pruned ? 'pruned' : 'ahead';
      return { kind: 'resync', because };
    }
    const changes = this.#changes
      .filter(change => change.revision > revision)
      .slice(0, limit);
    const last = revision + changes.length;
    const digests = this.#digests.filter(
      digest => digest.revision > revision && digest.revision <= last,
    );
    return { kind: 'changes', changes, digests, head: this.#head };
  }

  async lastDigest(): Promise<FeedDigest | undefined> {
    await this.#ask();
    return this.#digests[this.#digests.length - 1];
  }

  async snapshot(onEntries: (entries: IndexEntry[]) => void): Promise<number> {
    await this.#ask();
    this.snapshots++;
    onEntries([...this.#entries.values()]);
    return this.#head;
  }

  async #ask(): Promise<void> {
    await this.hold;
    if (this.failure) {
      throw this.failure;
    }
  }

  #change(change: Omit<Change, 'revision'>): void {
    this.#head++;
    // As it comes out of a database.
    this.#changes.push(
      JSON.parse(JSON.stringify({ ...change, revision: this.#head })),
    );
  }
}
