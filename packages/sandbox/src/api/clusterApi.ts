import { Change, ClusterApi, ResourceId, StoredObject } from '../types';
import { User } from './authentication';
import { noSuchResource } from './failures';
import { cloneJson } from './json';
import { Registry, storageOf } from './registry';
import { Deleter } from './rest/deletion';
import { decodeObject } from './rest/decode';
import { Writer } from './rest/writer';
import { ServedKind } from './seams';
import { shelfKey, Store } from './store';

const systemUser = (manager: string): User => ({
  name: `system:serviceaccount:kube-system:${manager}`,
  groups: ['system:serviceaccounts', 'system:masters'],
});

/** The cluster from the inside: the same writes as over HTTP, without the network and without authorization. */
export class InProcessCluster implements ClusterApi {
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #writer: Writer;
  readonly #deleter: Deleter;

  constructor(
    store: Store,
    registry: Registry,
    writer: Writer,
    deleter: Deleter,
  ) {
    this.#store = store;
    this.#registry = registry;
    this.#writer = writer;
    this.#deleter = deleter;
  }

  get(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
  ): StoredObject | undefined {
    return this.#store.get(resource, namespace, name);
  }

  list(resource: ResourceId, namespace?: string): StoredObject[] {
    return this.#store.list(resource, namespace);
  }

  ownedBy(uid: string): StoredObject[] {
    return this.#store.ownedBy(uid);
  }

  create(
    resource: ResourceId,
    object: Record<string, unknown>,
    manager: string,
  ): StoredObject {
    const kind = this.#kind(resource);
    const decoded = decodeObject(kind, cloneJson(object));
    const namespace = decoded.object.metadata.namespace;
    return this.#writer.create(
      kind,
      typeof namespace === 'string' ? namespace : undefined,
      decoded,
      { user: systemUser(manager), manager },
    );
  }

  update(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
    manager: string,
    change: (draft: StoredObject) => void,
    options: { subresource?: 'status' } = {},
  ): StoredObject | undefined {
    const kind = this.#kind(resource);
    const stored = this.#store.get(storageOf(kind), namespace, name);
    if (!stored) return undefined;
    // Without managedFields, which nobody in here changes and which are half of an object: the writer takes over those that are there.
    const draft: StoredObject = cloneJson({
      ...stored,
      metadata: { ...stored.metadata, managedFields: undefined },
    });
    change(draft);
    if (kind.kind === 'Pod' && !stored.spec?.nodeName && draft.spec?.nodeName) {
      // as through pods/binding: the one change of the spec that the strategy of pods does not let through
      return this.#writer.overwrite(kind, stored, bound => {
        bound.spec = { ...bound.spec, nodeName: draft.spec.nodeName };
      });
    }
    const subresource = kind.subresources.some(
      ({ name: known }) => known === options.subresource,
    )
      ? options.subresource
      : undefined;
    const written = this.#writer.update(
      kind,
      namespace,
      name,
      { user: systemUser(manager), manager, subresource },
      { compute: () => decodeObject(kind, draft) },
    );
    return written.object;
  }

  delete(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
    options: {
      propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
      gracePeriodSeconds?: number;
    } = {},
  ): void {
    const kind = this.#kind(resource);
    if (!this.#store.get(storageOf(kind), namespace, name)) return;
    this.#deleter.delete(
      kind,
      namespace,
      name,
      systemUser('controller'),
      options,
    );
  }

  subscribe(
    resource: ResourceId,
    listener: (change: Change) => void,
    options: { replay?: boolean } = {},
  ): () => void {
    if (options.replay) {
      for (const object of this.#store.list(resource))
        listener({ type: 'ADDED', object });
    }
    return this.#store.subscribe(resource, ({ type, object }) =>
      listener({ type, object }),
    );
  }

  served(resource: ResourceId): boolean {
    return this.#registry.stored(resource) !== undefined;
  }

  #kind(resource: ResourceId): ServedKind {
    const kind = this.#registry.stored(resource);
    if (kind) return kind;
    const failure = noSuchResource();
    failure.message = `${failure.message} (${shelfKey(resource)})`;
    throw failure;
  }
}
