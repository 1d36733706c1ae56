import type { GrantEntry } from '../../access/indexEntries';
import { Column, Columns } from './Columns';
import { DIGEST_BYTES, Digests, instantOf } from './Digests';
import { Ids } from './Ids';
import { IndexPart, mustBe, Section, slices } from './IndexPart';
import type { Names } from './Names';
import { RowIndex } from './RowIndex';
import { hashOfNumbers } from './spread';

/** A grant as it is looked at in a check. */
export interface IndexedGrant {
  id: string;
  tenant: string;
  /** `<namespace>/<name>`. */
  model: string;
  kind: GrantEntry['subject']['kind'];
  /** Entity ref of a user, name of a group or of a service. */
  ref: string;
  /** Milliseconds since 1970. */
  expiresMs: number;
}

/** What a row is; grants are in rows of their own number. */
const State = {
  free: 0,
  /** A key names the grant, which is not there. */
  named: 1,
  /** The grant is there. */
  held: 2,
} as const;

const KINDS: readonly IndexedGrant['kind'][] = ['user', 'group', 'service'];

/** What grants for one subject of a tenant on a model have in common: a hash of the rest, and numbers of kind, ref, tenant and model. */
const PLACE_WORDS = 5;

/**
 * The grants, by id and by whom they are for. Keys name grants by a number, which a grant has also while it is not there: a key may come
 * before its grant, and outlive it.
 */
export class GrantTable {
  /** Row 0 is never used, so that 0 stands for no grant. */
  #rows = 1;
  #size = 0;
  #free: number[] = [];
  /** Numbers that were given back while parts are written: what is on disk already may mean the grant that they stood for. */
  #resting: number[] = [];
  #writers = 0;

  readonly #ids: Ids;
  readonly #state = Column.bytes();
  readonly #digests = Column.bytes(DIGEST_BYTES);
  readonly #expires = Column.numbers();
  readonly #places = Column.words(PLACE_WORDS);
  readonly #kept: Columns;
  /** How many keys name it. Not on disk: counted again. */
  readonly #uses = Column.words();
  /** The next grant of the same place; 0 is none. */
  readonly #next = Column.words();
  readonly #others = new Columns([this.#uses, this.#next]);
  /** The first grant of a place. */
  readonly #byPlace = new RowIndex(this.#places);

  constructor(private readonly names: Names) {
    this.#ids = new Ids('grant_', names);
    this.#kept = new Columns([
      ...this.#ids.columns,
      this.#state,
      this.#digests,
      this.#expires,
      this.#places,
    ]);
    this.#makeRoom(this.#rows);
  }

  /** How many grants there are. */
  get size(): number {
    return this.#size;
  }

  /** How many numbers there are, 0 included. */
  get numbers(): number {
    return this.#rows;
  }

  /** Names a grant from a key; its number, which holds until {@link unuse}. */
  use(id: string): number {
    const row = this.#rowOf(id);
    this.#uses.values[row]++;
    return row;
  }

  /** Takes {@link use} back. */
  unuse(row: number): void {
    this.#uses.values[row]--;
    this.#forget(row);
  }

  /** Counts a use by a key that is loaded before the grants are. */
  expect(row: number): void {
    this.#others.makeRoom(row + 1);
    this.#uses.values[row] += row === 0 ? 0 : 1;
  }

  /** Puts a grant in; the digest of the one that was there under its id, if there was one. */
  put(entry: GrantEntry, digest: Uint8Array): Uint8Array | undefined {
    const replaced = this.remove(entry.id);
    const row = this.#rowOf(entry.id);
    const { kind, ref } = entry.subject;
    this.#digests.row(row).set(digest);
    this.#expires.values[row] = instantOf(entry.expiresAt);
    const place = placeOf(
      KINDS.indexOf(kind),
      this.names.add(ref),
      this.names.add(entry.tenant),
      this.names.add(entry.model),
    );
    this.#places.values.set(place, row * PLACE_WORDS);
    this.#hold(row);
    return replaced;
  }

  /** Takes a grant out; its digest, or undefined when it was not there. */
  remove(id: string): Uint8Array | undefined {
    const row = this.#ids.find(id);
    if (row < 0 || this.#state.values[row] !== State.held) {
      return undefined;
    }
    const digest = Buffer.from(this.#digests.row(row));
    this.#unlink(row);
    this.#state.values[row] = State.named;
    this.#size--;
    this.#forget(row);
    return digest;
  }

  /** The grant with a number, if it is there. */
  get(row: number): IndexedGrant | undefined {
    if (this.#state.values[row] !== State.held) {
      return undefined;
    }
    const [, kind, ref, tenant, model] = this.#placeAt(row);
    return {
      id: this.#ids.id(row),
      tenant: this.names.name(tenant),
      model: this.names.name(model),
      kind: KINDS[kind],
      ref: this.names.name(ref),
      expiresMs: this.#expires.values[row],
    };
  }

  /** Grants for a subject of a tenant on a model. */
  of(
    kind: IndexedGrant['kind'],
    ref: string,
    tenant: string,
    model: string,
  ): IndexedGrant[] {
    const numbers = [ref, tenant, model].map(name => this.names.find(name));
    const [refNumber, tenantNumber, modelNumber] = numbers;
    const found: IndexedGrant[] = [];
    if (!numbers.includes(0)) {
      const place = placeOf(
        KINDS.indexOf(kind),
        refNumber,
        tenantNumber,
        modelNumber,
      );
      for (
        let row = Math.max(0, this.#byPlace.find(place));
        row !== 0;
        row = this.#next.values[row]
      ) {
        found.push(...[this.get(row) ?? []].flat());
      }
    }
    return found;
  }

  /**
   * All grants as they lie on disk, by their numbers. Grants may change between parts, and no number changes its meaning from
   * {@link beginWriting} to {@link endWriting}.
   */
  *parts(atOnce: number): Generator<IndexPart> {
    const ofRows = this.#rows;
    for (const [from, to] of slices(ofRows, atOnce)) {
      const bytes = this.#kept.copyOut(from, to);
      yield { section: Section.grants, rows: to - from, ofRows, bytes };
    }
  }

  /** What is written from now on names grants by their numbers. */
  beginWriting(): void {
    this.#writers++;
  }

  /** Takes {@link beginWriting} back. */
  endWriting(): void {
    this.#writers--;
    if (this.#writers === 0) {
      this.#free = [...this.#free, ...this.#resting];
      this.#resting = [];
    }
  }

  /**
   * Takes in what {@link parts} gave, in order, after all keys.
   *
   * @returns the largest number of a name in it
   */
  load(part: IndexPart, digests: Digests): number {
    const { rows, ofRows, bytes } = part;
    if (this.#rows === 1) {
      this.#kept.reserve(ofRows);
      this.#ids.reserve(ofRows);
      this.#byPlace.reserve(ofRows);
    }
    // The first part begins with row 0, which is none.
    const from = this.#rows === 1 ? 0 : this.#rows;
    mustBe(
      bytes.length === rows * this.#kept.rowBytes && rows > 0,
      'grants end elsewhere',
    );
    this.#kept.copyIn(from, rows, bytes);
    this.#makeRoom(from + rows);
    this.#rows = from + rows;
    let name = 0;
    for (let row = Math.max(1, from); row < this.#rows; row++) {
      name = Math.max(name, this.#enter(row, digests));
    }
    return name;
  }

  #enter(row: number, digests: Digests): number {
    const state = this.#state.values[row];
    if (state === State.free) {
      // A key that was changed while it was written may name it still; it has a number then, and no grant.
      if (this.#uses.values[row] === 0) {
        this.#free.push(row);
      }
      return 0;
    }
    this.#ids.enter(row, older => this.#evict(older, digests));
    if (state !== State.held) {
      this.#forget(row);
      return this.#ids.nameOf(row);
    }
    const [, kind, ref, tenant, model] = this.#placeAt(row);
    mustBe(kind < KINDS.length, 'a grant is for nobody');
    digests.mix(this.#digests.bytes, row * DIGEST_BYTES);
    this.#hold(row);
    return Math.max(this.#ids.nameOf(row), ref, tenant, model);
  }

  /** A grant that came back while it was written is in two rows; the later one counts. */
  #evict(row: number, digests: Digests): void {
    if (this.#state.values[row] === State.held) {
      this.#unlink(row);
      digests.mix(this.#digests.row(row));
      this.#size--;
    }
    this.#ids.remove(row);
    this.#state.values[row] = State.free;
    this.#forget(row);
  }

  #rowOf(id: string): number {
    const known = this.#ids.find(id);
    if (known >= 0) {
      return known;
    }
    const row = this.#free.pop() ?? this.#rows++;
    this.#makeRoom(row + 1);
    this.#ids.set(row, id);
    this.#state.values[row] = State.named;
    this.#uses.values[row] = 0;
    return row;
  }

  #forget(row: number): void {
    const state = this.#state.values[row];
    if (this.#uses.values[row] !== 0 || state === State.held) {
      return;
    }
    if (state === State.named) {
      this.#ids.remove(row);
      this.#state.values[row] = State.free;
    }
    (this.#writers > 0 ? this.#resting : this.#free).push(row);
  }

  /** Makes it count; it comes after the others of its place. */
  #hold(row: number): void {
    this.#state.values[row] = State.held;
    this.#next.values[row] = 0;
    this.#size++;
    const first = this.#byPlace.find(this.#placeAt(row));
    if (first < 0) {
      this.#byPlace.add(row);
      return;
    }
    let last = first;
    while (this.#next.values[last] !== 0) {
      last = this.#next.values[last];
    }
    this.#next.values[last] = row;
  }

  #unlink(row: number): void {
    const next = this.#next.values[row];
    const first = this.#byPlace.find(this.#placeAt(row));
    if (first === row) {
      this.#byPlace.remove(row);
      if (next !== 0) {
        this.#byPlace.add(next);
      }
      return;
    }
    let before = first;
    while (this.#next.values[before] !== row) {
      before = this.#next.values[before];
    }
    this.#next.values[before] = next;
  }

  #placeAt(row: number): Uint32Array {
    return this.#places.values.subarray(
      row * PLACE_WORDS,
      (row + 1) * PLACE_WORDS,
    );
  }

  #makeRoom(rows: number): void {
    this.#kept.makeRoom(rows);
    this.#others.makeRoom(rows);
  }
}

function placeOf(
  kind: number,
  ref: number,
  tenant: number,
  model: number,
): Uint32Array {
  const numbers = [kind, ref, tenant, model];
  return Uint32Array.of(hashOfNumbers(numbers), ...numbers);
}
