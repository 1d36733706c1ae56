import type { MemberEntry } from '../../access/indexEntries';
import { Column, Columns } from './Columns';
import { DIGEST_BYTES, Digests } from './Digests';
import { IndexPart, mustBe, Section, slices, wordsIn } from './IndexPart';
import { Lists } from './Lists';
import type { Names } from './Names';

/** Who is a member, and of which groups. The row of a member is the number of her name. */
export class MemberTable {
  #rows = 0;
  #size = 0;
  readonly #lists = new Lists();
  /** 1 where there is a member. */
  readonly #present = Column.bytes();
  readonly #digests = Column.bytes(DIGEST_BYTES);
  readonly #listLength = Column.words();
  readonly #listAt = Column.words();
  /** Those that are on disk. */
  readonly #kept = new Columns([
    this.#present,
    this.#digests,
    this.#listLength,
  ]);
  readonly #others = new Columns([this.#listAt]);
  /** Names of groups that were asked for: there are few, and each check reads some. */
  readonly #groupNames = new Map<number, string>();

  constructor(private readonly names: Names) {}

  /** How many members there are. */
  get size(): number {
    return this.#size;
  }

  /** Groups of a user; undefined for somebody who is no member. */
  groupsOf(user: string): readonly string[] | undefined {
    const row = this.names.find(user);
    if (!this.#has(row)) {
      return undefined;
    }
    const groups: string[] = [];
    for (const number of this.#listOf(row)) {
      groups.push(this.#groupName(number));
    }
    return groups;
  }

  /** Puts a member in; the digest of what was there under her name, if something was. */
  put(entry: MemberEntry, digest: Uint8Array): Uint8Array | undefined {
    const replaced = this.remove(entry.id);
    const row = this.names.add(entry.id);
    this.#makeRoom(row + 1);
    const at = this.#lists.add(entry.groups.length);
    entry.groups.forEach((group, index) =>
      this.#lists.set(at, index, this.names.add(group)),
    );
    this.#listAt.values[row] = at;
    this.#listLength.values[row] = entry.groups.length;
    this.#digests.row(row).set(digest);
    this.#present.values[row] = 1;
    this.#size++;
    return replaced;
  }

  /** Takes a member out; her digest, or undefined when she was not there. */
  remove(id: string): Uint8Array | undefined {
    const row = this.names.find(id);
    if (!this.#has(row)) {
      return undefined;
    }
    this.#lists.remove(...this.#listPlace(row));
    this.#listLength.values[row] = 0;
    this.#present.values[row] = 0;
    this.#size--;
    return Buffer.from(this.#digests.row(row));
  }

  /** All members as they lie on disk. Members may change between parts; then some changes show and some do not. */
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
      yield { section: Section.members, rows: to - from, ofRows, bytes };
    }
  }

  /**
   * Takes in what {@link parts} gave, in order.
   *
   * @returns the largest number of a name in it
   */
  load({ rows, ofRows, bytes }: IndexPart, digests: Digests): number {
    if (this.#rows === 0) {
      this.#kept.reserve(ofRows);
      this.#others.reserve(ofRows);
    }
    const from = this.#rows;
    const listsAt = rows * this.#kept.rowBytes;
    mustBe(bytes.length >= listsAt, 'members end too early');
    this.#kept.copyIn(from, rows, bytes);
    this.#makeRoom(from + rows);
    const numbers = wordsIn(bytes.subarray(listsAt));
    const begin = this.#lists.addAll(numbers);
    let [at, name] = [0, 0];
    for (let row = from; row < from + rows; row++) {
      const end = at + this.#listLength.values[row];
      mustBe(end <= numbers.length, 'the groups of a member end elsewhere');
      this.#listAt.values[row] = begin + at;
      for (; at < end; at++) {
        name = Math.max(name, numbers[at]);
      }
      if (this.#present.values[row] === 1) {
        name = Math.max(name, row);
        digests.mix(this.#digests.bytes, row * DIGEST_BYTES);
        this.#size++;
      }
    }
    mustBe(at === numbers.length, 'there are more groups than members have');
    return name;
  }

  #has(row: number): boolean {
    return row !== 0 && row < this.#rows && this.#present.values[row] === 1;
  }

  #groupName(number: number): string {
    const known = this.#groupNames.get(number);
    if (known !== undefined) {
      return known;
    }
    const name = this.names.name(number);
    this.#groupNames.set(number, name);
    return name;
  }

  #listPlace(row: number): [at: number, length: number] {
    return [this.#listAt.values[row], this.#listLength.values[row]];
  }

  #listOf(row: number): Uint32Array {
    return this.#lists.slice(...this.#listPlace(row));
  }

  /** Rows that are not there have no groups. */
  #makeRoom(rows: number): void {
    this.#rows = Math.max(this.#rows, rows);
    this.#kept.makeRoom(rows);
    this.#others.makeRoom(rows);
  }
}
