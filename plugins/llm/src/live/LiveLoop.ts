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
  /** Nudges within this time are one. */
  throttleMs: number;
  isVisible(): boolean;
}

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/** Answers that no second try changes, and after which an old answer may no longer be shown. */
const finalStatus = [401, 403, 404];

/**
 * Keeps one resource fresh: asks at once, again when nudged (throttled), and now and then in any case, but never while the
 * page is hidden. One question is under way at a time. A failure keeps the last answer and is tried again with growing
 * pauses, except where the server says that it isn't there or isn't ours: then the answer goes.
 */
export class LiveLoop<T> {
  readonly #options: LiveLoopOptions<T>;
  readonly #listeners = new Set<() => void>();
  #state: LiveState<T> = { isLoading: true };
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #askAgain = false;
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
      this.#askAgain = true;
      return;
    }
    this.#ask();
  };

  /** Something may have changed: asks soon. */
  readonly nudge = (): void => {
    if (!this.#running || !this.#options.isVisible()) {
      return;
    }
    const dueMs = this.#lastStart + this.#options.throttleMs - Date.now();
    if (dueMs <= 0) {
      this.refresh();
    } else {
      this.#schedule(dueMs);
    }
  };

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // A hidden page asks when it is seen again.
      if (this.#options.isVisible()) {
        this.refresh();
      }
    }, delayMs);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    const abort = new AbortController();
    this.#abort = abort;
    this.#askAgain = false;
    this.#lastStart = Date.now();
    try {
      const value = await this.#options.load(this.#state.value, abort.signal);
      if (!abort.signal.aborted) {
        this.#succeed(value);
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
    if (this.#abort === abort) {
      this.#abort = undefined;
      if (this.#askAgain) {
        this.nudge();
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
