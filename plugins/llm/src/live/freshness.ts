/** How much what is shown can be trusted to be current. */
export type Freshness = 'live' | 'quiet' | 'stale';

const QUIET_AFTER_MS = 10_000;
const STALE_AFTER_MS = 60_000;

/**
 * Live up to 10 s after the last answer, then quiet (nothing is claimed), and from 60 s on stale (a banner says so).
 *
 * @param heardAtMs - when the portal last answered
 * @param asOfMs - up to when the portal itself knows the cluster, if it says so
 */
export function freshnessOf(
  heardAtMs: number | undefined,
  asOfMs: number | undefined,
  nowMs: number,
): Freshness {
  if (heardAtMs === undefined) {
    return 'quiet';
  }
  const silenceMs = nowMs - heardAtMs;
  const clusterSilenceMs = asOfMs === undefined ? 0 : heardAtMs - asOfMs;
  if (silenceMs >= STALE_AFTER_MS || clusterSilenceMs >= STALE_AFTER_MS) {
    return 'stale';
  }
  return silenceMs >= QUIET_AFTER_MS ? 'quiet' : 'live';
}
