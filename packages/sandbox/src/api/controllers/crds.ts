import { ResourceId, StoredObject } from '../../types';
import { equalJson, isObject, listAt, stringAt } from '../json';
import { Libraries } from '../libraries';
import { User } from '../authentication';
import { JsonObject, ServedKind } from '../seams';
import { ControllerContext } from './controllerContext';
import { Later } from './later';

const CRDS: ResourceId = {
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
};
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const CONTROLLER: User = {
  name: 'system:serviceaccount:kube-system:crd-controller',
  groups: ['system:masters'],
};

/** Accepts names, serves what is established, and takes instances down with their definition. */
export class CrdController {
  readonly #context: ControllerContext;
  readonly #libraries: Libraries;
  /** The spec that is served, by name of the CRD. */
  readonly #served = new Map<string, { spec: unknown; id: ResourceId }>();
  readonly #later: Later;
  #unsubscribe: () => void = () => {};

  constructor(context: ControllerContext, libraries: Libraries) {
    this.#context = context;
    this.#libraries = libraries;
    this.#later = new Later(name => this.#reconcile(name), context.onError);
  }

  start(): void {
    const { store } = this.#context;
    this.#unsubscribe = store.subscribe(CRDS, ({ type, object }) => {
      if (type === 'DELETED') this.#unserve(object.metadata.name);
      else this.#later.add(object.metadata.name);
    });
    for (const crd of store.list(CRDS)) this.#reconcile(crd.metadata.name);
  }

  stop(): void {
    this.#later.stop();
    this.#unsubscribe();
  }

  #reconcile(name: string): void {
    const { store, registry } = this.#context;
    const kind = registry.stored(CRDS);
    const crd = store.get(CRDS, undefined, name);
    if (!crd || !kind) return;
    if (crd.metadata.deletionTimestamp) this.#cleanUp(kind, crd);
    else if (this.#accept(kind, crd)) this.#serve(crd);
  }

  /** Writes names and conditions; true when the CRD is established. */
  #accept(kind: ServedKind, crd: StoredObject): boolean {
    const { store, writer } = this.#context;
    const others = store
      .list(CRDS)
      .filter(other => other.metadata.uid !== crd.metadata.uid);
    const names = this.#libraries.checkCrdNames(crd, others);
    const accepted = names.conditions.some(
      condition =>
        condition.type === 'NamesAccepted' && condition.status === 'True',
    );
    const before = listAt(crd, 'status', 'conditions');
    const wasEstablished = before.some(
      item =>
        isObject(item) && item.type === 'Established' && item.status === 'True',
    );
    const established = accepted || wasEstablished;
    const wanted = [
      ...names.conditions,
      established
        ? {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          }
        : {
            type: 'Established',
            status: 'False',
            reason: 'NotAccepted',
            message: 'not all names are accepted',
          },
    ];
    const conditions = wanted.map(condition =>
      withTime(condition, before, writer.timestamp()),
    );
    const { acceptedNames } = names;
    if (!equalJson({ conditions, acceptedNames }, pick(crd))) {
      writer.overwrite(kind, crd, draft => {
        const storedVersions = storedVersionsOf(crd);
        draft.status = {
          ...draft.status,
          conditions,
          acceptedNames,
          storedVersions,
        };
      });
    }
    return established;
  }

  #serve(crd: StoredObject): void {
    const { registry, store } = this.#context;
    const { name } = crd.metadata;
    if (equalJson(this.#served.get(name)?.spec, crd.spec)) return;
    const kinds = this.#libraries.compileCrd(crd);
    const id = {
      group: String(crd.spec.group),
      plural: String(crd.spec.names.plural),
    };
    if (!this.#served.has(name)) store.open(id);
    this.#served.set(name, { spec: crd.spec, id });
    registry.replace(id, kinds, store.revision);
  }

  #unserve(name: string): void {
    const served = this.#served.get(name);
    if (!served) return;
    this.#served.delete(name);
    this.#context.registry.remove(served.id);
    this.#context.store.close(served.id);
  }

  /** Deletes all instances; the CRD loses its finalizer with the last of them. */
  #cleanUp(crdKind: ServedKind, crd: StoredObject): void {
    const { store, registry, deleter, writer } = this.#context;
    const id = {
      group: String(crd.spec.group),
      plural: String(crd.spec.names.plural),
    };
    const kind = registry.stored(id);
    for (const object of kind ? store.list(id) : []) {
      if (object.metadata.deletionTimestamp || !kind) continue;
      const { namespace, name } = object.metadata;
      deleter.delete(kind, namespace, name, CONTROLLER, {
        propagationPolicy: 'Background',
      });
    }
    if (store.list(id).length > 0) {
      const end = store.subscribe(id, ({ type }) => {
        if (type !== 'DELETED' || store.list(id).length > 0) return;
        end();
        this.#later.add(crd.metadata.name);
      });
      return;
    }
    if (!crd.metadata.finalizers?.includes(CLEANUP)) return;
    writer.overwrite(crdKind, crd, draft => {
      draft.metadata.finalizers = draft.metadata.finalizers?.filter(
        item => item !== CLEANUP,
      );
    });
  }
}

function pick(crd: StoredObject): JsonObject {
  return {
    conditions: crd.status?.conditions,
    acceptedNames: crd.status?.acceptedNames,
  };
}

function storedVersionsOf(crd: StoredObject): string[] {
  const before = listAt(crd, 'status', 'storedVersions').map(String);
  const storage = listAt(crd, 'spec', 'versions').find(
    version => isObject(version) && version.storage === true,
  );
  const name = stringAt(storage, 'name');
  return name && !before.includes(name) ? [...before, name] : before;
}

function withTime(
  condition: JsonObject,
  before: readonly unknown[],
  now: string,
): JsonObject {
  const old = before.find(
    item => isObject(item) && item.type === condition.type,
  );
  const same = isObject(old) && old.status === condition.status;
  return {
    type: condition.type,
    status: condition.status,
    lastTransitionTime: same ? old.lastTransitionTime : now,
    reason: condition.reason,
    message: condition.message,
  };
}
