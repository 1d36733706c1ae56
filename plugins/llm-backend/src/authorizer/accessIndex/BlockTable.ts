import { z } from 'zod';
import type { BlockEntry } from '../../access/indexEntries';
import type { Digests } from './Digests';
import { IndexPart, IndexPartError, Section } from './IndexPart';

const keptBlocks = z.array(
  z.object({
    id: z.string(),
    target: z.enum(['user', 'tenant', 'model', 'key']),
    ref: z.string(),
    /** In base64. */
    digest: z.string(),
  }),
);

/** What the kill switch stops. There are few, so they are plain objects. */
export class BlockTable {
  readonly #blocks = new Map<string, { entry: BlockEntry; digest: Buffer }>();
  /** How many blocks stop something. */
  readonly #blocked = new Map<string, number>();

  /** How many blocks there are. */
  get size(): number {
    return this.#blocks.size;
  }

  /** Whether something is stopped. */
  isBlocked(target: BlockEntry['target'], ref: string): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${target}\n${ref}`);
  }

  /** Puts a block in; the digest of the one that was there under its id, if there was one. */
  put(entry: BlockEntry, digest: Buffer): Uint8Array | undefined {
    const replaced = this.remove(entry.id);
    this.#blocks.set(entry.id, { entry, digest });
    this.#count(entry, 1);
    return replaced;
  }

  /** Takes a block out; its digest, or undefined when it was not there. */
  remove(id: string): Uint8Array | undefined {
    const block = this.#blocks.get(id);
    if (block) {
      this.#blocks.delete(id);
      this.#count(block.entry, -1);
    }
    return block?.digest;
  }

  /** All blocks as they lie on disk. */
  *parts(): Generator<IndexPart> {
    const blocks = [...this.#blocks.values()].map(({ entry, digest }) => ({
      id: entry.id,
      target: entry.target,
      ref: entry.ref,
      digest: digest.toString('base64'),
    }));
    const bytes = Buffer.from(JSON.stringify(blocks));
    yield {
      section: Section.blocks,
      rows: blocks.length,
      ofRows: blocks.length,
      bytes,
    };
  }

  /** Takes in what {@link parts} gave. */
  load({ bytes }: IndexPart, digests: Digests): void {
    const read = keptBlocks.safeParse(JSON.parse(bytes.toString()));
    if (!read.success) {
      throw new IndexPartError(`blocks: ${read.error.message}`);
    }
    for (const { digest: base64, ...fields } of read.data) {
      const digest = Buffer.from(base64, 'base64');
      this.put({ kind: 'block', ...fields }, digest);
      digests.mix(digest);
    }
  }

  #count({ target, ref }: BlockEntry, by: number): void {
    const key = `${target}\n${ref}`;
    const count = (this.#blocked.get(key) ?? 0) + by;
    if (count === 0) {
      this.#blocked.delete(key);
    } else {
      this.#blocked.set(key, count);
    }
  }
}
