import { hash } from 'node:crypto';
import { Column } from './Columns';
import type { Names } from './Names';
import { RowIndex } from './RowIndex';

const ID_WORDS = 4;

/**
 * The ids of the rows of a table, such as `key_` and 32 hex digits, in 16 bytes each. Other ids are allowed, and cost more memory: what stands
 * in the column then is a part of their hash.
 */
export class Ids {
  /** The columns, for the table that they belong to. */
  readonly columns: readonly Column[];
  readonly #words = Column.words(ID_WORDS);
  /** Number of the name of an id that is not of the usual form. */
  readonly #odd = Column.words();
  readonly #rows = new RowIndex(this.#words);
  readonly #plain: RegExp;
  readonly #asked = new Uint32Array(ID_WORDS);
  readonly #askedBytes = Buffer.from(this.#asked.buffer);

  /** @param prefix - what usual ids begin with */
  constructor(private readonly prefix: string, private readonly names: Names) {
    this.columns = [this.#words, this.#odd];
    this.#plain = new RegExp(`^${prefix}[0-9a-f]{32}$`);
  }

  /** The row with an id; -1 when there is none. */
  find(id: string): number {
    this.#ask(id);
    return this.#rows.find(this.#asked);
  }

  /** Gives a row an id that no other row has. */
  set(row: number, id: string): void {
    const plain = this.#ask(id);
    this.#words.values.set(this.#asked, row * ID_WORDS);
    this.#odd.values[row] = plain ? 0 : this.names.add(id);
    this.#rows.add(row);
  }

  /** Takes the id of a row away. */
  remove(row: number): void {
    this.#rows.remove(row);
  }

  /** The id of a row. */
  id(row: number): string {
    const odd = this.#odd.values[row];
    return odd === 0
      ? this.prefix + this.#words.row(row).toString('hex')
      : this.names.name(odd);
  }

  /** Makes room at once for so many rows. */
  reserve(rows: number): void {
    this.#rows.reserve(rows);
  }

  /** Enters a row whose columns were filled. Another row with the same id is older: it is handed over, and must be removed. */
  enter(row: number, removeOlder: (row: number) => void): void {
    const older = this.#rows.addIfNew(row);
    if (older >= 0) {
      removeOlder(older);
      this.#rows.add(row);
    }
  }

  /** The number of the name that the id of a row is; 0 when it is of the usual form. */
  nameOf(row: number): number {
    return this.#odd.values[row];
  }

  #ask(id: string): boolean {
    const plain = this.#plain.test(id);
    if (plain) {
      this.#askedBytes.write(id.slice(this.prefix.length), 'hex');
    } else {
      hash('sha256', id, 'buffer').copy(this.#askedBytes);
    }
    return plain;
  }
}
