const unitsMs: Record<string, number> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** Milliseconds of a Gateway API duration (`1h30m`, `600s`, `500ms`; GEP-2257). The API server has checked its form. */
export function parseDurationMs(duration: string): number {
  let total = 0;
  for (const [, digits, unit] of duration.matchAll(/(\d+)(h|ms|m|s)/g))
    total += Number(digits) * unitsMs[unit];
  return total;
}
