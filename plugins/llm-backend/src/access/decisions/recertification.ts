import { Grant } from '../types';

/** How long before its day a grant stands on the list of those to confirm. */
const AHEAD_DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * By when an owner is to confirm that a grant is still needed: so many days after it was given or last confirmed.
 *
 * @returns ISO 8601; nothing for a grant that ends before
 */
export function confirmBy(
  {
    createdAt,
    expiresAt,
    recertifiedAt,
  }: Pick<Grant, 'createdAt' | 'expiresAt' | 'recertifiedAt'>,
  recertifyDays: number,
): string | undefined {
  const last = Date.parse(recertifiedAt ?? createdAt);
  const by = new Date(last + recertifyDays * DAY_MS).toISOString();
  return by < expiresAt ? by : undefined;
}

/** Which grants are due: what was given or last confirmed before `seenBefore`, and does not end by itself before `endsAfter`. */
export interface DueBounds {
  seenBefore: string;
  endsAfter: string;
}

/** The bounds of the recertification list: whatever is to be confirmed within two weeks. */
export function dueBounds(now: Date, recertifyDays: number): DueBounds {
  const ahead = now.getTime() + AHEAD_DAYS * DAY_MS;
  return {
    seenBefore: new Date(ahead - recertifyDays * DAY_MS).toISOString(),
    endsAfter: new Date(ahead).toISOString(),
  };
}
