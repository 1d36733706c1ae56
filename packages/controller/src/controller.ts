import { Cache, CacheEvent } from './cache';
import { Clock } from './clock';
import { Logger, messageOf } from './logger';
import { ControllerMetrics, ReconcileResult } from './metrics';
import { WorkQueue, WorkQueueOptions } from './queue';
import { keyString, parseKey } from './resources';
import { KubeObject, ObjectKey } from './types';

/** What a reconcile wants to happen next; nothing at all until something changes, if it says nothing. */
export interface ReconcileOutcome {
  /** Run again after this long even if nothing changes, in ms. */
  requeueAfterMs?: number;
}

/** What a reconcile is given beside the key. */
export interface ReconcileContext {
  /** Aborts when the process stops and the deadline for work in flight is over, or when leadership is lost. */
  signal: AbortSignal;
  /** Failures of this key since it last succeeded. */
  failures: number;
  /** How many other keys wait for a worker at this moment. */
  waiting(): number;
}

/** One source of work: events of a cache, and the keys that each concerns. */
export interface WatchSource {
  /** Calls `add` for what is there already and for each change. Returns how to stop it. */
  subscribe(add: (key: ObjectKey) => void): () => void;
}

/** A controller: what it watches, and what it does for each key. */
export interface ControllerOptions {
  /** Names it in metrics and messages. */
  name: string;
  watches: WatchSource[];
  /**
   * Brings the world in line with one object. May be called at any moment, also when nothing changed or the object is gone; is never
   * called twice at once for a key. What it throws is logged, and it is called again after a growing back-off.
   */
  reconcile(
    key: ObjectKey,
    context: ReconcileContext,
  ): Promise<ReconcileOutcome | void>;
  /** Keys in flight at once; 8 if absent. */
  workers?: number;
  queue?: Pick<
    WorkQueueOptions,
    'baseDelayMs' | 'maxDelayMs' | 'minIntervalMs' | 'groupOf'
  >;
}

/**
 * Work from a cache: `map` names the keys that an event concerns, the object itself if absent. After an update both the old
 * and the new state are mapped, so that what an object pointed to before is looked at too.
 */
export function watch<T extends KubeObject>(
  cache: Cache<T>,
  map: (object: T, event: CacheEvent<T>) => Iterable<ObjectKey> = object => [
    objectKey(object),
  ],
): WatchSource {
  return {
    subscribe: add =>
      cache.onEvent(event => {
        const keys = new Map<string, ObjectKey>();
        const states =
          event.type === 'updated'
            ? [event.previous, event.object]
            : [event.object];
        for (const state of states) {
          for (const key of map(state, event)) {
            keys.set(keyString(key), key);
          }
        }
        keys.forEach(key => add(key));
      }),
  };
}

/** Maps an object to its owners of a kind: for caches of what a controller makes. */
export function ownersOf(kind: string): (object: KubeObject) => ObjectKey[] {
  return ({ metadata }) =>
    (metadata.ownerReferences ?? [])
      .filter(owner => owner.kind === kind)
      .map(owner =>
        objectKey({
          metadata: { name: owner.name, namespace: metadata.namespace },
        }),
      );
}

function objectKey({
  metadata,
}: {
  metadata: { name: string; namespace?: string };
}): ObjectKey {
  const { namespace, name } = metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

/** Runs one controller's workers. Made and driven by the manager. */
export class ControllerRunner {
  readonly queue: WorkQueue;
  private readonly unsubscribe: (() => void)[] = [];
  private readonly work = new AbortController();
  private workers: Promise<void>[] = [];

  constructor(
    readonly options: ControllerOptions,
    private readonly host: {
      clock: Clock;
      logger: Logger;
      metrics: ControllerMetrics;
    },
  ) {
    const { name } = options;
    this.queue = new WorkQueue({
      ...options.queue,
      clock: host.clock,
      onTaken: waitedMs => host.metrics.queueWait(name, waitedMs / 1000),
    });
    host.metrics.watchQueue(name, () => this.queue.length);
  }

  /** Collects work from the watches, without doing any yet. */
  listen(): void {
    for (const source of this.options.watches) {
      this.unsubscribe.push(
        source.subscribe(key => this.queue.add(keyString(key))),
      );
    }
  }

  /** Starts the workers. */
  start(): void {
    const count = this.options.workers ?? 8;
    this.workers = Array.from({ length: count }, () => this.runWorker());
  }

  /** Takes no new work, waits for what is in flight, and aborts it at the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.unsubscribe.splice(0).forEach(end => end());
    this.queue.stop();
    const timer = this.host.clock.setTimer(deadlineMs, () =>
      this.abort('the process stops'),
    );
    await Promise.all(this.workers);
    timer.cancel();
  }

  /** Aborts what is in flight, now. */
  abort(reason: string): void {
    this.work.abort(new Error(reason));
  }

  private async runWorker(): Promise<void> {
    for (
      let key = await this.queue.take();
      key !== undefined;
      key = await this.queue.take()
    ) {
      await this.process(key);
    }
  }

  private async process(key: string): Promise<void> {
    const { clock, logger, metrics } = this.host;
    const { name } = this.options;
    const startedMs = clock.monotonicMs();
    let result: ReconcileResult = 'success';
    try {
      const outcome = await this.options.reconcile(parseKey(key), {
        signal: this.work.signal,
        failures: this.queue.failures(key),
        waiting: () => this.queue.length,
      });
      this.queue.forget(key);
      if (outcome?.requeueAfterMs !== undefined) {
        result = 'requeue';
        this.queue.addAfter(key, outcome.requeueAfterMs);
      }
    } catch (error) {
      result = 'error';
      const delayMs = this.queue.addRateLimited(key);
      logger.warn(`${name} ${key}: ${messageOf(error)}`, {
        failures: this.queue.failures(key),
        retryInMs: Math.round(delayMs),
      });
    } finally {
      this.queue.done(key);
      metrics.reconciled(
        name,
        result,
        (clock.monotonicMs() - startedMs) / 1000,
      );
    }
  }
}
