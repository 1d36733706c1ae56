/** The letters of generated names: no vowels, nothing that is easily mistaken (`k8s.io/apimachinery/pkg/util/rand`). */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Repeatable randomness (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** `length` letters as in generated names. */
  suffix(length = 5): string {
    let text = '';
    for (let i = 0; i < length; i += 1) {
      text += LETTERS[Math.floor(this.next() * LETTERS.length)];
    }
    return text;
  }

  /** `length` hexadecimal digits. */
  hex(length: number): string {
    let text = '';
    while (text.length < length) {
      text += Math.floor(this.next() * 16).toString(16);
    }
    return text;
  }
}

/**
 * A short hash of a value in the letters of generated names. FNV-1a with 32 bits over the value with sorted keys: the same idea as
 * `controller.ComputeHash`, not the same numbers.
 */
export function shortHash(value: unknown): string {
  const text = JSON.stringify(sorted(value)) ?? '';
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  let rest = hash >>> 0;
  let letters = '';
  do {
    letters += LETTERS[rest % LETTERS.length];
    rest = Math.floor(rest / LETTERS.length);
  } while (rest > 0);
  return letters;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
