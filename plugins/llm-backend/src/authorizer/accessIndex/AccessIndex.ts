import { hash } from 'node:crypto';
import type { BlockEntry, IndexEntry } from '../../access/indexEntries';
import { BlockTable } from './BlockTable';
import { Digests } from './Digests';
import { GrantTable, IndexedGrant } from './GrantTable';
import { IndexPart, mustBe, Section } from './IndexPart';
import { IndexedKey, KeyTable } from './KeyTable';
import { MemberTable } from './MemberTable';
import { Names } from './Names';

/** Rows of a part, see {@link AccessIndex.parts}. */
const ROWS_AT_ONCE = 4_096;

/** What a check asks the index. Every answer takes the same time, however many keys there are. */
export interface AccessView {
  /** The key with a SHA-256. */
  findKey(keyHash: Uint8Array): IndexedKey | undefined;
  /** {@inheritDoc KeyTable.scope} */
  scope(key: IndexedKey, model: string): IndexedGrant | 'implicit' | undefined;
  /** The models in the scope of a key, each `<namespace>/<name>`. */
  modelsOf(key: IndexedKey): string[];
  /** Grants for a subject of a tenant on a model. */
  grantsOf(
    kind: IndexedGrant['kind'],
    ref: string,
    tenant: string,
    model: string,
  ): IndexedGrant[];
  /** Groups of a user; undefined for somebody who left or never came. */
  groupsOf(user: string): readonly string[] | undefined;
  /** Whether the kill switch stops something. */
  isBlocked(target: BlockEntry['target'], ref: string): boolean;
}

/**
 * All active keys, grants, members and blocks, as an authorizer holds them: what a snapshot and the changes after it make. Any entry may be put
 * and removed in any order and again; the last word about an object counts.
 */
export class AccessIndex implements AccessView {
  readonly #names = new Names();
  readonly #grants = new GrantTable(this.#names);
  readonly #keys = new KeyTable(this.#names, this.#grants);
  readonly #members = new MemberTable(this.#names);
  readonly #blocks = new BlockTable();
  readonly #digests = new Digests();

  /** How many entries there are. */
  get size(): number {
    return (
      this.#keys.size +
      this.#grants.size +
      this.#members.size +
      this.#blocks.size
    );
  }

  /** How many keys there are. */
  get keys(): number {
    return this.#keys.size;
  }

  /** The digest of all entries in hex, as `IndexDigest` has it. */
  get digest(): string {
    return this.#digests.toString();
  }

  /**
   * Puts an entry in, in place of what was there under its id.
   *
   * @param digest - that of the entry, where it is known; else it is computed
   */
  put(entry: IndexEntry, digest: Buffer = digestOf(entry)): void {
    const replaced = this.#replace(entry, digest);
    if (replaced) {
      this.#digests.mix(replaced);
    }
    this.#digests.mix(digest);
  }

  /** Takes an entry out, if it is there. */
  remove(kind: IndexEntry['kind'], id: string): void {
    const digest = this.#take(kind, id);
    if (digest) {
      this.#digests.mix(digest);
    }
  }

  findKey(keyHash: Uint8Array): IndexedKey | undefined {
    return this.#keys.find(keyHash);
  }

  scope(key: IndexedKey, model: string): IndexedGrant | 'implicit' | undefined {
    return this.#keys.scope(key, model);
  }

  modelsOf(key: IndexedKey): string[] {
    return this.#keys.modelsOf(key);
  }

  grantsOf(
    kind: IndexedGrant['kind'],
    ref: string,
    tenant: string,
    model: string,
  ): IndexedGrant[] {
    return this.#grants.of(kind, ref, tenant, model);
  }

  groupsOf(user: string): readonly string[] | undefined {
    return this.#members.groupsOf(user);
  }

  isBlocked(target: BlockEntry['target'], ref: string): boolean {
    return this.#blocks.isBlocked(target, ref);
  }

  /** {@inheritDoc KeyTable.noteUse} */
  noteUse(key: IndexedKey, minute: number, everyMinutes: number): boolean {
    return this.#keys.noteUse(key, minute, everyMinutes);
  }

  /**
   * All of it, part by part, as it lies on disk. The index may change between parts, which takes place at once for each of them: whoever loads
   * it has the changes before the first part, some of those after it, and hears of the latter again.
   *
   * @param atOnce - most rows of a part: about half a megabyte, which is copied in well under a millisecond
   */
  *parts(atOnce = ROWS_AT_ONCE): Generator<IndexPart> {
    this.#grants.beginWriting();
    try {
      // What names things by numbers comes before the things, so that all are there.
      yield* this.#keys.parts(atOnce);
      yield* this.#grants.parts(atOnce);
      yield* this.#members.parts(atOnce);
      yield* this.#blocks.parts();
      yield* this.#names.parts(atOnce);
      yield {
        section: Section.end,
        rows: 0,
        ofRows: 0,
        bytes: Buffer.alloc(0),
      };
    } finally {
      this.#grants.endWriting();
    }
  }

  /**
   * The index that {@link parts} were made of.
   *
   * @throws IndexPartError when they are not what it made
   */
  static async load(parts: AsyncIterable<IndexPart>): Promise<AccessIndex> {
    const index = new AccessIndex();
    let [name, grant] = [0, 0];
    let section: number = Section.keys;
    for await (const part of parts) {
      mustBe(
        section !== Section.end &&
          (part.section >= section || part.section === Section.end),
        'parts are not in order',
      );
      section = part.section;
      const largest = index.#load(part);
      name = Math.max(name, largest.name);
      grant = Math.max(grant, largest.grant);
    }
    mustBe(section === Section.end, 'it has no end');
    mustBe(name < index.#names.count, 'something has a name that is not there');
    mustBe(
      grant < index.#grants.numbers,
      'a key names a grant beyond the last',
    );
    return index;
  }

  #load(part: IndexPart): { name: number; grant: number } {
    const digests = this.#digests;
    switch (part.section) {
      case Section.keys:
        return this.#keys.load(part, digests);
      case Section.grants:
        return { name: this.#grants.load(part, digests), grant: 0 };
      case Section.members:
        return { name: this.#members.load(part, digests), grant: 0 };
      case Section.blocks:
        this.#blocks.load(part, digests);
        break;
      case Section.names:
        this.#names.load(part);
        break;
      default:
        mustBe(part.section === Section.end, 'it has a part of another kind');
    }
    return { name: 0, grant: 0 };
  }

  /** The digest of what was there, if something was. */
  #replace(entry: IndexEntry, digest: Buffer): Uint8Array | undefined {
    switch (entry.kind) {
      case 'key':
        return this.#keys.put(entry, digest);
      case 'grant':
        return this.#grants.put(entry, digest);
      case 'member':
        return this.#members.put(entry, digest);
      case 'block':
        return this.#blocks.put(entry, digest);
      default:
        throw new Error(`The index knows no entries of the kind ${entry}.`);
    }
  }

  #take(kind: IndexEntry['kind'], id: string): Uint8Array | undefined {
    switch (kind) {
      case 'key':
        return this.#keys.remove(id);
      case 'grant':
        return this.#grants.remove(id);
      case 'member':
        return this.#members.remove(id);
      default:
        return this.#blocks.remove(id);
    }
  }
}

/** The digest of an entry, as `IndexDigest` mixes it in. */
export function digestOf(entry: IndexEntry): Buffer {
  return hash('sha256', JSON.stringify(entry), 'buffer');
}
