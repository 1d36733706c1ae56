import { KeySummary } from '@slipway/plugin-llm-common';

/** When a key ends, and what it loses before that. */
export interface KeyEnd {
  /** ISO 8601. */
  at: string;
  /** Whether it ends because its last grant does, before its own time. */
  withGrant: boolean;
  /** The first model that it loses before it ends: `<namespace>/<name>`, and when. */
  loses?: { model: string; until: string };
}

/** A grant and a key of so many days that were made one after the other end on one day: that is not worth words. */
const WORTH_WORDS_MS = 24 * 3_600_000;

/** A key ends at its own time, or with the last of its grants; a model that is open to its owner needs none. */
export function keyEnd(key: Pick<KeySummary, 'expiresAt' | 'models'>): KeyEnd {
  const ownEnd = Date.parse(key.expiresAt);
  const ends = key.models
    .flatMap(({ model, until }) => (until ? { model, until } : []))
    .sort((a, b) => Date.parse(a.until) - Date.parse(b.until));
  const last = ends.at(-1);
  const isLastGone =
    last !== undefined &&
    ends.length === key.models.length &&
    Date.parse(last.until) < ownEnd;
  const at = isLastGone ? last.until : key.expiresAt;
  const isWellBefore = (until: string, end: string) =>
    Date.parse(end) - Date.parse(until) >= WORTH_WORDS_MS;
  const [first] = ends;
  return {
    at,
    withGrant: isWellBefore(at, key.expiresAt),
    loses:
      first !== undefined && isWellBefore(first.until, at) ? first : undefined,
  };
}
