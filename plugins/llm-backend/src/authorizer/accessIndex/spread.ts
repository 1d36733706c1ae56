/* eslint-disable no-bitwise -- what hashes for tables are made of */

/** A 32-bit hash of bytes (FNV-1a): fast for text as short as names are. No protection against who chooses them, but for `seed`. */
export function hashOfBytes(
  bytes: Uint8Array,
  [start, end]: readonly [start: number, end: number],
  seed: number,
): number {
  let hash = seed;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ bytes[at], 16_777_619);
  }
  return finish(hash);
}

/** A 32-bit hash of a few whole numbers. */
export function hashOfNumbers(numbers: readonly number[]): number {
  let hash = 0;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return finish(hash);
}

/** The lower bits of a product hardly depend on the upper ones, and tables go by the lower ones. */
function finish(hash: number): number {
  return (hash ^ (hash >>> 15)) >>> 0;
}
