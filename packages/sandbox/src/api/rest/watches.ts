import { ServerResponse } from 'node:http';
import { StoredObject } from '../../types';
import { expired, statusOf } from '../failures';
import { apiVersionOf, inVersion, storageOf } from '../registry';
import { ServedKind } from '../seams';
import { Predicate, selection } from '../selectors';
import { HistoryEvent, Store } from '../store';
import { tooLargeVersion } from './lists';
import { Output, renderObject } from './output';

/** A client that reads slower than this many bytes behind is cut off, so that it cannot fill the memory. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/**
 * After a write the next one waits this long for each event that was in it, so that a burst goes out in few writes. What comes alone does not
 * wait.
 */
const REST_PER_EVENT_MS = 10;
const LONGEST_REST_MS = 20;

/** Bookmarks come this often, in milliseconds, and shortly before the end. */
const BOOKMARK_INTERVAL_MS = 60_000;
const BOOKMARK_BEFORE_END_MS = 2_000;

/** What a watch looks at. */
export interface WatchTarget {
  kind: ServedKind;
  namespace?: string;
  query: URLSearchParams;
  output: Output;
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** An open watch: turns changes of the store into lines of JSON, several of which go out as one write. */
export class Watch {
  readonly target: WatchTarget;
  readonly #store: Store;
  readonly #response: ServerResponse;
  readonly #selected?: Predicate;
  readonly #now: () => number;
  readonly #onEnd: (watch: Watch) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #unsubscribe?: () => void;
  #pending: string[] = [];
  #restsUntilMs = -Infinity;
  #waiting?: NodeJS.Timeout;
  #ended = false;
  #columnsSent = false;

  /** Begins to send at once; headers must not have been sent. */
  constructor(
    store: Store,
    target: WatchTarget,
    response: ServerResponse,
    now: () => number,
    onEnd: (watch: Watch) => void,
  ) {
    this.target = target;
    this.#store = store;
    this.#response = response;
    this.#now = now;
    this.#onEnd = onEnd;
    this.#selected = selection(target.query, target.kind);
  }

  start(): void {
    const { kind, query } = this.target;
    const version = query.get('resourceVersion') ?? '';
    this.#response.on('close', () => this.#close());
    this.#response.writeHead(200, { 'Content-Type': 'application/json' });
    this.#response.flushHeaders();
    const initial = query.get('sendInitialEvents') === 'true';
    if (Number(version || 0) > this.#store.revision) {
      this.#sendText(
        'ERROR',
        JSON.stringify(
          statusOf(tooLargeVersion(version, this.#store.revision)),
        ),
      );
      this.end();
      return;
    }
    if (version === '' || version === '0' || initial) this.#sendState(initial);
    else {
      const missed = this.#store.since(storageOf(kind), Number(version));
      if (!missed) {
        this.expire(Number(version));
        return;
      }
      for (const event of missed) this.#onEvent(event);
    }
    this.#unsubscribe = this.#store.subscribe(storageOf(kind), event =>
      this.#onEvent(event),
    );
    this.#startTimers();
  }

  /** Ends with an ERROR event, 410: the client has to list again. */
  expire(version = this.#store.revision): void {
    const text = `too old resource version: ${version} (${
      this.#store.revision
    })`;
    this.#sendText('ERROR', JSON.stringify(statusOf(expired(text))));
    this.end();
  }

  /** Ends the stream normally, after what is pending. */
  end(): void {
    if (this.#ended) return;
    this.#flush();
    this.#response.end();
    this.#close();
  }

  /** Breaks the connection. */
  drop(): void {
    this.#response.socket?.destroy();
    this.#close();
  }

  #sendState(initialEvents: boolean): void {
    const { kind, namespace } = this.target;
    for (const stored of this.#store.list(storageOf(kind), namespace)) {
      const object = inVersion(stored, kind);
      if (!this.#selected || this.#selected(object))
        this.#send('ADDED', object);
    }
    if (initialEvents) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #startTimers(): void {
    const { query } = this.target;
    // without timeoutSeconds the real server takes a random time between 30 and 60 minutes
    const seconds =
      Number(query.get('timeoutSeconds') ?? 0) || 1800 + Math.random() * 1800;
    this.#timers.push(setTimeout(() => this.end(), seconds * 1000).unref());
    if (query.get('allowWatchBookmarks') !== 'true') return;
    const last = Math.max(seconds * 1000 - BOOKMARK_BEFORE_END_MS, 200);
    this.#timers.push(setTimeout(() => this.#bookmark(), last).unref());
    this.#timers.push(
      setInterval(() => this.#bookmark(), BOOKMARK_INTERVAL_MS).unref(),
    );
  }

  #onEvent(event: HistoryEvent): void {
    const { kind, namespace } = this.target;
    if (
      namespace !== undefined &&
      event.object.metadata.namespace !== namespace
    )
      return;
    const object = inVersion(event.object, kind);
    const selected = this.#selected;
    if (!selected) {
      this.#send(event.type, object);
      return;
    }
    const before = event.previous
      ? selected(inVersion(event.previous, kind))
      : false;
    const after = event.type !== 'DELETED' && selected(object);
    if (event.type === 'DELETED') {
      if (before) this.#send('DELETED', object);
    } else if (after) this.#send(before ? 'MODIFIED' : 'ADDED', object);
    else if (before && event.previous) {
      // moved out: the object as it was, with the new resourceVersion
      const { resourceVersion } = event.object.metadata;
      const was = inVersion(event.previous, kind);
      this.#send('DELETED', {
        ...was,
        metadata: { ...was.metadata, resourceVersion },
      });
    }
  }

  #bookmark(annotations?: Record<string, string>): void {
    const { kind, output } = this.target;
    const metadata = {
      resourceVersion: String(this.#store.revision),
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    };
    const type =
      output.as === 'metadata'
        ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
        : { kind: kind.kind, apiVersion: apiVersionOf(kind) };
    const object = { ...type, metadata };
    this.#sendText('BOOKMARK', JSON.stringify(object));
  }

  #send(type: EventType, object: StoredObject): void {
    const { kind, output } = this.target;
    const text = renderObject(
      kind,
      object,
      output,
      this.#now(),
      !this.#columnsSent,
    );
    this.#columnsSent = true;
    this.#sendText(type, text);
  }

  #sendText(type: EventType, text: string): void {
    if (this.#ended) return;
    this.#pending.push(`{"type":"${type}","object":${text}}\n`);
    if (this.#pending.length > 1) return;
    const waitMs = this.#restsUntilMs - performance.now();
    if (waitMs > 0) this.#waiting = setTimeout(() => this.#flush(), waitMs);
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#pending.length === 0 || this.#response.destroyed) return;
    const lines = this.#pending;
    this.#pending = [];
    const restMs = Math.min(lines.length * REST_PER_EVENT_MS, LONGEST_REST_MS);
    this.#restsUntilMs = performance.now() + restMs;
    this.#response.write(lines.join(''));
    if (this.#response.writableLength > MAX_BACKLOG_BYTES) this.drop();
  }

  #close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe?.();
    for (const timer of [...this.#timers, this.#waiting]) clearTimeout(timer);
    this.#onEnd(this);
  }
}
