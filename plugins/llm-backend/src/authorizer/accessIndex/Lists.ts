/**
 * Short lists of numbers, all in one typed array: the models of a million keys without a million objects. A list is known by where it begins;
 * the room of one that is removed goes to the next of its length.
 */
export class Lists {
  #numbers = new Uint32Array(1024);
  #end = 0;
  readonly #free = new Map<number, number[]>();

  /** Makes room for a list; returns where it begins. */
  add(length: number): number {
    const free = this.#free.get(length)?.pop();
    return free ?? this.#append(length);
  }

  /** Adds many lists that lie one after another; returns where the first begins. */
  addAll(numbers: Uint32Array): number {
    const at = this.#append(numbers.length);
    this.#numbers.set(numbers, at);
    return at;
  }

  /** Writes a number of a list. */
  set(at: number, index: number, value: number): void {
    this.#numbers[at + index] = value;
  }

  /** A number of a list. */
  get(at: number, index: number): number {
    return this.#numbers[at + index];
  }

  /** A list, in place. */
  slice(at: number, length: number): Uint32Array {
    return this.#numbers.subarray(at, at + length);
  }

  /** Copies the lists of rows `from` to `to`, one after another; the columns tell where they begin and how long they are. */
  copyOut(
    begins: Uint32Array,
    lengths: Uint32Array,
    [from, to]: readonly [from: number, to: number],
  ): Buffer {
    let total = 0;
    for (let row = from; row < to; row++) {
      total += lengths[row];
    }
    const copy = new Uint32Array(total);
    let end = 0;
    for (let row = from; row < to; row++) {
      for (let index = 0; index < lengths[row]; index++) {
        copy[end++] = this.#numbers[begins[row] + index];
      }
    }
    return Buffer.from(copy.buffer);
  }

  /** Gives the room of a list back. */
  remove(at: number, length: number): void {
    if (length > 0) {
      const free = this.#free.get(length);
      if (free) {
        free.push(at);
      } else {
        this.#free.set(length, [at]);
      }
    }
  }

  #append(length: number): number {
    const at = this.#end;
    this.#end += length;
    if (this.#end > this.#numbers.length) {
      const larger = new Uint32Array(
        Math.max(this.#end, Math.ceil(this.#numbers.length * 1.5)),
      );
      larger.set(this.#numbers.subarray(0, at));
      this.#numbers = larger;
    }
    return at;
  }
}
