/** Tells how far the benchmark is; stdout is for the result. */
export function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** Resolves after `ms`. */
export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

/** Seconds since a moment of `performance.now()`. */
export function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

/** A number as it is worth being read. */
export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
