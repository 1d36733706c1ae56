/** What a page knows about something on the server that changes. */
export interface LiveState<T> {
  /** The last answer. It stays while newer ones fail to come. */
  value?: T;
  /** Why the last try failed; absent after a success. */
  error?: Error;
  /** The first answer for the current key is not there yet. */
  isLoading: boolean;
  /** When the last answer came; milliseconds since the epoch. */
  heardAt?: number;
  /** When the last answer that differed came; absent before the first difference. */
  changedAt?: number;
  /** When the next try is due after a failure. */
  nextTryAt?: number;
}

/** Options of {@link LiveLoop}. */
export interface LiveLoopOptions<T> {
  /** Asks the server. Gets the last answer for the same key, so that it can ask for less. */
  load(previous: T | undefined, signal: AbortSignal): Promise<T>;
  /** Two answers with the same version are the same. */
  versionOf(value: T): string;
  /** Milliseconds between tries while nobody says that something changed. */
  pollMs: number;
  /** Two questions are at least so far apart, except after a failure or when asked by a person. */
  throttleMs: number;
  /** Nudges within this time are one; `throttleMs` if absent. */
  nudgeMs?: number;
  isVisible(): boolean;
}

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/** A question without an answer for so long has failed; a proxy that lost the connection says nothing. */
const ANSWER_WITHIN_MS = 20_000;

/**
 * Answers after which an old one may no longer be shown: it is not there, or not hers. 401 is not among them: it is about the session, not
 * about what is shown, and passes when the session is renewed.
 */
const finalStatus = [403, 404];

/**
 * Keeps one resource fresh: asks at once, again when nudged (throttled), and now and then in any case, but never while the
 * page is hidden. One question is under way at a time, and not for ever. A failure keeps the last answer and is tried again with growing
 * pauses, except where the server says that it isn't there or isn't ours: then the answer goes.
 */
export class LiveLoop<T> {
  readonly #options: LiveLoopOptions<T>;
  readonly #listeners = new Set<() => void>();
  #state: LiveState<T> = { isLoading: true };
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When {@link #timer} is due; milliseconds since the epoch. */
  #dueAt = Infinity;
  /** After the question that is under way another is wanted, so long after its start. */
  #againMs = Infinity;
  #lastStart = -Infinity;
  #failures = 0;
  #running = false;

  constructor(options: LiveLoopOptions<T>) {
    this.#options = options;
  }

  readonly getState = (): LiveState<T> => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    this.#running = true;
    this.refresh();
  }

  /** Ends questions and timers. The last answer stays readable; `start` goes on from it. */
  stop(): void {
    this.#running = false;
    this.#abort?.abort();
    this.#abort = undefined;
    clearTimeout(this.#timer);
  }

  /** Asks now; if a question is under way, once more after it. */
  readonly refresh = (): void => {
    if (!this.#running) {
      return;
    }
    if (this.#abort) {
      this.#againMs = Math.min(this.#againMs, this.#options.throttleMs);
      return;
    }
    this.#ask();
  };

  /** A person wants it now: gives up a question that is under way and asks again. */
  readonly retry = (): void => {
    if (!this.#running) {
      return;
    }
    this.#abort?.abort();
    this.#ask();
  };

  /** Something may have changed: asks soon. */
  readonly nudge = (): void => {
    if (!this.#running || !this.#options.isVisible()) {
      return;
    }
    const { throttleMs, nudgeMs = throttleMs } = this.#options;
    if (this.#abort) {
      // What it brings may be older than what changed.
      this.#againMs = Math.min(this.#againMs, nudgeMs);
    } else {
      this.#askAfter(nudgeMs);
    }
  };

  /** Asks once the last question began so long ago, unless one is due sooner anyway. */
  #askAfter(pauseMs: number): void {
    const at = this.#lastStart + pauseMs;
    if (at <= Date.now()) {
      this.#ask();
    } else if (at < this.#dueAt) {
      this.#schedule(at - Date.now());
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = Date.now() + delayMs;
    this.#timer = setTimeout(() => {
      this.#dueAt = Infinity;
      // A hidden page asks when it is seen again.
      if (this.#options.isVisible()) {
        this.refresh();
      }
    }, delayMs);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    const abort = new AbortController();
    this.#abort = abort;
    this.#againMs = Infinity;
    this.#lastStart = Date.now();
    let deadline: ReturnType<typeof setTimeout> | undefined;
    try {
      const value = await Promise.race([
        this.#options.load(this.#state.value, abort.signal),
        new Promise<never>((_, reject) => {
          const seconds = ANSWER_WITHIN_MS / 1_000;
          deadline = setTimeout(
            () => reject(new Error(`No answer within ${seconds} s`)),
            ANSWER_WITHIN_MS,
          );
        }),
      ]);
      if (!abort.signal.aborted) {
        this.#succeed(value);
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
        abort.abort();
      }
    }
    clearTimeout(deadline);
    if (this.#abort === abort) {
      this.#abort = undefined;
      if (this.#againMs < Infinity && this.#options.isVisible()) {
        this.#askAfter(this.#againMs);
      }
    }
  }

  #succeed(value: T): void {
    const { versionOf, pollMs } = this.#options;
    const before = this.#state.value;
    const now = Date.now();
    const changed =
      before !== undefined && versionOf(before) !== versionOf(value);
    this.#failures = 0;
    this.#set({
      value,
      isLoading: false,
      heardAt: now,
      changedAt: changed ? now : this.#state.changedAt,
    });
    this.#schedule(pollMs);
  }

  #fail(error: Error): void {
    this.#failures += 1;
    const delayMs = Math.min(
      RETRY_MAX_MS,
      RETRY_FIRST_MS * 2 ** (this.#failures - 1),
    );
    const keeps = !finalStatus.includes(statusOf(error) ?? 0);
    this.#set({
      ...(keeps ? this.#state : {}),
      error,
      isLoading: false,
      nextTryAt: Date.now() + delayMs,
    });
    this.#schedule(delayMs);
  }

  #set(state: LiveState<T>): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** The HTTP status that an error stands for, if any. */
export function statusOf(error: Error): number | undefined {
  return 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}
