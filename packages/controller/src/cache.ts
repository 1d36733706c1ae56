import { Backoff } from './backoff';
import { Clock, pause, systemClock } from './clock';
import { isExpired, isInvalid, isNotFound } from './errors';
import { Logger, messageOf, silentLogger } from './logger';
import { internStrings } from './internStrings';
import { compactManagedFields } from './managedFields';
import { Indexer, ObjectStore } from './objectStore';
import { keyOf, keyString } from './resources';
import { compareVersions } from './resourceVersion';
import { LabelMatcher, parseLabelSelector } from './selectors';
import { ServedKinds } from './servedKinds';
import {
  KubeClient,
  KubeObject,
  ObjectKey,
  Resource,
  Scope,
  WatchEvent,
} from './types';

/** What happened to an object, as far as a {@link Cache} can tell. */
export type CacheEvent<T extends KubeObject = KubeObject> =
  | { type: 'added'; object: T }
  | { type: 'updated'; object: T; previous: T }
  | { type: 'deleted'; object: T };

/** What a {@link Cache} holds, and how it is kept up to date. */
export interface CacheOptions<T extends KubeObject = KubeObject> {
  client: KubeClient;
  resource: Resource;
  scope?: Scope;
  /** More ways to look objects up than by key, namespace and owner uid. */
  indexes?: Record<string, Indexer<T>>;
  /**
   * Runs on each object, fresh from the server, before it is stored; drop what nobody reads. Without it managed fields of others
   * than appliers are dropped.
   */
  transform?: (object: T) => T;
  /** Knows when a kind that is not served may be served. Without it, the server is asked now and then. */
  servedKinds?: ServedKinds;
  logger?: Logger;
  clock?: Clock;
  random?: () => number;
  /** Called whenever a watch has to be opened again, with the reason. */
  onWatchRestart?: (reason: 'ended' | 'expired' | 'broken') => void;
}

const PAGE_SIZE = 500;
/** A watch is renewed after 5 to 10 minutes, as client-go does, so that the load spreads over API servers. */
const WATCH_SECONDS = 300;
/** The initial state must have come within this time, or the server does not know watch-list. */
const INITIAL_EVENTS_MS = 60_000;
/** A watch that lived this long was a good one. */
const HEALTHY_WATCH_MS = 1_000;
/** How often a kind that is not served is asked for, where nothing tells when it appears. */
const SERVED_CHECK_MS = 60_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * A copy of the server's objects of one kind, kept up to date by list and watch.
 *
 * It converges to the server's state whatever happens to its connection: a watch that ends or breaks goes on from the last
 * version seen; when that is too old (410) the whole state is fetched again, and the difference to what handlers were told is sent
 * as events, deletions included. Objects are shared with all readers: treat them as read-only.
 */
export class Cache<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly scope: Scope;

  private readonly store: ObjectStore<T>;
  private readonly handlers = new Set<(event: CacheEvent<T>) => void>();
  private readonly servedHandlers = new Set<(served: boolean) => void>();
  private readonly syncWaiters = new Set<() => void>();
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly logger: Logger;
  private readonly transform: (object: T) => T;
  private readonly matchesLabels: LabelMatcher;
  private readonly backoff: Backoff;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private state: 'starting' | 'synced' | 'unserved' = 'starting';
  /** Where the next watch goes on; absent when the state must be fetched anew. */
  private resourceVersion: string | undefined;
  private watchListWorks = true;
  /** Versions that we have from the answers to our own writes, whose events are still under way. */
  private readonly ownVersions = new Set<string>();

  constructor(private readonly options: CacheOptions<T>) {
    this.resource = options.resource;
    this.scope = options.scope ?? {};
    this.store = new ObjectStore(options.indexes);
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.logger = options.logger ?? silentLogger;
    this.transform = options.transform ?? compactManagedFields;
    this.matchesLabels = parseLabelSelector(this.scope.labelSelector ?? '');
    this.backoff = new Backoff(500, 30_000, this.random);
  }

  /** Begins to fill the cache; more calls change nothing. */
  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  /** Closes the watch; what the cache holds stays readable. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** The server's state was seen once, or the server said that it has no such kind. */
  get hasSynced(): boolean {
    return this.state !== 'starting';
  }

  /** False when the server does not serve this kind: its CRD is not installed. The cache is empty then, and fills by itself later. */
  get served(): boolean {
    return this.state !== 'unserved';
  }

  /** Number of objects. */
  get size(): number {
    return this.store.size;
  }

  /** Resolves when `hasSynced`, or when the signal aborts. */
  waitForSync(signal?: AbortSignal): Promise<void> {
    if (this.hasSynced || signal?.aborted) {
      return Promise.resolve();
    }
    return new Promise(resolve => {
      const end = () => {
        this.syncWaiters.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      this.syncWaiters.add(end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  get(key: ObjectKey): T | undefined {
    return this.store.get(keyString(key));
  }

  /** All objects, or those of a namespace. */
  list(namespace?: string): T[] {
    return namespace === undefined
      ? this.store.list()
      : this.byIndex('namespace', namespace);
  }

  /**
   * Objects that have a value in an index: `namespace`, `ownerUid`, or one of `indexes`.
   *
   * @throws Error when there is no such index.
   */
  byIndex(name: string, value: string): T[] {
    return this.store.byIndex(name, value);
  }

  /** Adds an index to those given at the start. */
  addIndex(name: string, indexer: Indexer<T>): void {
    this.store.addIndex(name, indexer);
  }

  /** Tells what changes, beginning with what is there already. Returns how to stop it. */
  onEvent(handler: (event: CacheEvent<T>) => void): () => void {
    this.handlers.add(handler);
    this.store
      .list()
      .forEach(object => this.tell(handler, { type: 'added', object }));
    return () => this.handlers.delete(handler);
  }

  /** Tells when the kind begins or ceases to be served. Returns how to stop it. */
  onServed(handler: (served: boolean) => void): () => void {
    this.servedHandlers.add(handler);
    return () => this.servedHandlers.delete(handler);
  }

  /**
   * Takes over the server's answer to a write of our own, so that who reads next sees it although its watch event is still under
   * way. Ignored when the watch is ahead of it, or when we can't tell.
   */
  observeWrite(object: T): void {
    const { resourceVersion = '' } = object.metadata;
    if (this.state !== 'synced' || !this.inScope(object)) {
      return;
    }
    if (compareVersions(resourceVersion, this.resourceVersion) === 1) {
      this.ownVersions.add(resourceVersion);
      this.put(this.intake(object));
    }
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.clock.monotonicMs();
      let reason: 'ended' | 'expired' | 'broken' = 'ended';
      try {
        if (this.resourceVersion === undefined && !this.watchListWorks) {
          await this.listAll(signal);
        }
        await this.watch(signal);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (isNotFound(error)) {
          await this.waitUntilServed(signal);
          continue;
        }
        reason = isExpired(error) ? 'expired' : 'broken';
        this.recover(error);
      }
      if (signal.aborted) {
        return;
      }
      this.options.onWatchRestart?.(reason);
      if (
        this.clock.monotonicMs() - startedMs >= HEALTHY_WATCH_MS &&
        reason !== 'broken'
      ) {
        this.backoff.reset();
      } else {
        await pause(this.clock, this.backoff.next(), signal);
      }
    }
  }

  private recover(error: unknown): void {
    if (isExpired(error)) {
      this.resourceVersion = undefined;
    } else if (
      this.resourceVersion === undefined &&
      this.watchListWorks &&
      isInvalid(error)
    ) {
      // Servers without watch-list refuse the request: fetch the state by list instead.
      this.watchListWorks = false;
      this.backoff.reset();
    } else {
      this.logger.warn(`watching ${this.resource.plural}: ${messageOf(error)}`);
    }
  }

  private async listAll(signal: AbortSignal): Promise<void> {
    const fresh = new Map<string, T>();
    let next: string | undefined;
    let resourceVersion: string;
    do {
      const page = await this.options.client.list<T>(
        this.resource,
        { ...this.scope, limit: PAGE_SIZE, continue: next },
        { signal },
      );
      page.items.forEach(item =>
        fresh.set(keyString(keyOf(item)), this.intake(item)),
      );
      ({ resourceVersion, continue: next } = page);
    } while (next !== undefined);
    this.replace(fresh, resourceVersion);
  }

  private async watch(signal: AbortSignal): Promise<void> {
    const initial =
      this.resourceVersion === undefined ? new Map<string, T>() : undefined;
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener('abort', abort, { once: true });
    const timer = initial && this.clock.setTimer(INITIAL_EVENTS_MS, abort);
    // The server ends the watch too when a CRD goes, but may take its time.
    const forget = this.options.servedKinds?.onGone(this.resource, abort);
    try {
      await this.options.client.watch<T>(
        this.resource,
        {
          ...this.scope,
          resourceVersion: this.resourceVersion,
          ...(initial && { sendInitialEvents: true }),
          timeoutSeconds: Math.round(WATCH_SECONDS * (1 + this.random())),
        },
        {
          signal: attempt.signal,
          isKnown: version => this.takeOwnVersion(version),
          onEvent: event => {
            if (initial && this.resourceVersion === undefined) {
              this.onInitialEvent(initial, event);
            } else {
              this.onWatchEvent(event);
            }
            if (this.resourceVersion !== undefined) {
              timer?.cancel();
            }
          },
        },
      );
      if (this.resourceVersion === undefined && !signal.aborted) {
        this.watchListWorks = false;
      }
    } finally {
      timer?.cancel();
      forget?.();
      signal.removeEventListener('abort', abort);
    }
  }

  /** The event of a write of ours says nothing new: the watch has just come that far. */
  private takeOwnVersion(version: string): boolean {
    // While the whole state comes in, every object counts.
    const own =
      this.resourceVersion !== undefined && this.ownVersions.delete(version);
    if (own) {
      this.resourceVersion = version;
    }
    return own;
  }

  private onInitialEvent(initial: Map<string, T>, event: WatchEvent<T>): void {
    const { object } = event;
    if (event.type === 'BOOKMARK') {
      if (object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true') {
        this.replace(initial, object.metadata.resourceVersion ?? '');
      }
    } else if (event.type === 'DELETED') {
      initial.delete(keyString(keyOf(object)));
    } else {
      initial.set(keyString(keyOf(object)), this.intake(object));
    }
  }

  private onWatchEvent(event: WatchEvent<T>): void {
    const { object } = event;
    if (event.type === 'DELETED') {
      this.remove(this.intake(object));
    } else if (event.type !== 'BOOKMARK') {
      this.put(this.intake(object));
    }
    this.resourceVersion =
      object.metadata.resourceVersion ?? this.resourceVersion;
  }

  /** Makes the fetched state ours, and tells handlers how it differs from what they know. */
  private replace(fresh: Map<string, T>, resourceVersion: string): void {
    this.resourceVersion = resourceVersion;
    this.ownVersions.clear();
    this.backoff.reset();
    const wasServed = this.served;
    this.state = 'synced';
    if (!wasServed) {
      this.tellServed(true);
    }
    for (const key of this.store.keys()) {
      const known = this.store.get(key);
      // Our own write may be newer than the list.
      const newer =
        compareVersions(known?.metadata.resourceVersion, resourceVersion) === 1;
      if (known && !newer && !fresh.has(key)) {
        this.drop(known);
      }
    }
    fresh.forEach(object => this.put(object));
    this.syncWaiters.forEach(resolve => resolve());
  }

  private put(object: T): void {
    const known = this.store.get(keyString(keyOf(object)));
    const { resourceVersion } = object.metadata;
    if (!known) {
      this.store.set(object);
      this.emit({ type: 'added', object });
      return;
    }
    const order = compareVersions(
      known.metadata.resourceVersion,
      resourceVersion,
    );
    if (order === 1 || known.metadata.resourceVersion === resourceVersion) {
      return;
    }
    if (known.metadata.uid !== object.metadata.uid) {
      // Deleted and made again while we looked away.
      this.drop(known);
      this.put(object);
      return;
    }
    this.store.set(object);
    this.emit({ type: 'updated', object, previous: known });
  }

  private remove(object: T): void {
    const known = this.store.get(keyString(keyOf(object)));
    const newer =
      known &&
      compareVersions(
        known.metadata.resourceVersion,
        object.metadata.resourceVersion,
      ) === 1;
    if (known && !newer) {
      this.drop(object);
    }
  }

  private drop(object: T): void {
    this.store.delete(keyString(keyOf(object)));
    this.emit({ type: 'deleted', object });
  }

  private async waitUntilServed(signal: AbortSignal): Promise<void> {
    this.resourceVersion = undefined;
    if (this.state !== 'unserved') {
      this.state = 'unserved';
      this.logger.info(
        `the cluster does not serve ${this.resource.plural} of ${this.resource.apiVersion}: waiting for its CRD`,
      );
      this.store.list().forEach(object => this.drop(object));
      this.tellServed(false);
      this.syncWaiters.forEach(resolve => resolve());
    }
    // A CRD may be established a moment before its kind is served.
    await pause(this.clock, this.backoff.next(), signal);
    if (this.options.servedKinds) {
      await this.options.servedKinds.untilServed(this.resource, signal);
    } else {
      await pause(this.clock, SERVED_CHECK_MS * (1 + this.random()), signal);
    }
  }

  private intake(object: T): T {
    return internStrings(this.transform(object));
  }

  private inScope({ metadata }: T): boolean {
    const { namespace, fieldSelector } = this.scope;
    return (
      fieldSelector === undefined &&
      (namespace === undefined || namespace === metadata.namespace) &&
      this.matchesLabels(metadata.labels)
    );
  }

  private emit(event: CacheEvent<T>): void {
    this.handlers.forEach(handler => this.tell(handler, event));
  }

  private tell(
    handler: (event: CacheEvent<T>) => void,
    event: CacheEvent<T>,
  ): void {
    try {
      handler(event);
    } catch (error) {
      const what = `${this.resource.kind} ${keyString(keyOf(event.object))}`;
      this.logger.error(
        `a handler failed on ${event.type} ${what}: ${messageOf(error)}`,
      );
    }
  }

  private tellServed(served: boolean): void {
    this.servedHandlers.forEach(handler => handler(served));
  }
}
