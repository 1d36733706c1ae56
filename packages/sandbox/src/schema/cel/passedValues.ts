/** Values remembered for one node of a schema, and how long their JSON may be. */
const MAX_VALUES = 256;
const MAX_LENGTH = 1_000;

/**
 * Values that passed all rules of one node, as JSON: what one operator writes repeats its paths, references and limits from object to object, and
 * evaluating a rule costs many times what it costs to recognise a value.
 */
export class PassedValues {
  readonly #texts = new Set<string>();
  #hits = 0;

  /** False when there is no room for more and those that are known hardly ever come again. */
  get isWorthwhile(): boolean {
    return this.#texts.size < MAX_VALUES || this.#hits > MAX_VALUES;
  }

  has(text: string): boolean {
    const known = this.#texts.has(text);
    if (known) this.#hits += 1;
    return known;
  }

  add(text: string): void {
    if (text.length <= MAX_LENGTH && this.#texts.size < MAX_VALUES)
      this.#texts.add(text);
  }
}
