import { Clock, Timer } from '../clock';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  private nowMs = 0;
  private wallOffsetMs: number;
  private nextId = 0;
  private readonly timers = new Map<
    number,
    { dueMs: number; callback: () => void }
  >();

  constructor(startAt = '2026-01-01T00:00:00Z') {
    this.wallOffsetMs = Date.parse(startAt);
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return this.wallOffsetMs + this.nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const id = this.nextId++;
    this.timers.set(id, { dueMs: this.nowMs + Math.max(delayMs, 0), callback });
    return { cancel: () => this.timers.delete(id) };
  }

  /** Timers that have not fired yet. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Lets time pass: timers fire in order, each followed by what it set off. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const next = [...this.timers].sort(
        ([idA, a], [idB, b]) => a.dueMs - b.dueMs || idA - idB,
      )[0];
      if (!next || next[1].dueMs > endMs) {
        break;
      }
      const [id, { dueMs, callback }] = next;
      this.timers.delete(id);
      this.nowMs = Math.max(this.nowMs, dueMs);
      callback();
      await settle();
    }
    this.nowMs = endMs;
    await settle();
  }

  /** The process stands still: time passes, but no timer fires until time is advanced again. */
  freeze(ms: number): void {
    this.nowMs += ms;
  }

  /** The machine's wall clock is set to another time. */
  jumpWall(ms: number): void {
    this.wallOffsetMs += ms;
  }
}

/** Lets promises that are already decided run their course. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(resolve => setImmediate(resolve));
  }
}
