import { ResourceId, StoredObject } from '../../types';
import { User } from '../authentication';
import { listAt } from '../json';
import { qualified } from '../failures';
import { storageOf } from '../registry';
import { decodeObject } from '../rest/decode';
import { JsonObject, ServedKind } from '../seams';
import { ControllerContext } from './controllerContext';
import { Later } from './later';

const NAMESPACES: ResourceId = { group: '', plural: 'namespaces' };
const CONTROLLER: User = {
  name: 'system:serviceaccount:kube-system:namespace-controller',
  groups: ['system:masters'],
};

const ROOT_CA_DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/**
 * Gives namespaces their default ServiceAccount and `kube-root-ca.crt`, and empties those that are deleted: contents first, then the
 * finalizer in the spec. What holds a namespace up is in its conditions, in the words of the real controller.
 */
export class NamespaceController {
  readonly #context: ControllerContext;
  readonly #caCert: string;
  readonly #later: Later;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #watched = new Set<string>();

  constructor(context: ControllerContext, caCert: string) {
    this.#context = context;
    this.#later = new Later(name => this.#reconcile(name), context.onError);
    this.#caCert = caCert;
  }

  start(): void {
    const { store, registry } = this.#context;
    this.#unsubscribe.push(
      store.subscribe(NAMESPACES, event =>
        this.#later.add(event.object.metadata.name),
      ),
    );
    for (const namespace of store.list(NAMESPACES))
      this.#later.add(namespace.metadata.name);
    registry.onChange(() => this.#watchContents());
    this.#watchContents();
  }

  stop(): void {
    this.#later.stop();
    for (const end of this.#unsubscribe) end();
  }

  /** Deletions inside of a namespace bring it closer to its end, or take away what it should have. */
  #watchContents(): void {
    const { store, registry } = this.#context;
    for (const kind of registry.allStored()) {
      const id = storageOf(kind);
      const key = `${id.group}/${id.plural}`;
      if (!kind.namespaced || this.#watched.has(key)) continue;
      this.#watched.add(key);
      this.#unsubscribe.push(
        store.subscribe(id, event => {
          const { namespace } = event.object.metadata;
          if (event.type === 'DELETED' && namespace) this.#later.add(namespace);
        }),
      );
    }
  }

  #reconcile(name: string): void {
    const namespace = this.#context.store.get(NAMESPACES, undefined, name);
    if (!namespace) return;
    if (namespace.metadata.deletionTimestamp) this.#empty(namespace);
    else this.#furnish(name);
  }

  #furnish(namespace: string): void {
    this.#ensure('serviceaccounts', namespace, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    });
    this.#ensure('configmaps', namespace, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-root-ca.crt',
        namespace,
        annotations: { 'kubernetes.io/description': ROOT_CA_DESCRIPTION },
      },
      data: { 'ca.crt': this.#caCert },
    });
  }

  #ensure(
    plural: string,
    namespace: string,
    object: JsonObject & { metadata: JsonObject & { name: string } },
  ) {
    const { store, registry, writer } = this.#context;
    const id = { group: '', plural };
    const kind = registry.stored(id);
    if (!kind || store.get(id, namespace, object.metadata.name)) return;
    // the real default account carries no ownership; nor does ours, so that both look the same
    const created = writer.create(kind, namespace, decodeObject(kind, object), {
      user: CONTROLLER,
      manager: 'kube-controller-manager',
    });
    if (plural !== 'serviceaccounts') return;
    writer.overwrite(kind, created, draft => {
      delete draft.metadata.managedFields;
    });
  }

  #empty(namespace: StoredObject): void {
    const { store, registry, deleter } = this.#context;
    const { name } = namespace.metadata;
    const kinds = registry.allStored().filter(kind => kind.namespaced);
    for (const kind of kinds) {
      for (const object of store.list(storageOf(kind), name)) {
        if (object.metadata.deletionTimestamp) continue;
        deleter.delete(kind, name, object.metadata.name, CONTROLLER, {
          propagationPolicy: 'Background',
        });
      }
    }
    const remaining = this.#remaining(kinds, name);
    if (remaining.counts.size === 0) this.#release(namespace);
    else this.#report(namespace, remaining);
  }

  #remaining(kinds: readonly ServedKind[], namespace: string): Remaining {
    const counts = new Map<string, number>();
    const finalizers = new Map<string, number>();
    for (const kind of kinds) {
      const objects = this.#context.store.list(storageOf(kind), namespace);
      if (objects.length > 0)
        counts.set(qualified(kind.group, kind.plural), objects.length);
      for (const finalizer of objects.flatMap(
        object => object.metadata.finalizers ?? [],
      )) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    }
    return { counts, finalizers };
  }

  #release(namespace: StoredObject): void {
    const { registry, writer } = this.#context;
    const kind = registry.stored(NAMESPACES);
    if (!kind) return;
    writer.overwrite(kind, namespace, draft => {
      const finalizers = listAt(draft, 'spec', 'finalizers').filter(
        item => item !== 'kubernetes',
      );
      draft.spec = { ...draft.spec, finalizers };
      if (finalizers.length === 0) delete draft.spec.finalizers;
    });
  }

  #report(namespace: StoredObject, remaining: Remaining): void {
    const { registry, writer } = this.#context;
    const kind = registry.stored(NAMESPACES);
    if (!kind) return;
    writer.overwrite(kind, namespace, draft => {
      const before = listAt(draft, 'status', 'conditions');
      const conditions = conditionsOf(remaining).map(condition => ({
        ...condition,
        lastTransitionTime:
          transitionTime(before, condition) ?? writer.timestamp(),
      }));
      draft.status = { ...draft.status, phase: 'Terminating', conditions };
    });
  }
}

interface Remaining {
  /** Instances by resource. */
  counts: Map<string, number>;
  /** Instances by finalizer. */
  finalizers: Map<string, number>;
}

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

function transitionTime(
  before: readonly unknown[],
  condition: Condition,
): string | undefined {
  for (const old of before) {
    const same =
      typeof old === 'object' &&
      old !== null &&
      'type' in old &&
      old.type === condition.type &&
      'status' in old &&
      old.status === condition.status;
    if (same && 'lastTransitionTime' in old)
      return String(old.lastTransitionTime);
  }
  return undefined;
}

function conditionsOf({ counts, finalizers }: Remaining): Condition[] {
  const resources = [...counts].map(
    ([name, n]) => `${name}. has ${n} resource instances`,
  );
  const held = [...finalizers].map(
    ([name, n]) => `${name} in ${n} resource instances`,
  );
  const ok = (type: string, reason: string, message: string): Condition => ({
    type,
    status: 'False',
    reason,
    message,
  });
  return [
    ok(
      'NamespaceDeletionDiscoveryFailure',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    ok(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    ok(
      'NamespaceDeletionContentFailure',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${resources.join(', ')}`,
    },
    held.length > 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${held.join(
            ', ',
          )}`,
        }
      : ok(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
}
