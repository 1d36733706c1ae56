import { Clock, systemClock } from '@slipway/controller';

/** How often it is looked whether a burst is over. */
const INTERVAL_MS = 1_000;
/** Shares of a core: above the first it is a burst, below the second for so many looks in a row it is over. */
const BUSY = 0.5;
const IDLE = 0.1;
const IDLE_LOOKS = 2;
/** Bursts that follow one another are worth one collection. */
const SHORTEST_PAUSE_MS = 60_000;

/** What is looked at, and what is done. */
export interface Surroundings {
  clock: Clock;
  /** CPU time of the process so far, in ms. */
  cpuMs(): number;
  /** Collects all garbage and gives the memory back. */
  collect(): void;
}

/**
 * Gives the memory of a burst back once, when it is over: V8 keeps a heap about as large as it has been for as long as next to nothing is
 * allocated. A collection stops the process for some tenths of a second, which is why it waits for a moment in which nothing is to be done.
 */
export function giveUpMemoryAfterBursts({
  clock,
  cpuMs,
  collect,
}: Surroundings): void {
  let before = cpuMs();
  let burst = false;
  let idleLooks = 0;
  let collectedMs = -Infinity;
  const look = () => {
    const share = (cpuMs() - before) / INTERVAL_MS;
    burst ||= share > BUSY;
    idleLooks = share < IDLE ? idleLooks + 1 : 0;
    const nowMs = clock.monotonicMs();
    if (
      burst &&
      idleLooks >= IDLE_LOOKS &&
      nowMs - collectedMs >= SHORTEST_PAUSE_MS
    ) {
      burst = false;
      collectedMs = nowMs;
      collect();
    }
    before = cpuMs();
    clock.setTimer(INTERVAL_MS, look);
  };
  clock.setTimer(INTERVAL_MS, look);
}

/** This process. Undefined unless it was started with `node --expose-gc`. */
export function thisProcess(): Surroundings | undefined {
  const { gc } = globalThis;
  return (
    gc && {
      clock: systemClock,
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
      // Only as the last resort does V8 give pages back at once.
      collect: () =>
        gc({ type: 'major', flavor: 'last-resort', execution: 'sync' }),
    }
  );
}
