/** Messages for people go to stderr, so that stdout stays clean for programs. */
export function say(message) {
  process.stderr.write(`${message}\n`);
}

/** An error that needs no stack: its message says what to do. */
export class Advice extends Error {}

/** Seconds since `startedAtMs`, for people. */
export function secondsSince(startedAtMs) {
  return `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
}
