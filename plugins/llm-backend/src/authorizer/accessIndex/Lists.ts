/**
 * Short lists of pairs of numbers, all in one typed array: the models of a million keys without a million objects. A list is known by where
 * it begins; the room of one that is removed goes to the next of its length.
 */
export class Lists {
  #numbers = new Uint32Array(1024);
  #end = 0;
  readonly #free = new Map<number, number[]>();

  /** Makes room for a list of pairs; returns where it begins. */
  add(pairs: number): number {
    return this.#room(pairs * 2);
  }

  /** Writes a pair of a list. */
  set(at: number, pair: number, first: number, second: number): void {
    this.#numbers[at + pair * 2] = first;
    this.#numbers[at + pair * 2 + 1] = second;
  }

  /** Gives the room of a list back. */
  remove(at: number, pairs: number): void {
    const length = pairs * 2;
    if (length > 0) {
      const free = this.#free.get(length);
      if (free) {
        free.push(at);
      } else {
        this.#free.set(length, [at]);
      }
    }
  }

  /** The first of a pair of a list. */
  first(at: number, pair: number): number {
    return this.#numbers[at + pair * 2];
  }

  /** The second of a pair of a list. */
  second(at: number, pair: number): number {
    return this.#numbers[at + pair * 2 + 1];
  }

  #room(length: number): number {
    const free = this.#free.get(length)?.pop();
    if (free !== undefined) {
      return free;
    }
    const at = this.#end;
    this.#end += length;
    if (this.#end > this.#numbers.length) {
      const larger = new Uint32Array(
        Math.max(this.#end, this.#numbers.length * 2),
      );
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    return at;
  }
}
