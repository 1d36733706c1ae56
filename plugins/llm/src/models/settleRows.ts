import { ModelSummary } from '@slipway/plugin-llm-common';

/** Rows to show now, and how many places would change if the newest order were shown. */
export interface SettledRows {
  rows: ModelSummary[];
  pending: number;
}

/**
 * Brings fresh rows into what is shown without moving anything under the reader's eyes: a row that is still there is
 * updated where it is, one that is gone leaves, rows behind the last known one are added. New rows in between and rows that
 * would move only count as pending, until the reader asks for the new order.
 *
 * @param further - rows that are still there, but further down than `fresh` goes: they stay, too
 */
export function settleRows(
  shown: ModelSummary[],
  fresh: ModelSummary[],
  further: ModelSummary[],
): SettledRows {
  const position = new Map(fresh.map((row, index) => [row.uid, index]));
  const below = new Map(further.map(row => [row.uid, row]));
  const kept = shown.filter(({ uid }) => position.has(uid) || below.has(uid));
  const positions = kept.flatMap(row => position.get(row.uid) ?? []);
  if (positions.length === 0) {
    return { rows: fresh, pending: 0 };
  }
  const inPlace =
    positions.length === kept.length &&
    positions.every((value, index) => value === index);
  if (inPlace) {
    return { rows: fresh, pending: 0 };
  }
  const last = Math.max(...positions);
  const known = new Set(positions);
  const insertedBefore = fresh.filter(
    (_, index) => index < last && !known.has(index),
  ).length;
  const moved = positions.length - longestRise(positions);
  return {
    rows: [
      ...kept.map(
        row => fresh[position.get(row.uid) ?? -1] ?? below.get(row.uid) ?? row,
      ),
      ...fresh.slice(last + 1),
    ],
    pending: insertedBefore + moved + (kept.length - positions.length),
  };
}

/** Length of the longest increasing subsequence: how many rows can stay if the fewest possible move. */
function longestRise(values: number[]): number {
  const tails: number[] = [];
  for (const value of values) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (tails[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    tails[low] = value;
  }
  return tails.length;
}
