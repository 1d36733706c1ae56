/** How much what is shown can be trusted to be current. */
export type Freshness = 'live' | 'quiet' | 'stale';

const QUIET_AFTER_MS = 10_000;
const STALE_AFTER_MS = 60_000;

/**
 * Live up to 10 s after the last answer, then quiet (nothing is claimed), and from 60 s on stale (a banner says so).
 *
 * @param heardAtMs - when the portal last answered, by this browser's clock
 * @param silentForMs - how long the portal itself had heard nothing from the cluster then, by its own clock: the two clocks may differ
 */
export function freshnessOf(
  heardAtMs: number | undefined,
  silentForMs: number,
  nowMs: number,
): Freshness {
  if (heardAtMs === undefined) {
    return 'quiet';
  }
  const silenceMs = nowMs - heardAtMs;
  if (silenceMs >= STALE_AFTER_MS || silentForMs >= STALE_AFTER_MS) {
    return 'stale';
  }
  return silenceMs >= QUIET_AFTER_MS ? 'quiet' : 'live';
}
