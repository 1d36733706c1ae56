import { StoredObject } from '../../types';
import { User } from '../authentication';
import { Registry, storageOf } from '../registry';
import { ServedKind } from '../seams';
import { HistoryEvent } from '../store';
import { ControllerContext } from './controllerContext';

const COLLECTOR: User = {
  name: 'system:serviceaccount:kube-system:generic-garbage-collector',
  groups: ['system:masters'],
};

/** How many objects are looked at in one turn of the event loop. */
const BATCH = 200;

/**
 * Deletes what has lost its owners, and carries out foreground and orphan deletion: the owner waits with a finalizer until its
 * dependents are gone, or have been let go.
 */
export class GarbageCollector {
  readonly #context: ControllerContext;
  readonly #queue = new Set<string>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #watched = new Set<string>();
  #scheduled = false;
  #stopped = false;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  start(): void {
    const { registry } = this.#context;
    registry.onChange(() => this.#watchAll(registry));
    this.#watchAll(registry);
  }

  stop(): void {
    this.#stopped = true;
    for (const end of this.#unsubscribe) end();
  }

  #watchAll(registry: Registry): void {
    for (const kind of registry.allStored()) {
      const id = storageOf(kind);
      const key = `${id.group}/${id.plural}`;
      if (this.#watched.has(key)) continue;
      this.#watched.add(key);
      const { store } = this.#context;
      this.#unsubscribe.push(
        store.subscribe(id, event => this.#onEvent(event)),
      );
    }
  }

  #onEvent({ type, object }: HistoryEvent): void {
    const { store } = this.#context;
    const { uid, ownerReferences = [], deletionTimestamp } = object.metadata;
    if (type === 'DELETED') {
      for (const dependent of store.ownedBy(uid))
        this.#add(dependent.metadata.uid);
      // an owner in foreground deletion may have waited for this one
      for (const owner of ownerReferences) this.#add(owner.uid);
    } else if (
      deletionTimestamp ||
      (type === 'ADDED' && ownerReferences.length > 0)
    )
      this.#add(uid);
  }

  #add(uid: string): void {
    this.#queue.add(uid);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    const batch = [...this.#queue].slice(0, BATCH);
    for (const uid of batch) {
      this.#queue.delete(uid);
      const object = this.#context.store.byUid(uid);
      try {
        if (object) this.#process(object);
      } catch (error) {
        this.#context.onError(error);
      }
    }
    const [next] = this.#queue;
    if (next !== undefined) this.#add(next);
  }

  #process(object: StoredObject): void {
    const { finalizers = [], deletionTimestamp } = object.metadata;
    if (deletionTimestamp && finalizers.includes('orphan'))
      this.#orphan(object);
    else if (deletionTimestamp && finalizers.includes('foregroundDeletion'))
      this.#foreground(object);
    else if (!deletionTimestamp) this.#collect(object);
  }

  /** Takes the owner off all dependents, then lets it go. */
  #orphan(owner: StoredObject): void {
    const { store, writer } = this.#context;
    for (const dependent of store.ownedBy(owner.metadata.uid)) {
      writer.overwrite(this.#kindOf(dependent), dependent, draft => {
        draft.metadata.ownerReferences = (
          draft.metadata.ownerReferences ?? []
        ).filter(ref => ref.uid !== owner.metadata.uid);
      });
    }
    this.#dropFinalizer(owner, 'orphan');
  }

  /** Deletes all dependents; the owner goes when none is left that blocks it. */
  #foreground(owner: StoredObject): void {
    const { store, deleter } = this.#context;
    const { uid } = owner.metadata;
    let blocked = false;
    for (const dependent of store.ownedBy(uid)) {
      const { metadata } = dependent;
      if (!metadata.deletionTimestamp) {
        const waits = store.ownedBy(metadata.uid).length > 0;
        deleter.delete(
          this.#kindOf(dependent),
          metadata.namespace,
          metadata.name,
          COLLECTOR,
          {
            propagationPolicy: waits ? 'Foreground' : 'Background',
          },
        );
      }
      const left = store.byUid(metadata.uid);
      blocked ||=
        left?.metadata.ownerReferences?.some(
          ref => ref.uid === uid && ref.blockOwnerDeletion,
        ) ?? false;
    }
    if (!blocked) this.#dropFinalizer(owner, 'foregroundDeletion');
  }

  #dropFinalizer(owner: StoredObject, finalizer: string): void {
    const present = this.#context.store.byUid(owner.metadata.uid);
    if (!present) return;
    this.#context.writer.overwrite(this.#kindOf(present), present, draft => {
      draft.metadata.finalizers = draft.metadata.finalizers?.filter(
        item => item !== finalizer,
      );
    });
  }

  /** Deletes an object whose owners are all gone; takes off single owners that are. */
  #collect(object: StoredObject): void {
    const { store, writer, deleter } = this.#context;
    const owners = object.metadata.ownerReferences ?? [];
    const lost = owners.filter(
      owner =>
        this.#canTell(owner.apiVersion, owner.kind) && !store.byUid(owner.uid),
    );
    if (lost.length === 0) return;
    const kind = this.#kindOf(object);
    const { namespace, name, uid } = object.metadata;
    if (lost.length === owners.length) {
      deleter.delete(kind, namespace, name, COLLECTOR, {
        propagationPolicy: 'Background',
        preconditions: { uid },
      });
      return;
    }
    writer.overwrite(kind, object, draft => {
      draft.metadata.ownerReferences = owners.filter(
        owner => !lost.includes(owner),
      );
    });
  }

  /** An owner of a kind that is not served may well exist. */
  #canTell(apiVersion: string, kind: string): boolean {
    return this.#context.registry.byKind(apiVersion, kind) !== undefined;
  }

  #kindOf(object: StoredObject): ServedKind {
    const kind = this.#context.registry.byKind(object.apiVersion, object.kind);
    if (!kind)
      throw new Error(
        `${object.apiVersion} ${object.kind} is stored but not served`,
      );
    return kind;
  }
}
