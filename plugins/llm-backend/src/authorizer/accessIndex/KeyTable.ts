import { createHash } from 'node:crypto';
import type { KeyEntry } from '../../access/indexEntries';
import type { GrantTable, IndexedGrant } from './GrantTable';
import { Lists } from './Lists';
import { Names } from './Names';
import { RowIndex } from './RowIndex';

const HASH_WORDS = 8;
const ID_WORDS = 4;
const DIGEST_BYTES = 32;
/** What ids of keys look like; others are allowed, and cost more memory. */
const PLAIN_ID = /^key_[0-9a-f]{32}$/;

/** A key as it is looked at in a check. */
export interface IndexedKey {
  /** Where it is in the table; holds until the next change. */
  row: number;
  id: string;
  tenant: string;
  owner: string;
  /** The service of the tenant whose grants it uses; absent for a personal key. */
  service?: string;
  /** Milliseconds since 1970. */
  expiresMs: number;
}

/**
 * The keys, about 130 bytes each: a row of typed columns per key, found by hash and by id. No object exists per key until one is looked up.
 */
export class KeyTable {
  #rows = 0;
  #size = 0;
  readonly #free: number[] = [];
  /** Rows whose id is not of the usual form. */
  readonly #oddIds = new Map<number, string>();
  readonly #byHash = new RowIndex(HASH_WORDS);
  readonly #byId = new RowIndex(ID_WORDS);
  readonly #lists = new Lists();
  readonly #owners = new Names();
  readonly #services = new Names();

  #hashes = new Uint32Array(0);
  #ids = new Uint32Array(0);
  /** The same two columns as bytes. */
  #hashBytes = Buffer.alloc(0);
  #idBytes = Buffer.alloc(0);
  #digests = Buffer.alloc(0);
  #expires = new Float64Array(0);
  /** 0 marks a row that is free. */
  #tenantOf = new Uint32Array(0);
  #ownerOf = new Uint32Array(0);
  #serviceOf = new Uint32Array(0);
  #listAt = new Uint32Array(0);
  #listLength = new Uint16Array(0);
  /** Minutes since 1970. */
  #reported = new Uint32Array(0);

  constructor(
    private readonly tenants: Names,
    private readonly models: Names,
    private readonly grants: GrantTable,
  ) {}

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** The key with a SHA-256, if it is there. */
  find(hash: Uint8Array): IndexedKey | undefined {
    const row = this.#byHash.find(wordsOf(hash));
    return row < 0 ? undefined : this.#at(row);
  }

  /** Puts a key in; the digest of the one that was there under its id, if there was one. */
  put(entry: KeyEntry, digest: Uint8Array): Uint8Array | undefined {
    const id = idWords(entry.id);
    const known = this.#byId.find(id.words);
    const replaced = known < 0 ? undefined : this.#removeRow(known);
    const row = this.#free.pop() ?? this.#rows++;
    this.#makeRoom(row + 1);
    this.#hashBytes.write(entry.hash, row * HASH_WORDS * 4, 'hex');
    this.#ids.set(id.words, row * ID_WORDS);
    if (!id.plain) {
      this.#oddIds.set(row, entry.id);
    }
    this.#digests.set(digest, row * DIGEST_BYTES);
    this.#expires[row] = Date.parse(entry.expiresAt);
    this.#tenantOf[row] = this.tenants.add(entry.tenant);
    this.#ownerOf[row] = this.#owners.add(entry.owner);
    this.#serviceOf[row] =
      entry.service === undefined ? 0 : this.#services.add(entry.service);
    const at = this.#lists.add(entry.models.length);
    entry.models.forEach(({ model, grantId }, pair) =>
      this.#lists.set(
        at,
        pair,
        this.models.add(model),
        grantId === undefined ? 0 : this.grants.use(grantId),
      ),
    );
    this.#listAt[row] = at;
    this.#listLength[row] = entry.models.length;
    this.#reported[row] = 0;
    this.#byHash.add(row);
    this.#byId.add(row);
    this.#size++;
    return replaced;
  }

  /** Takes a key out; its digest, or undefined when it was not there. */
  remove(id: string): Uint8Array | undefined {
    const row = this.#byId.find(idWords(id).words);
    return row < 0 ? undefined : this.#removeRow(row);
  }

  #removeRow(row: number): Uint8Array {
    const digest = Buffer.from(this.#digestOf(row));
    this.#byHash.remove(row);
    this.#byId.remove(row);
    const at = this.#listAt[row];
    for (let pair = 0; pair < this.#listLength[row]; pair++) {
      const grant = this.#lists.second(at, pair);
      if (grant !== 0) {
        this.grants.unuse(grant);
      }
    }
    this.#lists.remove(at, this.#listLength[row]);
    this.#tenantOf[row] = 0;
    this.#oddIds.delete(row);
    this.#free.push(row);
    this.#size--;
    return digest;
  }

  /**
   * Why a key may call a model: the grant that it hangs off, `implicit` where the model's own access is the grant; undefined where the model
   * is not in its scope, or its grant is not there.
   */
  scope(key: IndexedKey, model: string): IndexedGrant | 'implicit' | undefined {
    const wanted = this.models.find(model);
    const at = this.#listAt[key.row];
    for (let pair = 0; pair < this.#listLength[key.row]; pair++) {
      if (this.#lists.first(at, pair) === wanted && wanted !== 0) {
        const grant = this.#lists.second(at, pair);
        return grant === 0 ? 'implicit' : this.grants.get(grant);
      }
    }
    return undefined;
  }

  /** The models in the scope of a key. */
  modelsOf(key: IndexedKey): string[] {
    return this.#pairs(key.row).map(([model]) => this.models.name(model));
  }

  /** Notes a use; true when none was noted in the minutes before. */
  noteUse(key: IndexedKey, minute: number, everyMinutes: number): boolean {
    if (minute - this.#reported[key.row] < everyMinutes) {
      return false;
    }
    this.#reported[key.row] = minute;
    return true;
  }

  /** All keys as they came, with their digests. May go on while keys change; then some changes show and some do not. */
  *entries(): Generator<[entry: KeyEntry, digest: Uint8Array]> {
    for (let row = 0; row < this.#rows; row++) {
      if (this.#tenantOf[row] !== 0) {
        yield [this.#entry(row), this.#digestOf(row)];
      }
    }
  }

  #entry(row: number): KeyEntry {
    const { id, tenant, owner, service } = this.#at(row);
    return {
      kind: 'key',
      id,
      hash: hexOf(this.#hashBytes, row, HASH_WORDS),
      tenant,
      owner,
      service,
      models: this.#pairs(row).map(([model, grant]) => ({
        model: this.models.name(model),
        grantId: grant === 0 ? undefined : this.grants.id(grant),
      })),
      expiresAt: new Date(this.#expires[row]).toISOString(),
    };
  }

  #at(row: number): IndexedKey {
    const service = this.#serviceOf[row];
    return {
      row,
      id: this.#oddIds.get(row) ?? `key_${hexOf(this.#idBytes, row, ID_WORDS)}`,
      tenant: this.tenants.name(this.#tenantOf[row]),
      owner: this.#owners.name(this.#ownerOf[row]),
      service: service === 0 ? undefined : this.#services.name(service),
      expiresMs: this.#expires[row],
    };
  }

  #pairs(row: number): [model: number, grant: number][] {
    const at = this.#listAt[row];
    return Array.from({ length: this.#listLength[row] }, (_, pair) => [
      this.#lists.first(at, pair),
      this.#lists.second(at, pair),
    ]);
  }

  #digestOf(row: number): Buffer {
    return this.#digests.subarray(row * DIGEST_BYTES, (row + 1) * DIGEST_BYTES);
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#expires.length) {
      return;
    }
    // By half: while columns move, the old ones are there too.
    const capacity = Math.max(1024, Math.ceil(this.#expires.length * 1.5));
    this.#hashes = moved(this.#hashes, new Uint32Array(capacity * HASH_WORDS));
    this.#ids = moved(this.#ids, new Uint32Array(capacity * ID_WORDS));
    this.#digests = moved(this.#digests, Buffer.alloc(capacity * DIGEST_BYTES));
    this.#expires = moved(this.#expires, new Float64Array(capacity));
    this.#tenantOf = moved(this.#tenantOf, new Uint32Array(capacity));
    this.#ownerOf = moved(this.#ownerOf, new Uint32Array(capacity));
    this.#serviceOf = moved(this.#serviceOf, new Uint32Array(capacity));
    this.#listAt = moved(this.#listAt, new Uint32Array(capacity));
    this.#listLength = moved(this.#listLength, new Uint16Array(capacity));
    this.#reported = moved(this.#reported, new Uint32Array(capacity));
    this.#hashBytes = Buffer.from(this.#hashes.buffer);
    this.#idBytes = Buffer.from(this.#ids.buffer);
    this.#byHash.useColumn(this.#hashes);
    this.#byId.useColumn(this.#ids);
  }
}

function moved<T extends { set(from: ArrayLike<number>): void }>(
  from: T & ArrayLike<number>,
  to: T,
): T {
  to.set(from);
  return to;
}

function hexOf(column: Buffer, row: number, words: number): string {
  const bytes = words * 4;
  return column.toString('hex', row * bytes, (row + 1) * bytes);
}

/** 32-bit words of bytes that may lie anywhere in memory. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(bytes.length / 4);
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/** 16 bytes that stand for an id: those that it is written with if it is `plain`, else those of its hash. */
function idWords(id: string): { words: Uint32Array; plain: boolean } {
  const plain = PLAIN_ID.test(id);
  const words = new Uint32Array(ID_WORDS);
  const bytes = Buffer.from(words.buffer);
  if (plain) {
    bytes.write(id.slice('key_'.length), 'hex');
  } else {
    createHash('sha256').update(id).digest().copy(bytes);
  }
  return { words, plain };
}
