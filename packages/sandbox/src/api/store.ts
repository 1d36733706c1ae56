import { Change, ResourceId, StoredObject } from '../types';

/** A change as the history keeps it: with the revision it made and the object before it. */
export interface HistoryEvent extends Change {
  revision: number;
  /** The object before the change, for MODIFIED; lets a watch with a selector tell "moved out" from "changed". */
  previous?: StoredObject;
}

/** The store as one group and plural sees it. */
interface Shelf {
  id: ResourceId;
  objects: Map<string, StoredObject>;
  /** Keys in order; undefined until somebody asks for a list. */
  sortedKeys?: string[];
  history: HistoryEvent[];
  /** Watches from before this revision have expired. */
  horizon: number;
  listeners: Set<(event: HistoryEvent) => void>;
}

/** How many changes of one resource can be replayed to a watch that reconnects. */
const HISTORY_LIMIT = 4096;

/** `group/plural`, the key of a shelf. */
export const shelfKey = (id: ResourceId): string => `${id.group}/${id.plural}`;

/** Key of an object on its shelf. Orders as etcd does: by namespace, then by name. */
export const objectKey = (
  namespace: string | undefined,
  name: string,
): string => (namespace ? `${namespace}\u0000${name}` : `\u0000${name}`);

const keyOf = (object: StoredObject): string =>
  objectKey(object.metadata.namespace, object.metadata.name);

/**
 * All objects of the cluster, in memory, with one revision counter for all of them as etcd has, and the recent history of each resource.
 * Knows nothing of kinds. Objects are frozen by convention: a write replaces them.
 */
export class Store {
  readonly #shelves = new Map<string, Shelf>();
  readonly #byUid = new Map<string, StoredObject>();
  readonly #byOwner = new Map<string, Map<string, StoredObject>>();
  readonly #undelivered: { shelf: Shelf; event: HistoryEvent }[] = [];
  readonly #onListenerError: (error: unknown) => void;
  #delivering = false;
  #revision = 1;
  /** Exact reads before this revision fail: its history was thrown away. */
  #compacted = 0;

  /** `onListenerError` is told what listeners throw. */
  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** Revision before which nothing can be read any more. */
  get compacted(): number {
    return this.#compacted;
  }

  /** Begins to serve a resource. Watches cannot begin before this moment. */
  open(id: ResourceId): void {
    this.#shelf(id).horizon = this.#revision;
  }

  /** Forgets a resource's objects and history; nobody is told. Listeners stay for when it is opened again. */
  close(id: ResourceId): void {
    const shelf = this.#shelf(id);
    for (const object of shelf.objects.values()) this.#unindex(object);
    shelf.objects.clear();
    shelf.sortedKeys = undefined;
    shelf.history = [];
    shelf.horizon = this.#revision;
  }

  get(
    id: ResourceId,
    namespace: string | undefined,
    name: string,
  ): StoredObject | undefined {
    return this.#shelves
      .get(shelfKey(id))
      ?.objects.get(objectKey(namespace, name));
  }

  byUid(uid: string): StoredObject | undefined {
    return this.#byUid.get(uid);
  }

  ownedBy(uid: string): StoredObject[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])];
  }

  /** Objects in order of namespace and name. */
  list(id: ResourceId, namespace?: string): StoredObject[] {
    const shelf = this.#shelves.get(shelfKey(id));
    if (!shelf) return [];
    shelf.sortedKeys ??= [...shelf.objects.keys()].sort();
    const keys = shelf.sortedKeys;
    const result: StoredObject[] = [];
    const prefix = namespace === undefined ? '' : `${namespace}\u0000`;
    for (
      let i = lowerBound(keys, prefix);
      i < keys.length && keys[i].startsWith(prefix);
      i++
    ) {
      const object = shelf.objects.get(keys[i]);
      if (object) result.push(object);
    }
    return result;
  }

  /** The list as it was at a revision, or undefined when that history is gone. */
  listAt(
    id: ResourceId,
    revision: number,
    namespace?: string,
  ): StoredObject[] | undefined {
    if (revision >= this.#revision) return this.list(id, namespace);
    const shelf = this.#shelves.get(shelfKey(id));
    if (!shelf || revision < this.#compacted) return undefined;
    const oldest = shelf.history[0];
    if (
      shelf.history.length >= HISTORY_LIMIT &&
      oldest &&
      revision < oldest.revision - 1
    ) {
      return undefined;
    }
    const past = new Map<string, StoredObject>();
    for (const object of this.list(id, namespace))
      past.set(keyOf(object), object);
    for (let i = shelf.history.length - 1; i >= 0; i--) {
      const event = shelf.history[i];
      if (event.revision <= revision) break;
      if (
        namespace !== undefined &&
        event.object.metadata.namespace !== namespace
      )
        continue;
      if (event.type === 'ADDED') past.delete(keyOf(event.object));
      else past.set(keyOf(event.object), event.previous ?? event.object);
    }
    return [...past.keys()].sort().flatMap(key => past.get(key) ?? []);
  }

  /** Stores a new object and gives it its resourceVersion. */
  add(id: ResourceId, object: StoredObject): StoredObject {
    const shelf = this.#shelf(id);
    const stored = this.#stamp(object);
    const key = keyOf(stored);
    shelf.objects.set(key, stored);
    shelf.sortedKeys?.splice(lowerBound(shelf.sortedKeys, key), 0, key);
    this.#index(stored);
    this.#record(shelf, {
      type: 'ADDED',
      object: stored,
      revision: this.#revision,
    });
    return stored;
  }

  /** Replaces an object. */
  replace(
    id: ResourceId,
    previous: StoredObject,
    object: StoredObject,
  ): StoredObject {
    const shelf = this.#shelf(id);
    const stored = this.#stamp(object);
    shelf.objects.set(keyOf(stored), stored);
    this.#unindex(previous);
    this.#index(stored);
    this.#record(shelf, {
      type: 'MODIFIED',
      object: stored,
      previous,
      revision: this.#revision,
    });
    return stored;
  }

  /** Removes an object. Watchers see the state that was stored, with a new resourceVersion. */
  remove(id: ResourceId, previous: StoredObject): void {
    const shelf = this.#shelf(id);
    const stored = this.#stamp(previous);
    const key = keyOf(previous);
    shelf.objects.delete(key);
    shelf.sortedKeys?.splice(lowerBound(shelf.sortedKeys, key), 1);
    this.#unindex(previous);
    this.#record(shelf, {
      type: 'DELETED',
      object: stored,
      previous,
      revision: this.#revision,
    });
  }

  /** Calls `listener` synchronously after each change of the resource. */
  subscribe(
    id: ResourceId,
    listener: (event: HistoryEvent) => void,
  ): () => void {
    const { listeners } = this.#shelf(id);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Changes after a revision, oldest first; undefined when some of them are gone. */
  since(id: ResourceId, revision: number): HistoryEvent[] | undefined {
    const shelf = this.#shelf(id);
    if (revision < shelf.horizon) return undefined;
    let start = shelf.history.length;
    while (start > 0 && shelf.history[start - 1].revision > revision) start--;
    return shelf.history.slice(start);
  }

  /** Throws the history away, as a compaction of etcd does. */
  compact(): void {
    this.#compacted = this.#revision;
    for (const shelf of this.#shelves.values()) {
      shelf.history = [];
      shelf.horizon = this.#revision;
    }
  }

  #shelf(id: ResourceId): Shelf {
    const key = shelfKey(id);
    let shelf = this.#shelves.get(key);
    if (!shelf) {
      shelf = {
        id,
        objects: new Map(),
        history: [],
        horizon: this.#revision,
        listeners: new Set(),
      };
      this.#shelves.set(key, shelf);
    }
    return shelf;
  }

  #stamp(object: StoredObject): StoredObject {
    this.#revision += 1;
    return {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#revision) },
    };
  }

  #record(shelf: Shelf, event: HistoryEvent): void {
    shelf.history.push(event);
    if (shelf.history.length > HISTORY_LIMIT * 2) {
      shelf.history = shelf.history.slice(-HISTORY_LIMIT);
      shelf.horizon = shelf.history[0].revision - 1;
    }
    this.#undelivered.push({ shelf, event });
    if (!this.#delivering) this.#deliver();
  }

  /** Tells listeners in the order of the writes, also when a listener writes. */
  #deliver(): void {
    this.#delivering = true;
    for (
      let next = this.#undelivered.shift();
      next;
      next = this.#undelivered.shift()
    ) {
      for (const listener of [...next.shelf.listeners]) {
        try {
          listener(next.event);
        } catch (error) {
          // a listener's defect must not fail the write that it was told of
          this.#onListenerError(error);
        }
      }
    }
    this.#delivering = false;
  }

  #index(object: StoredObject): void {
    this.#byUid.set(object.metadata.uid, object);
    for (const owner of object.metadata.ownerReferences ?? []) {
      let owned = this.#byOwner.get(owner.uid);
      if (!owned) this.#byOwner.set(owner.uid, (owned = new Map()));
      owned.set(object.metadata.uid, object);
    }
  }

  #unindex(object: StoredObject): void {
    this.#byUid.delete(object.metadata.uid);
    for (const owner of object.metadata.ownerReferences ?? []) {
      const owned = this.#byOwner.get(owner.uid);
      owned?.delete(object.metadata.uid);
      if (owned?.size === 0) this.#byOwner.delete(owner.uid);
    }
  }
}

function lowerBound(keys: readonly string[], prefix: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}
