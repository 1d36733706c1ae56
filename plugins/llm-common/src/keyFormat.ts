/**
 * The format of an API key: `sk-slw-`, 43 characters that hold 256 random bits in base 62, and 6 that hold the CRC-32 of
 * everything before them. The prefix and the checksum let a scanner of secrets tell a key from text that only looks like
 * one, without asking us. The checksum is no secret and proves nothing else.
 *
 * Pure: the random bytes come from the caller, because browsers and Node have different sources of them.
 */

/** What every key of ours begins with. */
export const KEY_PREFIX = 'sk-slw-';

/** Random bytes in a key. */
export const KEY_BYTES = 32;

/** Finds keys in text, for scanners of secrets; a hit is a key only when {@link isKey} says so. */
export const KEY_PATTERN = /\bsk-slw-[0-9A-Za-z]{49}\b/;

const ALPHABET =
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(ALPHABET.length);
/** 62^43 is the first power of 62 above 2^256. */
const SECRET_LENGTH = 43;
/** 62^6 is the first power of 62 above 2^32. */
const CHECKSUM_LENGTH = 6;
/** Characters of the secret that are shown to tell keys apart: 24 of 256 bits. */
const SHOWN = 4;

function toBase62(value: bigint, length: number): string {
  let digits = '';
  let rest = value;
  for (let index = 0; index < length; index++) {
    digits = ALPHABET[Number(rest % BASE)] + digits;
    rest /= BASE;
  }
  return digits;
}

function fromBase62(digits: string): bigint {
  let value = BigInt(0);
  for (const digit of digits) {
    value = value * BASE + BigInt(ALPHABET.indexOf(digit));
  }
  return value;
}

/** CRC-32 of ASCII text, as in IEEE 802.3 (the one of zip and PNG). */
function crc32(text: string): number {
  // The algorithm is made of bit operations.
  /* eslint-disable no-bitwise */
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
  /* eslint-enable no-bitwise */
}

function checksumOf(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

/**
 * The key that holds the given bytes.
 *
 * @param random - exactly {@link KEY_BYTES} bytes from a cryptographic source
 * @throws RangeError when there are more or fewer bytes
 */
export function formatKey(random: Uint8Array): string {
  if (random.length !== KEY_BYTES) {
    throw new RangeError(
      `A key holds ${KEY_BYTES} random bytes, not ${random.length}.`,
    );
  }
  let value = BigInt(0);
  for (const byte of random) {
    value = value * BigInt(256) + BigInt(byte);
  }
  const body = KEY_PREFIX + toBase62(value, SECRET_LENGTH);
  return body + checksumOf(body);
}

/** The bytes that a key holds, or nothing when the text is not a key of ours: wrong prefix, length, digits or checksum. */
export function parseKey(text: string): Uint8Array | undefined {
  const length = KEY_PREFIX.length + SECRET_LENGTH + CHECKSUM_LENGTH;
  if (text.length !== length || !new RegExp(KEY_PATTERN).test(text)) {
    return undefined;
  }
  const body = text.slice(0, -CHECKSUM_LENGTH);
  if (text !== body + checksumOf(body)) {
    return undefined;
  }
  let value = fromBase62(body.slice(KEY_PREFIX.length));
  const bytes = new Uint8Array(KEY_BYTES);
  for (let index = KEY_BYTES - 1; index >= 0; index--) {
    bytes[index] = Number(value % BigInt(256));
    value /= BigInt(256);
  }
  // 43 digits can hold a little more than 256 bits; what is left over was never a key.
  return value === BigInt(0) ? bytes : undefined;
}

/** Whether the text is a key of ours, checksum included. Says nothing about whether it is valid. */
export function isKey(text: string): boolean {
  return parseKey(text) !== undefined;
}

/**
 * Whether a key of another system may be imported: `sk-` and at least 22 characters, which is what 128 random bits take,
 * of at least ten kinds. Keys are stored as a fast hash, so one that can be guessed must not come in.
 */
export function isImportableKey(text: string): boolean {
  return (
    /^sk-(?!slw-)[0-9A-Za-z_-]{22,200}$/.test(text) &&
    new Set(text.slice('sk-'.length)).size >= 10
  );
}

/** The beginning of a key by which people tell it from others: prefix and a few characters, e.g. `sk-slw-9fKe`. */
export function displayKey(key: string): string {
  const prefix = key.startsWith(KEY_PREFIX) ? KEY_PREFIX : 'sk-';
  return key.slice(0, prefix.length + SHOWN);
}
