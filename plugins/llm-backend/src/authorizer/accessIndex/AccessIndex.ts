import { hash } from 'node:crypto';
import type {
  BlockEntry,
  IndexEntry,
  MemberEntry,
} from '../../access/indexEntries';
import { GrantTable, IndexedGrant } from './GrantTable';
import { IndexedKey, KeyTable } from './KeyTable';
import { Names } from './Names';

const DIGEST_BYTES = 32;

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
  readonly #models = new Names();
  readonly #grants = new GrantTable(this.#models, new Names());
  readonly #keys = new KeyTable(new Names(), this.#models, this.#grants);
  readonly #members = new Map<
    string,
    { groups: readonly string[]; digest: Buffer }
  >();
  /** One copy of each list of groups: many people have the same. */
  readonly #groupLists = new Map<string, readonly string[]>();
  readonly #blocks = new Map<string, { entry: BlockEntry; digest: Buffer }>();
  readonly #blocked = new Map<string, number>();
  readonly #digest = Buffer.alloc(DIGEST_BYTES);

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
    return this.#digest.toString('hex');
  }

  /**
   * Puts an entry in, in place of what was there under its id.
   *
   * @param digest - that of the entry, where it is known; else it is computed
   */
  put(entry: IndexEntry, digest: Buffer = digestOf(entry)): void {
    const replaced = this.#replace(entry, digest);
    if (replaced) {
      this.#mix(replaced);
    }
    this.#mix(digest);
  }

  /** Takes an entry out, if it is there. */
  remove(kind: IndexEntry['kind'], id: string): void {
    const digest = this.#take(kind, id);
    if (digest) {
      this.#mix(digest);
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
    return this.#members.get(user)?.groups;
  }

  isBlocked(target: BlockEntry['target'], ref: string): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${target}\n${ref}`);
  }

  /** {@inheritDoc KeyTable.noteUse} */
  noteUse(key: IndexedKey, minute: number, everyMinutes: number): boolean {
    return this.#keys.noteUse(key, minute, everyMinutes);
  }

  /** All entries with their digests. May go on while they change; then some changes show and some do not. */
  *entries(): Generator<[entry: IndexEntry, digest: Uint8Array]> {
    for (const [id, { groups, digest }] of this.#members) {
      const member: MemberEntry = { kind: 'member', id, groups: [...groups] };
      yield [member, digest];
    }
    for (const { entry, digest } of this.#blocks.values()) {
      yield [entry, digest];
    }
    for (const [entry, digest] of this.#grants.entries()) {
      yield [entry, Buffer.from(digest, 'latin1')];
    }
    yield* this.#keys.entries();
  }

  /** The digest of what was there, if something was. */
  #replace(entry: IndexEntry, digest: Buffer): Uint8Array | undefined {
    switch (entry.kind) {
      case 'key':
        return this.#keys.put(entry, digest);
      case 'grant': {
        const text = this.#grants.put(entry, digest.toString('latin1'));
        return text === undefined ? undefined : Buffer.from(text, 'latin1');
      }
      case 'member': {
        const replaced = this.#members.get(entry.id)?.digest;
        const groups = this.#shared(entry.groups);
        this.#members.set(entry.id, { groups, digest });
        return replaced;
      }
      case 'block': {
        const replaced = this.#take('block', entry.id);
        this.#blocks.set(entry.id, { entry, digest });
        this.#count(entry, 1);
        return replaced;
      }
      default:
        throw new Error(`The index knows no entries of the kind ${entry}.`);
    }
  }

  #take(kind: IndexEntry['kind'], id: string): Uint8Array | undefined {
    if (kind === 'key') {
      return this.#keys.remove(id);
    }
    if (kind === 'grant') {
      const digest = this.#grants.remove(id);
      return digest === undefined ? undefined : Buffer.from(digest, 'latin1');
    }
    if (kind === 'member') {
      const digest = this.#members.get(id)?.digest;
      this.#members.delete(id);
      return digest;
    }
    const block = this.#blocks.get(id);
    if (block) {
      this.#blocks.delete(id);
      this.#count(block.entry, -1);
    }
    return block?.digest;
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

  #shared(groups: string[]): readonly string[] {
    const key = groups.join('\n');
    const known = this.#groupLists.get(key);
    if (known) {
      return known;
    }
    this.#groupLists.set(key, groups);
    return groups;
  }

  #mix(digest: Uint8Array): void {
    for (let index = 0; index < DIGEST_BYTES; index++) {
      // XOR is what the digest is made of.
      // eslint-disable-next-line no-bitwise
      this.#digest[index] ^= digest[index];
    }
  }
}

/** The digest of an entry, as `IndexDigest` mixes it in. */
export function digestOf(entry: IndexEntry): Buffer {
  return hash('sha256', JSON.stringify(entry), 'buffer');
}
