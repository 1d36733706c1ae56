import { setImmediate } from 'node:timers/promises';
import { IndexPart, IndexPartError } from './accessIndex';

/*
 * How the parts of an index lie in a file: a head, and then for each part 16 bytes (its section, its rows, its length, the rows of its table) and its bytes.
 * Numbers are as the machine has them in memory, so that columns are written and read as they are.
 */

const MAGIC = 'slipwayx';
const FORMAT = 2;
/** Reads as another number where bytes are in the other order. */
const ORDER = 0x01020304;
const PART_HEAD_WORDS = 4;
const PART_HEAD_BYTES = PART_HEAD_WORDS * 4;

/** What the file begins with. */
export const SNAPSHOT_HEAD = Buffer.concat([
  Buffer.from(MAGIC, 'latin1'),
  bytesOf([FORMAT, ORDER]),
]);

/** The bytes of a part, in pieces. */
export function packPart({
  section,
  rows,
  ofRows,
  bytes,
}: IndexPart): Buffer[] {
  return [bytesOf([section, rows, bytes.length, ofRows]), bytes];
}

/**
 * The parts of a file. What else the process does goes on between them.
 *
 * @throws IndexPartError when it is no such file, or is cut off
 */
export async function* unpackParts(file: Buffer): AsyncGenerator<IndexPart> {
  const headBytes = SNAPSHOT_HEAD.length;
  if (!SNAPSHOT_HEAD.equals(file.subarray(0, headBytes))) {
    throw new IndexPartError(
      'it is of another format, or from another kind of machine',
    );
  }
  let at = headBytes;
  while (at < file.length) {
    const [section, rows, length, ofRows] = wordsAt(file, at);
    at += PART_HEAD_BYTES;
    if (length > file.length - at) {
      throw new IndexPartError('it is cut off');
    }
    yield { section, rows, ofRows, bytes: file.subarray(at, at + length) };
    at += length;
    await setImmediate();
  }
}

function bytesOf(words: number[]): Buffer {
  return Buffer.from(Uint32Array.from(words).buffer);
}

function wordsAt(file: Buffer, at: number): Uint32Array {
  if (file.length - at < PART_HEAD_BYTES) {
    throw new IndexPartError('it is cut off');
  }
  const words = new Uint32Array(PART_HEAD_WORDS);
  file.copy(new Uint8Array(words.buffer), 0, at, at + PART_HEAD_BYTES);
  return words;
}
