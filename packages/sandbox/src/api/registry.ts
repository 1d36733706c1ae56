import { ResourceId, StoredObject } from '../types';
import { cloneJson, equalJson } from './json';
import { ServedKind } from './seams';
import { shelfKey } from './store';

/** Where a kind's objects are stored. */
export const storageOf = (kind: ServedKind): ResourceId =>
  kind.storedAs ?? { group: kind.group, plural: kind.plural };

/** `apps/v1`, `v1`. */
export const apiVersionOf = (kind: {
  group: string;
  version: string;
}): string => (kind.group ? `${kind.group}/${kind.version}` : kind.version);

/** Whether a kind comes from a CRD: built-in kinds all take strategic merge patches. */
export const isCustom = (kind: ServedKind): boolean =>
  !kind.strategicMerge && kind.group !== 'apiextensions.k8s.io';

/** Revision at which a custom kind began to be served; what was written later has its defaults. */
const servedSince = new WeakMap<ServedKind, number>();

/**
 * The kinds that are served now. Versions of a kind share a store; reading another version than the stored one exchanges the
 * apiVersion (CRDs with conversion `None`) or converts by the kind's own functions.
 */
export class Registry {
  readonly #byPath = new Map<string, ServedKind>();
  readonly #stored = new Map<string, ServedKind>();
  readonly #listeners = new Set<() => void>();
  #generation = 0;

  /** Rises with each change, for caches of discovery. */
  get generation(): number {
    return this.#generation;
  }

  add(kinds: readonly ServedKind[]): void {
    this.#put(kinds);
    this.#changed();
  }

  /** Takes all versions of a kind off. */
  remove(id: ResourceId): void {
    this.replace(id, []);
  }

  /** Exchanges all versions of a custom kind; objects up to `revision` were written through others. */
  replace(id: ResourceId, kinds: readonly ServedKind[], revision = 0): void {
    for (const kind of kinds) servedSince.set(kind, revision);
    for (const [path, kind] of this.#byPath) {
      if (kind.group === id.group && kind.plural === id.plural)
        this.#byPath.delete(path);
    }
    this.#stored.delete(shelfKey(id));
    this.#put(kinds);
    this.#changed();
  }

  #put(kinds: readonly ServedKind[]): void {
    for (const kind of kinds) {
      this.#byPath.set(`${kind.group}/${kind.version}/${kind.plural}`, kind);
      if (kind.storage) this.#stored.set(shelfKey(storageOf(kind)), kind);
    }
  }

  find(group: string, version: string, plural: string): ServedKind | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The stored version of a kind. */
  stored(id: ResourceId): ServedKind | undefined {
    return this.#stored.get(shelfKey(id));
  }

  /** By apiVersion and kind, as owner references name it. */
  byKind(apiVersion: string, kind: string): ServedKind | undefined {
    for (const served of this.#byPath.values()) {
      if (served.kind === kind && apiVersionOf(served) === apiVersion)
        return served;
    }
    return undefined;
  }

  all(): ServedKind[] {
    return [...this.#byPath.values()];
  }

  /** One kind per store. */
  allStored(): ServedKind[] {
    return [...this.#stored.values()];
  }

  hasGroup(group: string): boolean {
    return this.all().some(kind => kind.group === group);
  }

  /** Called after kinds came or went. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #changed(): void {
    this.#generation += 1;
    for (const listener of this.#listeners) listener();
  }
}

const converted = new WeakMap<StoredObject, Map<ServedKind, StoredObject>>();
/** An object as a kind shows it, made anew: converted, and with defaults that its definition has got since the object was written. */
function shownAs(stored: StoredObject, kind: ServedKind): StoredObject {
  const other = kind.storedAs
    ? kind.storedAs.fromStored(stored)
    : cloneJson(stored);
  const { metadata } = stored;
  const object = {
    ...other,
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata,
  };
  if (isCustom(kind)) kind.default(object);
  return equalJson(object, stored) ? stored : object;
}

/** A stored object in the version of a kind. The same stored object gives the same result, so its JSON is remembered too. */
export function inVersion(
  stored: StoredObject,
  kind: ServedKind,
): StoredObject {
  const isSameVersion = stored.apiVersion === apiVersionOf(kind);
  const isNew =
    Number(stored.metadata.resourceVersion) > (servedSince.get(kind) ?? -1);
  if (isSameVersion && isNew) return stored;
  let versions = converted.get(stored);
  if (!versions) converted.set(stored, (versions = new Map()));
  let object = versions.get(kind);
  if (!object) versions.set(kind, (object = shownAs(stored, kind)));
  return object;
}
