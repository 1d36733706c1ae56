/** Values in one statement: Postgres takes 65,535, SQLite 32,766. */
const PIECE = 1_000;

/** A list in pieces that each fit into a statement. */
export function inPieces<T>(values: readonly T[]): T[][] {
  const pieces: T[][] = [];
  for (let start = 0; start < values.length; start += PIECE) {
    pieces.push(values.slice(start, start + PIECE));
  }
  return pieces;
}
