import type { Column } from './Columns';

/**
 * Finds rows by a key of a few 32-bit words that lie in a column of a table: open addressing with linear probing over one typed array, about
 * 8 bytes a row. The first word decides where a search begins, so it must be evenly spread, as it is in hashes.
 */
export class RowIndex {
  /** Row + 1; 0 is empty. */
  #slots = new Int32Array(1024);
  #used = 0;

  /** @param keys - where the keys of rows are */
  constructor(private readonly keys: Column<Uint32Array>) {}

  /** The row with a key; -1 when there is none. */
  find(key: Uint32Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = key[0] % (mask + 1); ; slot = (slot + 1) % (mask + 1)) {
      const row = this.#slots[slot] - 1;
      if (row < 0 || this.#is(row, key)) {
        return row;
      }
    }
  }

  /** Makes room at once for so many rows. */
  reserve(rows: number): void {
    while (rows * 2 > this.#slots.length) {
      this.#grow();
    }
  }

  /** Adds a row whose key is in the column, unless another row with its key is there, which is returned then; else -1. */
  addIfNew(row: number): number {
    if ((this.#used + 1) * 2 > this.#slots.length) {
      this.#grow();
    }
    const size = this.#slots.length;
    let slot = this.#home(row);
    while (this.#slots[slot] !== 0) {
      const other = this.#slots[slot] - 1;
      if (this.#haveSameKey(other, row)) {
        return other;
      }
      slot = (slot + 1) % size;
    }
    this.#slots[slot] = row + 1;
    this.#used++;
    return -1;
  }

  /** Adds a row whose key is in the column and is not in the index. */
  add(row: number): void {
    if ((this.#used + 1) * 2 > this.#slots.length) {
      this.#grow();
    }
    this.#place(row);
    this.#used++;
  }

  /** Takes a row out whose key is still in the column. Rows after it move up, so that no search breaks off. */
  remove(row: number): void {
    const size = this.#slots.length;
    let hole = this.#home(row);
    while (this.#slots[hole] !== row + 1) {
      hole = (hole + 1) % size;
    }
    this.#slots[hole] = 0;
    this.#used--;
    for (
      let slot = (hole + 1) % size;
      this.#slots[slot] !== 0;
      slot = (slot + 1) % size
    ) {
      const home = this.#home(this.#slots[slot] - 1);
      // It may move into the hole if its search passes there.
      if ((slot - home + size) % size >= (slot - hole + size) % size) {
        this.#slots[hole] = this.#slots[slot];
        this.#slots[slot] = 0;
        hole = slot;
      }
    }
  }

  #home(row: number): number {
    return this.keys.values[row * this.keys.width] % this.#slots.length;
  }

  #is(row: number, key: Uint32Array): boolean {
    const { values, width } = this.keys;
    const at = row * width;
    for (let word = 0; word < width; word++) {
      if (values[at + word] !== key[word]) {
        return false;
      }
    }
    return true;
  }

  #haveSameKey(one: number, other: number): boolean {
    const { values, width } = this.keys;
    for (let word = 0; word < width; word++) {
      if (values[one * width + word] !== values[other * width + word]) {
        return false;
      }
    }
    return true;
  }

  #place(row: number): void {
    let slot = this.#home(row);
    while (this.#slots[slot] !== 0) {
      slot = (slot + 1) % this.#slots.length;
    }
    this.#slots[slot] = row + 1;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (const entry of old) {
      if (entry !== 0) {
        this.#place(entry - 1);
      }
    }
  }
}
