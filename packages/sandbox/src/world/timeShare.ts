/** Work of the background at a stretch when nobody else wants the thread; then input is looked at. */
const SLICE_MS = 2;
/**
 * Part of the time that requests take which is left to the background while they keep coming. Controllers run elsewhere on a real cluster, and lag
 * behind in a burst: kube-controller-manager sends 20 requests a second by default, kube-scheduler 50 (their flag `--kube-api-qps`).
 */
const SHARE = 0.05;
/** Others had the thread for longer than this: that was a request, not the turn of an empty event loop. */
const REQUEST_MS = 0.3;
/** Without a request for this long nobody wants the thread. */
const QUIET_MS = 1;
/** Credit that may be saved up. */
const MOST_CREDIT_MS = 5;

/** How long work of the background may go on, on the one thread that it shares with requests, which come first. */
export class TimeShare {
  readonly #now: () => number;
  #leftMs = -Infinity;
  #requestMs = -Infinity;
  #creditMs = 0;
  #beganMs = 0;
  #lengthMs = 0;

  /** `now` tells milliseconds, with fractions. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a turn, which ends with {@link end}. False: requests come, and the background has had its share. */
  begin(): boolean {
    const nowMs = this.#now();
    const othersMs = nowMs - this.#leftMs;
    if (othersMs > REQUEST_MS && othersMs < Infinity) {
      this.#requestMs = nowMs;
      const earned = this.#creditMs + othersMs * SHARE;
      this.#creditMs = Math.min(earned, MOST_CREDIT_MS);
    }
    const quiet = nowMs - this.#requestMs >= QUIET_MS;
    if (quiet) this.#creditMs = SLICE_MS;
    this.#beganMs = nowMs;
    this.#lengthMs = this.#creditMs;
    if (this.#creditMs <= 0) this.#leftMs = nowMs;
    return this.#creditMs > 0;
  }

  /** Whether the turn has lasted as long as it may. */
  get isOver(): boolean {
    return this.#now() - this.#beganMs >= this.#lengthMs;
  }

  /** What a turn took beyond its credit is missing from the next. */
  end(): void {
    this.#leftMs = this.#now();
    this.#creditMs -= this.#leftMs - this.#beganMs;
  }
}
