import { ApiFailure, ClusterApi, StoredObject } from '../types';
import { Clock } from './clock';
import { kinds, timestamp } from './kinds';

/** Which events are written: benchmarks leave out what only says that all is well. */
export type EventLevel = 'all' | 'warnings';

/** Beyond this a repetition becomes an event of its own. */
const MAX_REMEMBERED = 20_000;

/** Where an event comes from. */
export interface EventSource {
  component: string;
  host?: string;
}

/**
 * Writes events as client-go's recorder does: a repetition raises `count` of the event that is there
 * (`k8s.io/client-go/tools/record/events_cache.go`).
 */
export class EventRecorder {
  readonly #cluster: ClusterApi;
  readonly #clock: Clock;
  readonly #level: EventLevel;
  /** Events written before, the latest last. */
  readonly #known = new Map<string, { namespace: string; name: string }>();
  #lastStamp = 0n;

  constructor(cluster: ClusterApi, clock: Clock, level: EventLevel) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#level = level;
  }

  /** An event that says that all is well. `fieldPath` as in `spec.containers{vllm}`. */
  normal(
    source: EventSource,
    object: StoredObject,
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    if (this.#level === 'all') {
      this.#write('Normal', source, object, reason, message, fieldPath);
    }
  }

  /** An event that somebody should look at. */
  warning(
    source: EventSource,
    object: StoredObject,
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    this.#write('Warning', source, object, reason, message, fieldPath);
  }

  #write(
    type: string,
    source: EventSource,
    object: StoredObject,
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    const id = [
      type,
      source.component,
      object.metadata.uid,
      fieldPath,
      reason,
      message,
    ].join('|');
    try {
      if (this.#repeat(id)) return;
      this.#create(id, type, source, object, reason, message, fieldPath);
    } catch (error) {
      // As in client-go, an event that is refused (its namespace is going away, a quota) is dropped.
      if (!(error instanceof ApiFailure)) throw error;
    }
  }

  #repeat(id: string): boolean {
    const known = this.#known.get(id);
    if (!known) return false;
    const written = this.#cluster.update(
      kinds.events,
      known.namespace,
      known.name,
      'kube-events',
      draft => {
        draft.count = (draft.count ?? 1) + 1;
        draft.lastTimestamp = timestamp(this.#clock.now());
      },
    );
    if (!written) return false;
    this.#remember(id, known.namespace, known.name);
    return true;
  }

  #create(
    id: string,
    type: string,
    source: EventSource,
    object: StoredObject,
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    const { apiVersion, kind, metadata } = object;
    const namespace = metadata.namespace ?? 'default';
    const now = timestamp(this.#clock.now());
    const name = `${metadata.name}.${this.#nextStamp()}`;
    this.#cluster.create(
      kinds.events,
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: {
          apiVersion,
          kind,
          name: metadata.name,
          ...(metadata.namespace && { namespace: metadata.namespace }),
          uid: metadata.uid,
          resourceVersion: metadata.resourceVersion,
          ...(fieldPath && { fieldPath }),
        },
        type,
        reason,
        message,
        source,
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        reportingComponent: source.component,
        reportingInstance: source.host ?? '',
      },
      source.component,
    );
    this.#remember(id, namespace, name);
  }

  /** Hexadecimal nanoseconds, each later than the one before: events that are listed by name are in their order. */
  #nextStamp(): string {
    const now = BigInt(this.#clock.now()) * 1_000_000n;
    this.#lastStamp = now > this.#lastStamp ? now : this.#lastStamp + 1n;
    return this.#lastStamp.toString(16);
  }

  #remember(id: string, namespace: string, name: string): void {
    this.#known.delete(id);
    this.#known.set(id, { namespace, name });
    if (this.#known.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
