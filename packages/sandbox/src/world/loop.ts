import { Clock } from './clock';
import { TimeShare } from './timeShare';

/** What a controller does for one key. A returned number asks to be called again after so many milliseconds. */
export type Reconcile = (key: string) => number | void;

/** The queue of one controller. */
export interface Queue {
  /** Has `key` reconciled soon. Adding it twice before that is one call. */
  add(key: string): void;
  /** Has `key` reconciled after `delayMs`, or earlier if that was asked for before. */
  addAfter(key: string, delayMs: number): void;
  /** Does `write` and takes no notice of the change of `key` that it makes: for status, which follows from what is known already. */
  quietly<T>(key: string, write: () => T): T;
}

/** When a controller's keys have their turn. */
export type Turn = 'first' | 'second' | 'last';

interface Item {
  turn: Turn;
  queue: string;
  key: string;
  reconcile: Reconcile;
}

/** After which time somebody whose share is used up asks again. */
const NEXT_TURN_MS = 1;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;

/**
 * Runs the reconcile functions of all controllers, one at a time, by turn and then in the order in which their keys were added. A reconcile that throws is
 * repeated with exponential back-off. There is one for all controllers of a process, which have a small share of its time while requests come.
 */
export class Loop {
  readonly #clock: Clock;
  readonly #onError: (where: string, error: unknown) => void;
  readonly #ready = {
    first: new Map<string, Item>(),
    second: new Map<string, Item>(),
    last: new Map<string, Item>(),
  };
  readonly #later = new Map<string, { dueMs: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  readonly #share: TimeShare;
  #armed = false;
  #stopped = false;

  constructor(
    clock: Clock,
    onError: (where: string, error: unknown) => void = () => {},
  ) {
    this.#clock = clock;
    this.#share = new TimeShare(() => clock.thread());
    this.#onError = onError;
  }

  /**
   * A queue for the controller `name`, which must be unique. `turn`: what makes pods run goes first, what only sums up their state last,
   * so that it is summed up once and not at every step.
   */
  queue(name: string, reconcile: Reconcile, turn: Turn = 'first'): Queue {
    let silent: string | undefined;
    return {
      add: key => {
        if (key !== silent) this.#add({ queue: name, key, reconcile, turn });
      },
      addAfter: (key, delayMs) =>
        this.#addAfter({ queue: name, key, reconcile, turn }, delayMs),
      quietly: (key, write) => {
        silent = key;
        try {
          return write();
        } finally {
          silent = undefined;
        }
      },
    };
  }

  /** Nothing runs after this. */
  stop(): void {
    this.#stopped = true;
    for (const items of Object.values(this.#ready)) items.clear();
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
  }

  #add(item: Item): void {
    if (this.#stopped) return;
    this.#ready[item.turn].set(idOf(item), item);
    this.#arm(0);
  }

  #addAfter(item: Item, delayMs: number): void {
    if (this.#stopped) return;
    if (delayMs <= 0) {
      this.#add(item);
      return;
    }
    const id = idOf(item);
    const dueMs = this.#clock.now() + delayMs;
    const earlier = this.#later.get(id);
    if (earlier && earlier.dueMs <= dueMs) return;
    earlier?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#later.delete(id);
      this.#add(item);
    });
    this.#later.set(id, { dueMs, cancel });
  }

  #arm(afterMs: number): void {
    if (this.#armed) return;
    this.#armed = true;
    const drain = () => this.#drain();
    if (afterMs === 0) this.#clock.soon(drain);
    else this.#clock.after(afterMs, drain);
  }

  #drain(): void {
    this.#armed = false;
    if (this.#stopped) return;
    const mayRun = this.#share.begin();
    if (mayRun) {
      for (let item = this.#take(); item; item = this.#take()) {
        this.#run(idOf(item), item);
        if (this.#share.isOver) break;
      }
      this.#share.end();
    }
    const { first, second, last } = this.#ready;
    if (first.size + second.size + last.size === 0) return;
    this.#arm(mayRun ? 0 : NEXT_TURN_MS);
  }

  #take(): Item | undefined {
    for (const items of Object.values(this.#ready)) {
      for (const [id, item] of items) {
        items.delete(id);
        return item;
      }
    }
    return undefined;
  }

  #run(id: string, item: Item): void {
    try {
      const againMs = item.reconcile(item.key);
      this.#failures.delete(id);
      if (againMs !== undefined) this.#addAfter(item, againMs);
    } catch (error) {
      const failures = this.#failures.get(id) ?? 0;
      this.#failures.set(id, failures + 1);
      this.#onError(`${item.queue} ${item.key}`, error);
      this.#addAfter(
        item,
        Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS),
      );
    }
  }
}

function idOf(item: Item): string {
  return `${item.queue} ${item.key}`;
}
