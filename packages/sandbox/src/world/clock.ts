import { performance } from 'node:perf_hooks';
import { ThreadTime } from './timeShare';

/** Time as the simulated components see it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** How this thread has spent its time, in milliseconds with fractions. */
  thread(): ThreadTime;
  /** Runs `task` once after `delayMs`. Returns a function that cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` as soon as what is going on now is done, after pending input has had its turn. */
  soon(task: () => void): void;
}

/** Longest delay of a Node timer; longer ones would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The real clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  thread() {
    const { active, idle } = performance.eventLoopUtilization();
    return { activeMs: active, idleMs: idle };
  },
  after(delayMs, task) {
    const timer = setTimeout(
      task,
      Math.min(Math.max(0, delayMs), MAX_TIMER_MS),
    );
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(task) {
    setImmediate(task);
  },
};

interface Timer {
  dueMs: number;
  order: number;
  task: () => void;
}

/** A clock for tests: time passes only in `advance`, and everything that falls due runs inside it, in order. */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  #timers: Timer[] = [];

  constructor(start = '2026-01-01T00:00:00Z') {
    this.#nowMs = Date.parse(start);
  }

  now(): number {
    return this.#nowMs;
  }

  thread(): ThreadTime {
    return { activeMs: 0, idleMs: this.#nowMs };
  }

  after(delayMs: number, task: () => void): () => void {
    this.#order += 1;
    const timer: Timer = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order,
      task,
    };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  soon(task: () => void): void {
    this.after(0, task);
  }

  /** Lets `ms` pass. With 0 it runs what is due now. */
  advance(ms = 0): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.task();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > endMs) continue;
      if (
        !found ||
        timer.dueMs < found.dueMs ||
        (timer.dueMs === found.dueMs && timer.order < found.order)
      ) {
        found = timer;
      }
    }
    if (found) this.#timers.splice(this.#timers.indexOf(found), 1);
    return found;
  }
}
