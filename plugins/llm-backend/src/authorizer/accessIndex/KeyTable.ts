import type { KeyEntry } from '../../access/indexEntries';
import { Column, Columns } from './Columns';
import { DIGEST_BYTES, Digests, instantOf } from './Digests';
import type { GrantTable, IndexedGrant } from './GrantTable';
import { Ids } from './Ids';
import { IndexPart, mustBe, Section, slices, wordsIn } from './IndexPart';
import { Lists } from './Lists';
import type { Names } from './Names';
import { RowIndex } from './RowIndex';

const HASH_WORDS = 8;
/** Numbers for a model of a key: that of the model, and that of the grant, 0 for none. */
const PAIR = 2;

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
 * The keys, about 140 bytes each: a row of typed columns per key, found by hash and by id. No object exists per key until one is looked up.
 */
export class KeyTable {
  #rows = 0;
  #size = 0;
  readonly #free: number[] = [];
  readonly #lists = new Lists();

  readonly #ids: Ids;
  readonly #hashes = Column.words(HASH_WORDS);
  readonly #digests = Column.bytes(DIGEST_BYTES);
  readonly #expires = Column.numbers();
  /** 0 marks a row that is free. */
  readonly #tenantOf = Column.words();
  readonly #ownerOf = Column.words();
  readonly #serviceOf = Column.words();
  /** Numbers in the list of a row. */
  readonly #listLength = Column.words();
  /** Minutes since 1970. */
  readonly #reported = Column.words();
  /** Not on disk: lists lie elsewhere there. */
  readonly #listAt = Column.words();
  /** Those that are on disk. */
  readonly #kept: Columns;
  readonly #others = new Columns([this.#listAt]);
  readonly #byHash = new RowIndex(this.#hashes);
  readonly #asked = new Uint32Array(HASH_WORDS);
  readonly #askedBytes = Buffer.from(this.#asked.buffer);

  constructor(
    private readonly names: Names,
    private readonly grants: GrantTable,
  ) {
    this.#ids = new Ids('key_', names);
    this.#kept = new Columns([
      this.#hashes,
      ...this.#ids.columns,
      this.#digests,
      this.#expires,
      this.#tenantOf,
      this.#ownerOf,
      this.#serviceOf,
      this.#listLength,
      this.#reported,
    ]);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** The key with a SHA-256, if it is there. */
  find(hash: Uint8Array): IndexedKey | undefined {
    this.#askedBytes.set(hash);
    const row = this.#byHash.find(this.#asked);
    return row < 0 ? undefined : this.#at(row);
  }

  /** Puts a key in; the digest of the one that was there under its id, if there was one. */
  put(entry: KeyEntry, digest: Uint8Array): Uint8Array | undefined {
    const known = this.#ids.find(entry.id);
    const replaced = known < 0 ? undefined : this.#removeRow(known);
    const row = this.#free.pop() ?? this.#rows++;
    this.#makeRoom(row + 1);
    this.#hashes.row(row).write(entry.hash, 'hex');
    this.#digests.row(row).set(digest);
    this.#expires.values[row] = instantOf(entry.expiresAt);
    this.#tenantOf.values[row] = this.names.add(entry.tenant);
    this.#ownerOf.values[row] = this.names.add(entry.owner);
    this.#serviceOf.values[row] =
      entry.service === undefined ? 0 : this.names.add(entry.service);
    const length = entry.models.length * PAIR;
    const at = this.#lists.add(length);
    entry.models.forEach(({ model, grantId }, pair) => {
      const grant = grantId === undefined ? 0 : this.grants.use(grantId);
      this.#lists.set(at, pair * PAIR, this.names.add(model));
      this.#lists.set(at, pair * PAIR + 1, grant);
    });
    this.#listAt.values[row] = at;
    this.#listLength.values[row] = length;
    this.#reported.values[row] = 0;
    this.#byHash.add(row);
    this.#ids.set(row, entry.id);
    this.#size++;
    return replaced;
  }

  /** Takes a key out; its digest, or undefined when it was not there. */
  remove(id: string): Uint8Array | undefined {
    const row = this.#ids.find(id);
    return row < 0 ? undefined : this.#removeRow(row);
  }

  /**
   * Why a key may call a model: the grant that it hangs off, `implicit` where the model's own access is the grant; undefined where the model
   * is not in its scope, or its grant is not there.
   */
  scope(key: IndexedKey, model: string): IndexedGrant | 'implicit' | undefined {
    const wanted = this.names.find(model);
    const list = this.#listOf(key.row);
    for (let at = 0; wanted !== 0 && at < list.length; at += PAIR) {
      if (list[at] === wanted) {
        const grant = list[at + 1];
        return grant === 0 ? 'implicit' : this.grants.get(grant);
      }
    }
    return undefined;
  }

  /** The models in the scope of a key. */
  modelsOf(key: IndexedKey): string[] {
    return [...this.#listOf(key.row)]
      .filter((_, at) => at % PAIR === 0)
      .map(model => this.names.name(model));
  }

  /** Notes a use; true when none was noted in the minutes before. */
  noteUse(key: IndexedKey, minute: number, everyMinutes: number): boolean {
    if (minute - this.#reported.values[key.row] < everyMinutes) {
      return false;
    }
    this.#reported.values[key.row] = minute;
    return true;
  }

  /** All keys as they lie on disk. Keys may change between parts; then some changes show and some do not. */
  *parts(atOnce: number): Generator<IndexPart> {
    const ofRows = this.#rows;
    for (const [from, to] of slices(ofRows, atOnce)) {
      const bytes = Buffer.concat([
        this.#kept.copyOut(from, to),
        this.#lists.copyOut(this.#listAt.values, this.#listLength.values, [
          from,
          to,
        ]),
      ]);
      yield { section: Section.keys, rows: to - from, ofRows, bytes };
    }
  }

  /**
   * Takes in what {@link parts} gave, in order. A key that was changed meanwhile can be in two rows; the later one counts.
   *
   * @returns the largest numbers of a name and of a grant in it
   */
  load(part: IndexPart, digests: Digests): { name: number; grant: number } {
    const { rows, ofRows, bytes } = part;
    if (this.#rows === 0) {
      this.#reserve(ofRows);
    }
    const from = this.#rows;
    const listsAt = rows * this.#kept.rowBytes;
    mustBe(bytes.length >= listsAt, 'keys end too early');
    this.#kept.copyIn(from, rows, bytes);
    this.#makeRoom(from + rows);
    this.#rows += rows;
    const numbers = wordsIn(bytes.subarray(listsAt));
    const begin = this.#lists.addAll(numbers);
    let [at, name, grant] = [0, 0, 0];
    for (let row = from; row < this.#rows; row++) {
      const length = this.#listLength.values[row];
      mustBe(
        length % PAIR === 0 && at + length <= numbers.length,
        'the models of a key end elsewhere',
      );
      this.#listAt.values[row] = begin + at;
      const end = at + length;
      for (; at < end; at += PAIR) {
        name = Math.max(name, numbers[at]);
        grant = Math.max(grant, numbers[at + 1]);
        this.grants.expect(numbers[at + 1]);
      }
      name = Math.max(name, this.#enter(row, digests));
    }
    mustBe(at === numbers.length, 'there are more models than keys have');
    return { name, grant };
  }

  /** Enters a row whose columns were filled; the largest number of a name in it. */
  #enter(row: number, digests: Digests): number {
    const tenant = this.#tenantOf.values[row];
    if (tenant === 0) {
      this.#free.push(row);
      return 0;
    }
    this.#ids.enter(row, older => digests.mix(this.#removeRow(older)));
    this.#byHash.add(row);
    this.#size++;
    digests.mix(this.#digests.bytes, row * DIGEST_BYTES);
    return Math.max(
      tenant,
      this.#ids.nameOf(row),
      this.#ownerOf.values[row],
      this.#serviceOf.values[row],
    );
  }

  #reserve(rows: number): void {
    this.#kept.reserve(rows);
    this.#others.reserve(rows);
    this.#ids.reserve(rows);
    this.#byHash.reserve(rows);
  }

  #removeRow(row: number): Uint8Array {
    const digest = Buffer.from(this.#digests.row(row));
    this.#byHash.remove(row);
    this.#ids.remove(row);
    const list = this.#listOf(row);
    for (let at = 1; at < list.length; at += PAIR) {
      if (list[at] !== 0) {
        this.grants.unuse(list[at]);
      }
    }
    this.#lists.remove(...this.#listPlace(row));
    this.#tenantOf.values[row] = 0;
    this.#listLength.values[row] = 0;
    this.#free.push(row);
    this.#size--;
    return digest;
  }

  #at(row: number): IndexedKey {
    const service = this.#serviceOf.values[row];
    return {
      row,
      id: this.#ids.id(row),
      tenant: this.names.name(this.#tenantOf.values[row]),
      owner: this.names.name(this.#ownerOf.values[row]),
      service: service === 0 ? undefined : this.names.name(service),
      expiresMs: this.#expires.values[row],
    };
  }

  #listPlace(row: number): [at: number, length: number] {
    return [this.#listAt.values[row], this.#listLength.values[row]];
  }

  #listOf(row: number): Uint32Array {
    return this.#lists.slice(...this.#listPlace(row));
  }

  #makeRoom(rows: number): void {
    this.#kept.makeRoom(rows);
    this.#others.makeRoom(rows);
  }
}
