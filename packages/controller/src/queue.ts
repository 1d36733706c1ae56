import { Clock, systemClock, Timer } from './clock';

/** Tuning of a {@link WorkQueue}; everything has a default. */
export interface WorkQueueOptions {
  clock?: Clock;
  /** 0 ≤ x < 1, for jitter. */
  random?: () => number;
  /** Wait after the first failure of a key; 50 ms if absent. Doubles with each further failure. */
  baseDelayMs?: number;
  /** The longest wait after failures; 5 min if absent. */
  maxDelayMs?: number;
  /**
   * A key is handed out again at the earliest this long after it was done, so that a volley of events about it costs one run and not many;
   * 0 if absent. The first event after a quiet time is never held up.
   */
  minIntervalMs?: number;
  /** Which share of the queue a key belongs to: groups are served in turn. Its namespace if absent. */
  groupOf?: (key: string) => string;
  /** Called with the time that a key waited, when it is taken. */
  onTaken?: (waitedMs: number) => void;
}

/**
 * Keys that want work done. Guarantees:
 * - a key is in flight at most once: one that is added meanwhile is handed out again after `done`;
 * - a key that is added many times before it is taken is handed out once;
 * - groups (namespaces) take turns and the keys of a group are served first come first served, so that neither a burst in one
 *   namespace nor a key that is added again and again holds up the others;
 * - a delayed key is handed out at the earliest of the times that it was added for.
 */
export class WorkQueue {
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly baseDelayMs: number;
  private readonly maxDelayMs: number;
  private readonly minIntervalMs: number;
  private readonly groupOf: (key: string) => string;
  private readonly onTaken: ((waitedMs: number) => void) | undefined;

  /** Waiting keys and when they were added. Each group is a queue; the groups' order is the order of their turns. */
  private readonly groups = new Map<string, Map<string, number>>();
  private readonly inFlight = new Set<string>();
  /** In flight and added again meanwhile. */
  private readonly dirty = new Set<string>();
  private readonly delayed = new Map<string, { dueMs: number; timer: Timer }>();
  private readonly failed = new Map<string, number>();
  /** When keys were done, oldest first; only those of the last `minIntervalMs`. */
  private readonly lastDone = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private readonly idlers: (() => void)[] = [];
  private ready = 0;
  private stopped = false;

  constructor(options: WorkQueueOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.baseDelayMs = options.baseDelayMs ?? 50;
    this.maxDelayMs = options.maxDelayMs ?? 300_000;
    this.minIntervalMs = options.minIntervalMs ?? 0;
    this.groupOf =
      options.groupOf ?? (key => key.slice(0, Math.max(key.indexOf('/'), 0)));
    this.onTaken = options.onTaken;
  }

  /** Keys that could be taken now. */
  get length(): number {
    return this.ready;
  }

  /** Keys that are being worked on. */
  get inFlightCount(): number {
    return this.inFlight.size;
  }

  /** Asks for work on a key, now. Ignored after `stop`. */
  add(key: string): void {
    if (this.stopped) {
      return;
    }
    const nowMs = this.clock.monotonicMs();
    if (this.inFlight.has(key)) {
      this.dirty.add(key);
      return;
    }
    const restMs = this.restMs(key, nowMs);
    if (restMs > 0) {
      this.addAfter(key, restMs);
    } else {
      this.enqueue(key, nowMs);
    }
  }

  /** Asks for work on a key in `delayMs`; of several such wishes the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.stopped) {
      return;
    }
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.clock.monotonicMs() + delayMs;
    const earlier = this.delayed.get(key);
    if (earlier && earlier.dueMs <= dueMs) {
      return;
    }
    earlier?.timer.cancel();
    const timer = this.clock.setTimer(delayMs, () => {
      this.delayed.delete(key);
      const leftMs = dueMs - this.clock.monotonicMs();
      // Timers may fire a little early, and are cut when the delay is longer than they can hold.
      this.addAfter(key, leftMs > 1 ? leftMs : 0);
    });
    this.delayed.set(key, { dueMs, timer });
  }

  /** Counts a failure of a key and asks for work on it after its back-off, which is returned in ms. */
  addRateLimited(key: string): number {
    const failures = (this.failed.get(key) ?? 0) + 1;
    this.failed.set(key, failures);
    const ceilingMs = Math.min(
      this.baseDelayMs * 2 ** (failures - 1),
      this.maxDelayMs,
    );
    const delayMs = ceilingMs * (0.75 + 0.25 * this.random());
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** The key succeeded: its next failure starts from the shortest wait again. */
  forget(key: string): void {
    this.failed.delete(key);
  }

  /** Failures of a key since it last succeeded. */
  failures(key: string): number {
    return this.failed.get(key) ?? 0;
  }

  /** The next key, as soon as there is one; `undefined` when the queue has been stopped. Call `done` when finished with it. */
  take(): Promise<string | undefined> {
    if (this.stopped) {
      return Promise.resolve(undefined);
    }
    if (this.ready > 0) {
      return Promise.resolve(this.dequeue());
    }
    return new Promise(resolve => this.takers.push(resolve));
  }

  /** Says that the work on a key is over. */
  done(key: string): void {
    this.inFlight.delete(key);
    this.noteDone(key);
    if (this.dirty.has(key)) {
      this.dirty.delete(key);
      this.add(key);
    }
    if (this.inFlight.size === 0) {
      this.idlers.splice(0).forEach(resolve => resolve());
    }
  }

  /** Hands out nothing any more; keys in flight may finish. */
  stop(): void {
    this.stopped = true;
    this.delayed.forEach(({ timer }) => timer.cancel());
    this.delayed.clear();
    this.groups.clear();
    this.dirty.clear();
    this.ready = 0;
    this.takers.splice(0).forEach(resolve => resolve(undefined));
  }

  /** Resolves when nothing is in flight. */
  whenIdle(): Promise<void> {
    return this.inFlight.size === 0
      ? Promise.resolve()
      : new Promise(resolve => this.idlers.push(resolve));
  }

  /** How long a key must still rest. */
  private restMs(key: string, nowMs: number): number {
    const doneMs = this.lastDone.get(key);
    return doneMs === undefined ? 0 : doneMs + this.minIntervalMs - nowMs;
  }

  private noteDone(key: string): void {
    if (this.minIntervalMs === 0) {
      return;
    }
    const nowMs = this.clock.monotonicMs();
    this.lastDone.delete(key);
    this.lastDone.set(key, nowMs);
    for (const [oldest, doneMs] of this.lastDone) {
      if (nowMs - doneMs < this.minIntervalMs) {
        break;
      }
      this.lastDone.delete(oldest);
    }
  }

  private enqueue(key: string, addedMs: number): void {
    const group = this.groupOf(key);
    let keys = this.groups.get(group);
    if (!keys) {
      keys = new Map();
      this.groups.set(group, keys);
    }
    if (keys.has(key)) {
      return;
    }
    keys.set(key, addedMs);
    this.ready += 1;
    const taker = this.takers.shift();
    if (taker) {
      taker(this.dequeue());
    }
  }

  /** Takes the first key of the group whose turn it is, and puts the group at the end of the line. */
  private dequeue(): string | undefined {
    for (const [group, keys] of this.groups) {
      this.groups.delete(group);
      for (const [key, addedMs] of keys) {
        keys.delete(key);
        if (keys.size > 0) {
          this.groups.set(group, keys);
        }
        this.ready -= 1;
        this.inFlight.add(key);
        this.onTaken?.(this.clock.monotonicMs() - addedMs);
        return key;
      }
    }
    return undefined;
  }
}
