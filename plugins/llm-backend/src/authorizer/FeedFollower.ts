import { Clock, Logger } from '@slipway/controller';
import type {
  FeedDigest,
  FeedPart,
} from '../access/database/operations/changes/since';
import type { IndexEntry } from '../access/indexEntries';
import { AccessIndex } from './accessIndex';
import { PassedDigests } from './PassedDigests';

/** Where the index comes from: the part of `ChangeFeed` that a reader needs. */
export interface Feed {
  /** The last revision there is. */
  head(): Promise<number>;
  since(revision: number, limit?: number): Promise<FeedPart>;
  /** The digest that was taken last, if one was. */
  lastDigest(): Promise<FeedDigest | undefined>;
  snapshot(onEntries: (entries: IndexEntry[]) => void): Promise<number>;
}

/** An index and how far it has come. */
export interface FollowedIndex {
  index: AccessIndex;
  revision: number;
}

/** What a {@link FeedFollower} runs on. */
export interface FeedFollowerOptions {
  feed: Feed;
  clock: Clock;
  logger: Logger;
  /** How often the feed is asked. */
  pollMs: number;
  /** Told of each time the index is read anew after it was there. */
  onResync?: (because: string) => void;
}

const CHANGES_AT_ONCE = 1_000;
const MAX_RETRY_MS = 1_000;
/** An answer that takes longer is none: the connection may be dead. Reading all takes as long as it takes. */
const ANSWER_MS = 15_000;
/** How often it is asked for a digest that was taken since. */
const COMPARE_EVERY_MS = 30_000;

/** The index is not what the database says it must be. */
class DigestMismatchError extends Error {}

/**
 * Keeps an index in step with the feed: a snapshot, and then the changes after it, asked for every `pollMs` or when nudged. While the
 * database does not answer, the index stays as it is and grows old ({@link ageMs}); who uses it decides how old is too old. Where the index
 * differs from a digest, or changes are not kept any more, a new one is read beside it and takes its place; until then the old one does not
 * count as heard of again.
 */
export class FeedFollower {
  readonly #options: FeedFollowerOptions;
  readonly #stopping = new AbortController();
  readonly #passed = new PassedDigests();
  #followed: FollowedIndex | undefined;
  /** When the index was last compared with the last digest, on the monotonic clock. */
  #comparedMs = -Infinity;
  /** That digest: one is a reason to read all anew once only, for it may be the digest that is wrong. */
  #compared: string | undefined;
  /** When the index was last known to be up to date, on the monotonic clock. */
  #heardMs = 0;
  #mustResync: string | undefined;
  #problem: string | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: FeedFollowerOptions) {
    this.#options = options;
  }

  /** Begins, with what was kept from an earlier run if there is something. */
  start(kept?: FollowedIndex & { ageMs: number }): void {
    if (kept) {
      this.#followed = kept;
      this.#passed.note(kept.revision, kept.index);
      this.#heardMs = this.#options.clock.monotonicMs() - kept.ageMs;
    }
    this.#running = this.#run();
  }

  /** Ends; what was followed stays readable. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.nudge();
    await this.#running;
  }

  /** Asks at once. */
  nudge(): void {
    this.#wake?.();
  }

  /** The index; undefined until there is one. */
  get index(): AccessIndex | undefined {
    return this.#followed?.index;
  }

  /** The revision that the index has come to. */
  get revision(): number {
    return this.#followed?.revision ?? 0;
  }

  /** How long ago it was known that nothing has changed that the index does not have, in milliseconds. */
  get ageMs(): number {
    return this.#followed
      ? this.#options.clock.monotonicMs() - this.#heardMs
      : Infinity;
  }

  /** Why the feed can't be followed now, if it can't. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async #run(): Promise<void> {
    const { clock, pollMs } = this.#options;
    let retryMs = pollMs;
    while (!this.#stopping.signal.aborted) {
      // Taken before anything is asked: what is answered was true then or later.
      const askedMs = clock.monotonicMs();
      try {
        await this.#catchUp();
        this.#heardMs = askedMs;
        this.#note(undefined);
        retryMs = pollMs;
      } catch (error) {
        this.#note(error instanceof Error ? error.message : String(error));
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
      await this.#rest(retryMs);
    }
  }

  async #catchUp(): Promise<void> {
    if (!this.#followed || this.#mustResync !== undefined) {
      await this.#readSnapshot();
    }
    await this.#follow();
    await this.#compare();
  }

  async #follow(): Promise<void> {
    const { feed } = this.#options;
    for (;;) {
      const followed = this.#followed;
      if (
        !followed ||
        (await this.#within(feed.head())) === followed.revision
      ) {
        return;
      }
      const part = await this.#within(
        feed.since(followed.revision, CHANGES_AT_ONCE),
      );
      if (part.kind === 'resync') {
        await this.#resync(`changes are ${part.because}`);
        continue;
      }
      try {
        apply(followed, part, this.#passed);
      } catch (error) {
        if (!(error instanceof DigestMismatchError)) {
          throw error;
        }
        await this.#resync(error.message);
      }
      if (this.revision >= part.head) {
        return;
      }
    }
  }

  /** Compares the index with the last digest, if that is of a revision that was passed only now. */
  async #compare(): Promise<void> {
    const { clock, feed } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#comparedMs < COMPARE_EVERY_MS) {
      return;
    }
    const last = await this.#within(feed.lastDigest());
    this.#comparedMs = nowMs;
    const compared = last && `${last.revision} ${last.digest}`;
    if (!last || compared === this.#compared) {
      return;
    }
    this.#compared = compared;
    if (this.#passed.contradict(last)) {
      await this.#resync(mismatch(last));
    }
  }

  async #resync(because: string): Promise<void> {
    this.#options.logger.warn(`reading the index anew: ${because}`);
    this.#options.onResync?.(because);
    this.#mustResync = because;
    await this.#readSnapshot();
  }

  async #readSnapshot(): Promise<void> {
    const index = new AccessIndex();
    const revision = await this.#options.feed.snapshot(entries => {
      for (const entry of entries) {
        index.put(entry);
      }
    });
    this.#followed = { index, revision };
    this.#passed.clear();
    this.#passed.note(revision, index);
    this.#mustResync = undefined;
  }

  /** An answer, if it comes in time. */
  async #within<T>(answer: Promise<T>): Promise<T> {
    let cancel = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      const timer = this.#options.clock.setTimer(ANSWER_MS, () =>
        reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)),
      );
      cancel = () => timer.cancel();
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      cancel();
    }
  }

  #note(problem: string | undefined): void {
    if (problem !== this.#problem) {
      this.#problem = problem;
      if (problem === undefined) {
        this.#options.logger.info('the feed of changes is followed again');
      } else {
        this.#options.logger.warn(`the feed of changes: ${problem}`);
      }
    }
  }

  #rest(delayMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) {
      return Promise.resolve();
    }
    return new Promise(resolve => {
      const timer = this.#options.clock.setTimer(delayMs, () => this.nudge());
      this.#wake = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

/**
 * Brings an index forward by a part of the feed.
 *
 * @throws DigestMismatchError when it is not what a digest says
 */
function apply(
  followed: FollowedIndex,
  part: Extract<FeedPart, { kind: 'changes' }>,
  passed: PassedDigests,
): void {
  const { index } = followed;
  const digests = new Map(
    part.digests.map(digest => [digest.revision, digest]),
  );
  for (const { revision, kind, id, entry } of part.changes) {
    if (entry) {
      index.put(entry);
    } else {
      index.remove(kind, id);
    }
    followed.revision = revision;
    passed.note(revision, index);
    const wanted = digests.get(revision);
    if (wanted && passed.contradict(wanted)) {
      throw new DigestMismatchError(mismatch(wanted));
    }
  }
}

function mismatch({ revision, entries }: FeedDigest): string {
  return `at revision ${revision} it had another digest than the database, which had ${entries} entries`;
}
