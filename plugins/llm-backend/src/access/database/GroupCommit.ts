import { ServiceUnavailableError } from '@backstage/errors';
import type { Knex } from 'knex';
import { AuditRecord, chainOn } from '../auditChain';
import { BOUNDS, CommitBounds, isDeadlock, toldHeldUp } from './commitBounds';
import type { IndexChange, Mutation } from './mutate';
import { append } from './operations/changes/append';
import { Head, lockHead } from './operations/changes/lockHead';
import { Watchdog } from './Watchdog';

/** Most pieces of work in one transaction: enough to share its costs, few enough that nobody waits long for it. */
const MOST = 200;
/** Most that may wait for its turn: who comes later is told at once. */
const MOST_WAITING = 10_000;

/** What came of one of many that were done together. */
export type Outcome<T> = { value: T } | { error: unknown };

/**
 * Does many things of one kind with few statements, and says what came of each, in their order. What is refused for one of them it says
 * there, before it has written anything of that one; what it throws is tried again for each alone.
 */
export type Bulk<I, O> = (
  mutation: Mutation,
  items: I[],
) => Promise<Outcome<O>[]>;

/** Something that somebody waits for. */
interface Entry<I, O> {
  item: I;
  now: Date;
  resolve(value: O): void;
  reject(error: unknown): void;
}

/** Pieces of work of one kind that are done by one call. */
interface Work {
  size: number;
  run(ledger: Ledger, trx: Knex.Transaction): Promise<void>;
  /** Notes that all of it failed. */
  fail(error: unknown): void;
  /** Tells everybody what came of it. */
  settle(): void;
  /** Each piece as work of its own. */
  alone(): Work[];
}

/** Where work comes from. */
interface Source {
  /** At most so many pieces of what waits, if anything does. */
  take(most: number): Work | undefined;
}

/** Entries that are done by one call of a bulk. */
export class Batch<I, O> implements Work, Source {
  readonly #bulk: Bulk<I, O>;
  readonly #entries: Entry<I, O>[];
  #outcomes: Outcome<O>[] = [];
  #taken = false;

  constructor(bulk: Bulk<I, O>, entries: Entry<I, O>[]) {
    this.#bulk = bulk;
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.length;
  }

  take(): Work | undefined {
    const untaken = this.#taken ? undefined : this;
    this.#taken = true;
    return untaken;
  }

  async run(ledger: Ledger, trx: Knex.Transaction): Promise<void> {
    const mutation = ledger.mutation(trx, this.#entries[0].now);
    const items = this.#entries.map(({ item }) => item);
    this.#outcomes = await this.#bulk(mutation, items);
  }

  fail(error: unknown): void {
    this.#outcomes = this.#entries.map(() => ({ error }));
  }

  settle(): void {
    for (const [index, { resolve, reject }] of this.#entries.entries()) {
      const outcome = this.#outcomes[index];
      if ('value' in outcome) {
        resolve(outcome.value);
      } else {
        reject(outcome.error);
      }
    }
  }

  alone(): Work[] {
    return this.#entries.map(entry => new Batch(this.#bulk, [entry]));
  }
}

/** Where work of one kind queues up until its turn, to be done by one call. */
export class Lane<I, O> implements Source {
  readonly #bulk: Bulk<I, O>;
  #waiting: Entry<I, O>[] = [];

  constructor(bulk: Bulk<I, O>) {
    this.#bulk = bulk;
  }

  add(entry: Entry<I, O>): void {
    this.#waiting.push(entry);
  }

  /** {@inheritdoc Source.take} */
  take(most: number): Work | undefined {
    const entries = this.#waiting.splice(0, most);
    return entries.length === 0 ? undefined : new Batch(this.#bulk, entries);
  }
}

/** What the work in a transaction did, and what the authorizers must hear of it. */
class Ledger {
  #records: { at: string; record: AuditRecord }[] = [];
  #changes: { at: string; change: IndexChange }[] = [];

  mutation(trx: Knex.Transaction, now: Date): Mutation {
    const at = now.toISOString();
    return {
      trx,
      now,
      audit: record => this.#records.push({ at, record }),
      change: change => this.#changes.push({ at, change }),
    };
  }

  /** Returns a function that forgets what was noted since. */
  mark(): () => void {
    const [records, changes] = [this.#records.length, this.#changes.length];
    return () => {
      this.#records.length = records;
      this.#changes.length = changes;
    };
  }

  async write(trx: Knex.Transaction, head: Head): Promise<void> {
    const [records, changes] = [this.#records, this.#changes];
    if (records.length === 0 && changes.length === 0) {
      return;
    }
    await append(trx, head, { audit: chainOn(head.audit, records), changes });
  }
}

/** A transaction that can't be committed because of something in it; each piece of work is to be tried alone. */
class SpoiltError extends Error {
  constructor(readonly reason: unknown) {
    super('The transaction is spoilt');
  }
}

/** Watches whether work has left traces in a transaction: something written, or a statement that failed, after which Postgres takes no more. */
class Traces {
  #left = false;

  constructor(trx: Knex.Transaction) {
    trx.on('query', ({ sql }: { sql: string }) => {
      this.#left ||= !/^\s*select\b/i.test(sql);
    });
    trx.on('query-error', () => {
      this.#left = true;
    });
  }

  get left(): boolean {
    return this.#left;
  }

  begin(): void {
    this.#left = false;
  }
}

async function runWork(
  work: Work,
  ledger: Ledger,
  trx: Knex.Transaction,
  traces: Traces,
): Promise<void> {
  const forget = ledger.mark();
  traces.begin();
  try {
    await work.run(ledger, trx);
  } catch (error) {
    if (traces.left || work.size > 1) {
      throw new SpoiltError(error);
    }
    forget();
    work.fail(error);
  }
}

/**
 * Lets work that queues up share one transaction: one lock, one write of the audit chain and of the feed, and one commit for all of it.
 * In it pieces of work run one after another, so each sees what those before it did, as if they had committed.
 *
 * What is refused before anything was written fails alone. What fails after that, or a statement that does, rolls the transaction back,
 * and each piece of work is run again in one of its own: there are no savepoints to pay for in all the times when nothing fails. Nobody is
 * told anything before the commit.
 */
export class GroupCommit {
  readonly #knex: Knex;
  readonly #bounds: CommitBounds;
  readonly #queue: Source[] = [];
  #running = false;

  constructor(knex: Knex, bounds: CommitBounds = BOUNDS) {
    this.#knex = knex;
    this.#bounds = bounds;
  }

  /** @throws ServiceUnavailableError when so much waits already that more would wait in vain */
  checkRoom(): void {
    if (this.#queue.length >= MOST_WAITING) {
      throw new ServiceUnavailableError(
        `${MOST_WAITING} changes wait for the database already. Try again in a moment.`,
      );
    }
  }

  add(source: Source): void {
    this.#queue.push(source);
    if (!this.#running) {
      this.#running = true;
      // Whoever waits is told of failures; this promise never fails.
      void this.#drain();
    }
  }

  async #drain(): Promise<void> {
    for (let group = this.#take(); group.length > 0; group = this.#take()) {
      await this.#commit(group);
    }
    this.#running = false;
  }

  #take(): Work[] {
    const group: Work[] = [];
    let room = MOST;
    while (room > 0 && this.#queue.length > 0) {
      const work = this.#queue[0].take(room);
      if (work) {
        group.push(work);
        room -= work.size;
      } else {
        this.#queue.shift();
      }
    }
    return group;
  }

  async #commit(group: Work[], isRetry = false): Promise<void> {
    try {
      await this.#transact(group);
    } catch (error) {
      const spoilt = error instanceof SpoiltError;
      if (spoilt && isDeadlock(error.reason) && !isRetry) {
        // With one who takes no lock first, as who notes uses of keys does. Postgres chose us to give way.
        await this.#commit(group, true);
        return;
      }
      const alone = group.flatMap(work => work.alone());
      if (spoilt && alone.length > 1) {
        for (const work of alone) {
          await this.#commit([work]);
        }
        return;
      }
      const reason = toldHeldUp(spoilt ? error.reason : error);
      group.forEach(work => work.fail(reason));
    }
    group.forEach(work => work.settle());
  }

  async #transact(group: Work[]): Promise<void> {
    if (this.#knex.client.config.client !== 'pg') {
      await this.#run(group);
      return;
    }
    const watchdog = new Watchdog(this.#bounds.silentMs);
    try {
      await Promise.race([this.#run(group, watchdog), watchdog.silence]);
    } finally {
      watchdog.end();
    }
  }

  async #run(group: Work[], watchdog?: Watchdog): Promise<void> {
    await this.#knex.transaction(
      async trx => {
        watchdog?.follow(trx);
        const head = await lockHead(trx, this.#bounds);
        const traces = new Traces(trx);
        const ledger = new Ledger();
        for (const work of group) {
          await runWork(work, ledger, trx, traces);
        }
        try {
          await ledger.write(trx, head);
        } catch (error) {
          throw new SpoiltError(error);
        }
      },
      // A snapshot older than the lock would show the work what was before the writers that it waited for.
      watchdog ? { isolationLevel: 'read committed' } : undefined,
    );
  }
}
