/** How a thread has spent its time since some moment. */
export interface ThreadTime {
  activeMs: number;
  /** Waiting, with nothing to do. */
  idleMs: number;
}

/** Work of the background at a stretch when nobody else wants the thread; then input is looked at. */
const SLICE_MS = 2;
/**
 * Part of the time that requests take which is left to the background in a burst. Controllers run elsewhere on a real cluster, and lag behind in a
 * burst: kube-controller-manager sends 20 requests a second by default, kube-scheduler 50 (their flag `--kube-api-qps`).
 */
const SHARE = 0.05;
/** Requests that take more of the thread than this are a burst: its short gaps are the client catching its breath. */
const BURST = 0.4;
/** What was longer ago hardly counts when it is decided whether there is a burst. */
const MEMORY_MS = 50;
/** Credit that may be saved up. */
const MOST_CREDIT_MS = 5;

/** How long work of the background may go on, on the one thread that it shares with requests, which come first. */
export class TimeShare {
  readonly #time: () => ThreadTime;
  #seen: ThreadTime;
  /** Time of its own since `#seen` was first looked at in this turn, which is no request's. */
  #ownMs = 0;
  /** The part of the last moments that requests took: 0 to 1. */
  #load = 0;
  #creditMs = 0;
  #lengthMs = 0;

  /** `time` tells how the thread has spent its time. */
  constructor(time: () => ThreadTime) {
    this.#time = time;
    this.#seen = time();
  }

  /** Takes a turn, which ends with {@link end}. False: there is a burst of requests, and the background has had its share. */
  begin(): boolean {
    const now = this.#time();
    const requestsMs = now.activeMs - this.#seen.activeMs;
    const restMs = now.idleMs - this.#seen.idleMs + this.#ownMs;
    this.#seen = now;
    this.#ownMs = 0;
    this.#remember(requestsMs, restMs);
    if (this.#load > BURST) {
      const earned = this.#creditMs + requestsMs * SHARE;
      this.#creditMs = Math.min(earned, MOST_CREDIT_MS);
    } else {
      this.#creditMs = SLICE_MS;
    }
    this.#lengthMs = this.#creditMs;
    return this.#creditMs > 0;
  }

  /** Whether the turn has lasted as long as it may. */
  get isOver(): boolean {
    return lengthOf(this.#seen, this.#time()) >= this.#lengthMs;
  }

  /** What a turn took beyond its credit is missing from the next. */
  end(): void {
    const now = this.#time();
    this.#ownMs = lengthOf(this.#seen, now);
    this.#creditMs -= this.#ownMs;
    this.#seen = now;
  }

  #remember(requestsMs: number, restMs: number): void {
    const passedMs = requestsMs + restMs;
    if (passedMs <= 0) return;
    const weight = Math.exp(-passedMs / MEMORY_MS);
    this.#load = this.#load * weight + (requestsMs / passedMs) * (1 - weight);
  }
}

function lengthOf(from: ThreadTime, to: ThreadTime): number {
  return to.activeMs + to.idleMs - from.activeMs - from.idleMs;
}
