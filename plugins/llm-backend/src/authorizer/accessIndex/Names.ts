/** Numbers for names, so that a million rows hold one copy of each. Numbers begin at 1; 0 stands for no name. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [''];

  /** The number of a name, which gets one if it has none. */
  add(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.length;
      this.#names.push(name);
      this.#numbers.set(name, number);
    }
    return number;
  }

  /** The number of a name; 0 when it has none. */
  find(name: string): number {
    return this.#numbers.get(name) ?? 0;
  }

  /** The name of a number. */
  name(number: number): string {
    return this.#names[number];
  }
}
