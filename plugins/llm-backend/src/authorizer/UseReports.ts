import { Clock, Logger, Timer } from '@slipway/controller';
import type { AccessIndex, IndexedKey } from './accessIndex';

/** Writes down when keys were last used, by id. */
export type NoteUses = (uses: ReadonlyMap<string, Date>) => Promise<void>;

const MINUTE_MS = 60_000;
/** A key is reported once in this time, however often it is used. */
const EVERY_MINUTES = 1;
const FLUSH_MS = 10_000;
/** Statements of a database take so many values. */
const AT_ONCE = 500;
/** While the database is away, reports wait; those beyond are lost, and the next use of the key makes up for it. */
const MAX_WAITING = 100_000;

/** Reports uses of keys, seldom: the request path does not wait, and the database has one write a minute and key at most. */
export class UseReports {
  readonly #options: { noteUses: NoteUses; clock: Clock; logger: Logger };
  #waiting = new Map<string, Date>();
  #timer: Timer | undefined;
  #failed = false;
  #stopped = false;

  constructor(options: { noteUses: NoteUses; clock: Clock; logger: Logger }) {
    this.#options = options;
  }

  /** Begins to report. */
  start(): void {
    const again = () => {
      if (!this.#stopped) {
        this.start();
      }
    };
    this.#timer = this.#options.clock.setTimer(FLUSH_MS, () => {
      // `flush` does not fail; a mistake in it must not end the process.
      this.flush().then(again, again);
    });
  }

  /** Reports what waits, and ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.flush();
  }

  /** A key was used. */
  note(index: AccessIndex, key: IndexedKey, nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (
      this.#waiting.size < MAX_WAITING &&
      index.noteUse(key, minute, EVERY_MINUTES)
    ) {
      // By the minute, so that many keys share a time and are written by one statement.
      this.#waiting.set(key.id, new Date(minute * MINUTE_MS));
    }
  }

  /** Writes down what waits; what can't be written waits on. */
  async flush(): Promise<void> {
    const uses = [...this.#waiting];
    this.#waiting = new Map();
    for (let at = 0; at < uses.length; at += AT_ONCE) {
      try {
        await this.#options.noteUses(new Map(uses.slice(at, at + AT_ONCE)));
        this.#failed = false;
      } catch (error) {
        for (const [id, time] of uses.slice(at)) {
          if (!this.#waiting.has(id) && this.#waiting.size < MAX_WAITING) {
            this.#waiting.set(id, time);
          }
        }
        if (!this.#failed) {
          this.#failed = true;
          this.#options.logger.warn(
            `uses of keys can't be written down yet: ${
              error instanceof Error ? error.message : String(error)
            }`,
          );
        }
        return;
      }
    }
  }
}
