import { Backoff } from './backoff';
import { Clock, pause } from './clock';
import { isExpired, isInvalid, isNotFound } from './errors';
import { Logger, messageOf } from './logger';
import { keyOf, keyString } from './resources';
import { ServedKinds } from './servedKinds';
import { KubeClient, KubeObject, Resource, Scope, WatchEvent } from './types';

/** Why a watch was opened again. */
export type WatchRestart = 'ended' | 'expired' | 'broken';

/** What a {@link Reflector} follows, and with what. */
export interface ReflectorOptions {
  client: KubeClient;
  resource: Resource;
  scope: Scope;
  servedKinds?: ServedKinds;
  logger: Logger;
  clock: Clock;
  random: () => number;
  onWatchRestart?: (reason: WatchRestart) => void;
  /** Told of every sign of life of the server. */
  onHeard?: () => void;
}

/** Who is told what the server has. */
export interface ReflectorSink<T extends KubeObject> {
  /** Makes an object, fresh from the server, fit to be kept. */
  intake(object: T): T;
  /** This is all that there is, by key. */
  onState(objects: Map<string, T>, resourceVersion: string): void;
  onChanged(object: T): void;
  onDeleted(object: T): void;
  /** The server has no such kind. */
  onUnserved(): void;
  /** Whether the event of this version says nothing new: it is that of a write of our own, whose answer is known. Asked once for each. */
  isOwnWrite(resourceVersion: string): boolean;
}

const PAGE_SIZE = 500;
/** A watch is renewed after 5 to 10 minutes, as client-go does, so that the load spreads over API servers. */
const WATCH_SECONDS = 300;
/** The initial state must have come within this time, or the server does not know watch-list. */
const INITIAL_EVENTS_MS = 60_000;
/** A watch that lived this long, and ended as watches do, was a good one. */
const HEALTHY_WATCH_MS = 1_000;
/** So was one that broke after this long: something on the way cuts connections. However often it does, none waits long for the next. */
const HEALTHY_BROKEN_WATCH_MS = 10_000;
/** How often a kind that is not served is asked for, where nothing tells when it appears. */
const SERVED_CHECK_MS = 60_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * Follows the server's objects of one kind by list and watch, whatever happens to its connection: a watch that ends or breaks goes on from
 * the last version seen; when that is too old (410) the whole state is fetched again.
 */
export class Reflector<T extends KubeObject> {
  private readonly backoff: Backoff;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** Where the next watch goes on; absent when the state must be fetched anew. */
  private version: string | undefined;
  private watchListWorks = true;

  constructor(
    private readonly options: ReflectorOptions,
    private readonly sink: ReflectorSink<T>,
  ) {
    this.backoff = new Backoff(500, 30_000, options.random);
  }

  /** How far the server's changes have been seen; undefined before the first state and while that is fetched anew. */
  get resourceVersion(): string | undefined {
    return this.version;
  }

  /** Begins to follow; more calls change nothing. */
  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  /** Closes the watch. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock, onWatchRestart } = this.options;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      let reason: WatchRestart = 'ended';
      try {
        if (this.version === undefined && !this.watchListWorks) {
          await this.listAll(signal);
        }
        await this.watch(signal);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (isNotFound(error)) {
          this.options.onHeard?.();
          await this.waitUntilServed(signal);
          continue;
        }
        reason = isExpired(error) ? 'expired' : 'broken';
        this.recover(error);
      }
      if (signal.aborted) {
        return;
      }
      onWatchRestart?.(reason);
      const isBroken = reason === 'broken';
      const goodMs = isBroken ? HEALTHY_BROKEN_WATCH_MS : HEALTHY_WATCH_MS;
      const isGood = clock.monotonicMs() - startedMs >= goodMs;
      if (isGood) {
        this.backoff.reset();
      }
      if (isBroken || !isGood) {
        await pause(clock, this.backoff.next(), signal);
      }
    }
  }

  private recover(error: unknown): void {
    const { logger, resource } = this.options;
    if (isExpired(error)) {
      this.version = undefined;
    } else if (
      this.version === undefined &&
      this.watchListWorks &&
      isInvalid(error)
    ) {
      // Servers without watch-list refuse the request: fetch the state by list instead.
      this.watchListWorks = false;
      this.backoff.reset();
    } else {
      logger.warn(`watching ${resource.plural}: ${messageOf(error)}`);
    }
  }

  private async listAll(signal: AbortSignal): Promise<void> {
    const { client, resource, scope } = this.options;
    const fresh = new Map<string, T>();
    let next: string | undefined;
    let resourceVersion: string;
    do {
      const page = await client.list<T>(
        resource,
        { ...scope, limit: PAGE_SIZE, continue: next },
        { signal },
      );
      this.options.onHeard?.();
      page.items.forEach(item =>
        fresh.set(keyString(keyOf(item)), this.sink.intake(item)),
      );
      ({ resourceVersion, continue: next } = page);
    } while (next !== undefined);
    this.tellState(fresh, resourceVersion);
  }

  private async watch(signal: AbortSignal): Promise<void> {
    const { client, clock, onHeard, random, resource, scope, servedKinds } =
      this.options;
    const initial =
      this.version === undefined ? new Map<string, T>() : undefined;
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener('abort', abort, { once: true });
    const timer = initial && clock.setTimer(INITIAL_EVENTS_MS, abort);
    // The server ends the watch too when a CRD goes, but may take its time.
    const forget = servedKinds?.onGone(resource, abort);
    try {
      await client.watch<T>(
        resource,
        {
          ...scope,
          resourceVersion: this.version,
          ...(initial && { sendInitialEvents: true }),
          timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random())),
        },
        {
          signal: attempt.signal,
          isKnown: version => this.passOver(version),
          onOpen: onHeard,
          onEvent: event => {
            onHeard?.();
            if (initial && this.version === undefined) {
              this.onInitialEvent(initial, event);
            } else {
              this.onWatchEvent(event);
            }
            if (this.version !== undefined) {
              timer?.cancel();
            }
          },
        },
      );
      if (this.version === undefined && !signal.aborted) {
        this.watchListWorks = false;
      }
    } finally {
      timer?.cancel();
      forget?.();
      signal.removeEventListener('abort', abort);
    }
  }

  /** Whether an event can be left out; the watch has come that far then. */
  private passOver(version: string): boolean {
    // While the whole state comes in, every object counts.
    const known = this.version !== undefined && this.sink.isOwnWrite(version);
    if (known) {
      this.version = version;
    }
    return known;
  }

  private onInitialEvent(initial: Map<string, T>, event: WatchEvent<T>): void {
    const { object } = event;
    if (event.type === 'BOOKMARK') {
      if (object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true') {
        this.tellState(initial, object.metadata.resourceVersion ?? '');
      }
    } else if (event.type === 'DELETED') {
      initial.delete(keyString(keyOf(object)));
    } else {
      initial.set(keyString(keyOf(object)), this.sink.intake(object));
    }
  }

  private onWatchEvent({ type, object }: WatchEvent<T>): void {
    if (type === 'DELETED') {
      this.sink.onDeleted(this.sink.intake(object));
    } else if (type !== 'BOOKMARK') {
      this.sink.onChanged(this.sink.intake(object));
    }
    this.version = object.metadata.resourceVersion ?? this.version;
  }

  private tellState(objects: Map<string, T>, resourceVersion: string): void {
    this.version = resourceVersion;
    this.backoff.reset();
    this.sink.onState(objects, resourceVersion);
  }

  private async waitUntilServed(signal: AbortSignal): Promise<void> {
    const { clock, random, resource, servedKinds } = this.options;
    this.version = undefined;
    this.sink.onUnserved();
    // A CRD may be established a moment before its kind is served.
    await pause(clock, this.backoff.next(), signal);
    if (servedKinds) {
      await servedKinds.untilServed(resource, signal);
    } else {
      await pause(clock, SERVED_CHECK_MS * (1 + random()), signal);
    }
  }
}
