import { Clock, systemClock } from './clock';
import { internStrings } from './internStrings';
import { Logger, messageOf, silentLogger } from './logger';
import { compactManagedFields } from './managedFields';
import { Indexer, ObjectStore } from './objectStore';
import { Reflector, WatchRestart } from './reflector';
import { keyOf, keyString } from './resources';
import { compareVersions } from './resourceVersion';
import { LabelMatcher, parseLabelSelector } from './selectors';
import { ServedKinds } from './servedKinds';
import { KubeClient, KubeObject, ObjectKey, Resource, Scope } from './types';

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
  onWatchRestart?: (reason: WatchRestart) => void;
  /** Called at every sign of life of the server: a watch is open, something came, a list was answered. */
  onHeard?: () => void;
}

/**
 * A copy of the server's objects of one kind, kept up to date by list and watch.
 *
 * It converges to the server's state whatever happens to its connection ({@link Reflector}): when the whole state had to be fetched again,
 * the difference to what handlers were told is sent as events, deletions included. Objects are shared with all readers: treat them as
 * read-only.
 */
export class Cache<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly scope: Scope;

  private readonly store: ObjectStore<T>;
  private readonly handlers = new Set<(event: CacheEvent<T>) => void>();
  private readonly servedHandlers = new Set<(served: boolean) => void>();
  private readonly syncWaiters = new Set<() => void>();
  private readonly logger: Logger;
  private readonly transform: (object: T) => T;
  private readonly matchesLabels: LabelMatcher;
  private readonly reflector: Reflector<T>;
  private state: 'starting' | 'synced' | 'unserved' = 'starting';
  /** Versions that we have from the answers to our own writes, whose events are still under way. */
  private readonly ownVersions = new Set<string>();

  constructor(options: CacheOptions<T>) {
    this.resource = options.resource;
    this.scope = options.scope ?? {};
    this.store = new ObjectStore(options.indexes);
    this.logger = options.logger ?? silentLogger;
    this.transform = options.transform ?? compactManagedFields;
    this.matchesLabels = parseLabelSelector(this.scope.labelSelector ?? '');
    this.reflector = new Reflector<T>(
      {
        ...options,
        scope: this.scope,
        logger: this.logger,
        clock: options.clock ?? systemClock,
        random: options.random ?? Math.random,
      },
      {
        intake: object => this.intake(object),
        onState: (objects, version) => this.replace(objects, version),
        onChanged: object => this.put(object),
        onDeleted: object => this.remove(object),
        onUnserved: () => this.empty(),
        isOwnWrite: version => this.ownVersions.delete(version),
      },
    );
  }

  /** Begins to fill the cache; more calls change nothing. */
  start(): void {
    this.reflector.start();
  }

  /** Closes the watch; what the cache holds stays readable. */
  stop(): Promise<void> {
    return this.reflector.stop();
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
    if (
      compareVersions(resourceVersion, this.reflector.resourceVersion) === 1
    ) {
      this.ownVersions.add(resourceVersion);
      this.put(this.intake(object));
    }
  }

  /** Makes the fetched state ours, and tells handlers how it differs from what they know. */
  private replace(fresh: Map<string, T>, resourceVersion: string): void {
    this.ownVersions.clear();
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

  /** The kind is not served: there can't be any object. */
  private empty(): void {
    if (this.state === 'unserved') {
      return;
    }
    this.state = 'unserved';
    this.logger.info(
      `the cluster does not serve ${this.resource.plural} of ${this.resource.apiVersion}: waiting for its CRD`,
    );
    this.store.list().forEach(object => this.drop(object));
    this.tellServed(false);
    this.syncWaiters.forEach(resolve => resolve());
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
