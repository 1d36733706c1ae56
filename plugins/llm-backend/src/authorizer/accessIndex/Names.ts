import { randomInt } from 'node:crypto';
import { Column, Columns } from './Columns';
import { IndexPart, mustBe, Section, slices } from './IndexPart';
import { hashOfBytes } from './spread';

/** What names are spread by; another one in each process, so that nobody can choose names that fall on one place. */
const SEED = randomInt(2 ** 32);
const MAX_TEXT_BYTES = 2 ** 31;

/**
 * Numbers for names, so that a million rows hold one copy of each, and none of them is an object that collecting garbage looks at. Numbers
 * begin at 1; 0 stands for no name.
 */
export class Names {
  /** All names in UTF-8, one after another. */
  #text = Buffer.alloc(16_384);
  /** Where the name of a number ends; it begins where the one before ends. */
  readonly #ends = Column.words();
  readonly #columns = new Columns([this.#ends]);
  #count = 1;
  /** Number of a name; 0 is empty. */
  #slots = new Uint32Array(1024);
  #asked = Buffer.alloc(1024);

  constructor() {
    this.#columns.makeRoom(1);
  }

  /** How many numbers there are, 0 included. */
  get count(): number {
    return this.#count;
  }

  /** The number of a name, which gets one if it has none. */
  add(name: string): number {
    const length = this.#ask(name);
    const slot = this.#slotOf(length);
    return this.#slots[slot] || this.#append(length, slot);
  }

  /** The number of a name; 0 when it has none. */
  find(name: string): number {
    return this.#slots[this.#slotOf(this.#ask(name))];
  }

  /** The name of a number. */
  name(number: number): string {
    return number === 0
      ? ''
      : this.#text.toString('utf8', ...this.#place(number));
  }

  /** All names as they lie on disk. To be copied after what refers to them: names come, but never go. */
  *parts(atOnce: number): Generator<IndexPart> {
    const ofRows = this.#count;
    for (const [from, to] of slices(ofRows, atOnce)) {
      const ends = this.#ends.values;
      const text = this.#text.subarray(
        from === 0 ? 0 : ends[from - 1],
        ends[to - 1],
      );
      const bytes = Buffer.concat([this.#columns.copyOut(from, to), text]);
      yield { section: Section.names, rows: to - from, ofRows, bytes };
    }
  }

  /** Takes in what {@link parts} gave, in order. */
  load({ rows, ofRows, bytes }: IndexPart): void {
    // The first part begins with number 0, which has no name.
    const from = this.#count === 1 ? 0 : this.#count;
    this.#columns.reserve(ofRows);
    const textAt = rows * this.#columns.rowBytes;
    mustBe(bytes.length >= textAt, 'names end too early');
    this.#columns.copyIn(from, rows, bytes);
    const start = from === 0 ? 0 : this.#ends.values[from - 1];
    this.#count = from + rows;
    const end = this.#ends.values[this.#count - 1];
    mustBe(bytes.length - textAt === end - start, 'names end elsewhere');
    this.#makeRoom(end);
    this.#text.set(bytes.subarray(textAt), start);
    for (let number = Math.max(1, from); number < this.#count; number++) {
      const [begins, ends] = this.#place(number);
      mustBe(begins <= ends, 'a name ends before it begins');
      this.#enter(number);
    }
  }

  #place(number: number): [start: number, end: number] {
    return [this.#ends.values[number - 1], this.#ends.values[number]];
  }

  /** Writes a name where it is compared from; its bytes. */
  #ask(name: string): number {
    if (name.length * 3 > this.#asked.length) {
      this.#asked = Buffer.alloc(name.length * 6);
    }
    return this.#asked.write(name, 0, 'utf8');
  }

  /** Where the name that is asked for is, or belongs. */
  #slotOf(length: number): number {
    const size = this.#slots.length;
    let slot = hashOfBytes(this.#asked, [0, length], SEED) % size;
    while (this.#slots[slot] !== 0 && !this.#is(this.#slots[slot], length)) {
      slot = (slot + 1) % size;
    }
    return slot;
  }

  #is(number: number, length: number): boolean {
    const [start, end] = this.#place(number);
    if (end - start !== length) {
      return false;
    }
    for (let index = 0; index < length; index++) {
      if (this.#text[start + index] !== this.#asked[index]) {
        return false;
      }
    }
    return true;
  }

  #append(length: number, slot: number): number {
    const number = this.#count;
    const start = this.#ends.values[number - 1];
    this.#columns.makeRoom(number + 1);
    this.#makeRoom(start + length);
    this.#asked.copy(this.#text, start, 0, length);
    this.#ends.values[number] = start + length;
    this.#count++;
    this.#slots[slot] = number;
    this.#keepRoomy();
    return number;
  }

  #makeRoom(bytes: number): void {
    if (bytes > this.#text.length) {
      mustBe(bytes < MAX_TEXT_BYTES, 'all names together are too long');
      const larger = Buffer.alloc(
        Math.max(bytes, Math.ceil(this.#text.length * 1.5)),
      );
      this.#text.copy(larger);
      this.#text = larger;
    }
  }

  #enter(number: number): void {
    this.#put(number);
    this.#keepRoomy();
  }

  #put(number: number): void {
    const size = this.#slots.length;
    let slot = hashOfBytes(this.#text, this.#place(number), SEED) % size;
    while (this.#slots[slot] !== 0) {
      slot = (slot + 1) % size;
    }
    this.#slots[slot] = number;
  }

  #keepRoomy(): void {
    if (this.#count * 2 > this.#slots.length) {
      const old = this.#slots;
      this.#slots = new Uint32Array(old.length * 2);
      old.forEach(number => number !== 0 && this.#put(number));
    }
  }
}
