/** Bytes of the digest of an entry. */
export const DIGEST_BYTES = 32;

/** The XOR of the digests of entries, as `IndexDigest` has it: an entry that comes or goes is one step. */
export class Digests {
  readonly #sum = Buffer.alloc(DIGEST_BYTES);

  /** Mixes a digest in, or out again; `at` is where it begins. */
  mix(digest: Uint8Array, at = 0): void {
    for (let index = 0; index < DIGEST_BYTES; index++) {
      // XOR is what the digest is made of.
      // eslint-disable-next-line no-bitwise
      this.#sum[index] ^= digest[at + index];
    }
  }

  /** In hex. */
  toString(): string {
    return this.#sum.toString('hex');
  }
}

/** Milliseconds since 1970 of a time in ISO 8601. What is none has always passed. */
export function instantOf(time: string): number {
  return Date.parse(time) || 0;
}
