import { keyOf, keyString } from './resources';
import { KubeObject } from './types';

/** The values under which an object is found in an index. */
export type Indexer<T extends KubeObject> = (object: T) => Iterable<string>;

/** Name of the index by namespace, which every store has. */
export const BY_NAMESPACE = 'namespace';
/** Name of the index by the uids of an object's owners, which every store has. */
export const BY_OWNER_UID = 'ownerUid';

/** Objects of one kind by key, with named indexes that are kept up to date. */
export class ObjectStore<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
  private readonly indexers = new Map<string, Indexer<T>>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();

  constructor(indexers: Record<string, Indexer<T>> = {}) {
    this.addIndex(BY_NAMESPACE, ({ metadata }) => [metadata.namespace ?? '']);
    this.addIndex(BY_OWNER_UID, ({ metadata }) =>
      (metadata.ownerReferences ?? []).map(owner => owner.uid),
    );
    for (const [name, indexer] of Object.entries(indexers)) {
      this.addIndex(name, indexer);
    }
  }

  get size(): number {
    return this.objects.size;
  }

  /** Adds an index; one of the same name is replaced. */
  addIndex(name: string, indexer: Indexer<T>): void {
    this.indexers.set(name, indexer);
    this.indexes.set(name, new Map());
    for (const [key, object] of this.objects) {
      this.index(name, indexer, key, object);
    }
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  keys(): string[] {
    return [...this.objects.keys()];
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  /** @throws Error when there is no index of this name. */
  byIndex(name: string, value: string): T[] {
    const index = this.indexes.get(name);
    if (!index) {
      throw new Error(
        `no index "${name}": there are ${[...this.indexes.keys()].join(', ')}`,
      );
    }
    const found: T[] = [];
    for (const key of index.get(value) ?? []) {
      const object = this.objects.get(key);
      if (object) {
        found.push(object);
      }
    }
    return found;
  }

  set(object: T): void {
    const key = keyString(keyOf(object));
    this.unindex(key);
    this.objects.set(key, object);
    for (const [name, indexer] of this.indexers) {
      this.index(name, indexer, key, object);
    }
  }

  delete(key: string): void {
    this.unindex(key);
    this.objects.delete(key);
  }

  private index(
    name: string,
    indexer: Indexer<T>,
    key: string,
    object: T,
  ): void {
    const index = this.indexes.get(name);
    for (const value of indexer(object)) {
      const keys = index?.get(value);
      if (keys) {
        keys.add(key);
      } else {
        index?.set(value, new Set([key]));
      }
    }
  }

  private unindex(key: string): void {
    const object = this.objects.get(key);
    if (!object) {
      return;
    }
    for (const [name, indexer] of this.indexers) {
      const index = this.indexes.get(name);
      for (const value of indexer(object)) {
        const keys = index?.get(value);
        keys?.delete(key);
        if (keys?.size === 0) {
          index?.delete(value);
        }
      }
    }
  }
}
