import { onAbort } from './onAbort';

/** A pending timer of a {@link Clock}. */
export interface Timer {
  cancel(): void;
}

/**
 * Where time comes from, so that tests can drive it. Deadlines are measured with `monotonicMs`, which no one can set back;
 * `wallMs` is for timestamps that people read.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Runs `callback` once, `delayMs` from now at the earliest. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** The longest delay that a Node timer can hold; longer ones fire at once, so they are cut and armed again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(
      callback,
      Math.min(Math.max(delayMs, 0), MAX_TIMER_MS),
    );
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs`, or at once when the signal aborts; never rejects. */
export function pause(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    let timer: Timer = { cancel: () => {} };
    let forget = () => {};
    const end = () => {
      timer.cancel();
      forget();
      resolve();
    };
    forget = onAbort(signal, end);
    timer = clock.setTimer(delayMs, end);
  });
}
