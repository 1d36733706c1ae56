import { ResourceId, StoredObject } from '../../types';
import { Store } from '../store';

const EVENTS: ResourceId = { group: '', plural: 'events' };

/** How long an Event is kept after its last change, as kube-apiserver does by default (`--event-ttl`). */
const EVENT_TTL_MS = 3600_000;
const INTERVAL_MS = 60_000;

/** Whether an Event is old and has not happened again for so long that it is forgotten. */
function isExpired(event: StoredObject, nowMs: number): boolean {
  const times = [
    event.metadata.creationTimestamp,
    event.lastTimestamp,
    event.series?.lastObservedTime,
  ];
  const last = Math.max(...times.map(time => Date.parse(time ?? '') || 0));
  return nowMs - last > EVENT_TTL_MS;
}

/** Forgets old Events, so that a sandbox that runs for days does not drown in them. */
export class EventExpiry {
  readonly #store: Store;
  readonly #now: () => number;
  #timer?: NodeJS.Timeout;

  constructor({ store, now }: { store: Store; now: () => number }) {
    this.#store = store;
    this.#now = now;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    for (const event of this.#store.list(EVENTS)) {
      if (isExpired(event, this.#now())) this.#store.remove(EVENTS, event);
    }
  }
}
