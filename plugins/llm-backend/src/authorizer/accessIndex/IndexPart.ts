/** What a part of an index holds. The numbers are those on disk. */
export const Section = {
  end: 0,
  keys: 1,
  grants: 2,
  members: 3,
  blocks: 4,
  names: 5,
} as const;

/** A piece of an index as it lies on disk: some rows of one table, one column after the other. */
export interface IndexPart {
  section: number;
  rows: number;
  /** Rows of the table in all its parts, as a hint of how much room it takes. */
  ofRows: number;
  bytes: Buffer;
}

/** Parts that make no index. */
export class IndexPartError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'IndexPartError';
  }
}

/** Checks what is read from a part. */
export function mustBe(condition: boolean, what: string): void {
  if (!condition) {
    throw new IndexPartError(what);
  }
}

/** The numbers in some bytes, wherever these lie. */
export function wordsIn(bytes: Uint8Array): Uint32Array {
  mustBe(bytes.length % 4 === 0, 'a list of numbers ends in the middle of one');
  const words = new Uint32Array(bytes.length / 4);
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/** From row 0 on, `atOnce` rows at a time. */
export function* slices(
  rows: number,
  atOnce: number,
): Generator<[from: number, to: number]> {
  for (let from = 0; from < rows; from += atOnce) {
    yield [from, Math.min(rows, from + atOnce)];
  }
}
