import {
  ApiFailure,
  Change,
  ClusterApi,
  ResourceId,
  StoredObject,
} from '../../types';
import { Clock } from '../clock';
import { timestamp } from '../kinds';

type Refusal = (
  resource: ResourceId,
  object: Record<string, unknown>,
) => ApiFailure | undefined;

/**
 * A ClusterApi without an API server, so that tests of one controller are fast and run on a fake clock: objects, uids, generations,
 * owners' garbage, graceful deletion of pods. It fills the few defaults that controllers read and validates nothing.
 */
export class FakeCluster implements ClusterApi {
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  readonly #listeners = new Map<string, Set<(change: Change) => void>>();
  #version = 0;
  /** Writes so far. */
  writes = 0;
  /** Says which creations are to be refused. */
  refuse: Refusal = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
  ): StoredObject | undefined {
    return this.#shelf(resource).get(`${namespace ?? ''}/${name}`);
  }

  list(resource: ResourceId, namespace?: string): StoredObject[] {
    const all = [...this.#shelf(resource).values()];
    return namespace === undefined
      ? all
      : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  ownedBy(uid: string): StoredObject[] {
    return [...this.#objects.values()]
      .flatMap(shelf => [...shelf.values()])
      .filter(({ metadata }) =>
        metadata.ownerReferences?.some(owner => owner.uid === uid),
      );
  }

  create(resource: ResourceId, object: Record<string, unknown>): StoredObject {
    const refused = this.refuse(resource, object);
    if (refused) throw refused;
    const draft = parse(object);
    this.#version += 1;
    Object.assign(draft.metadata, {
      uid: `uid-${this.#version}`,
      creationTimestamp: timestamp(this.#clock.now()),
      generation: 1,
    });
    fillDefaults(draft);
    if (this.get(resource, draft.metadata.namespace, draft.metadata.name)) {
      throw new ApiFailure(
        409,
        'AlreadyExists',
        `${resource.plural} "${draft.metadata.name}" already exists`,
      );
    }
    return this.#write('ADDED', resource, draft);
  }

  update(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
    _manager: string,
    change: (draft: StoredObject) => void,
    options: { subresource?: 'status' } = {},
  ): StoredObject | undefined {
    const stored = this.get(resource, namespace, name);
    if (!stored) return undefined;
    const draft = structuredClone(stored);
    change(draft);
    const next: StoredObject = options.subresource
      ? { ...structuredClone(stored), status: draft.status }
      : { ...draft, status: stored.status };
    const clean = parse(next);
    if (JSON.stringify(clean) === JSON.stringify(stored)) return stored;
    if (
      !options.subresource &&
      JSON.stringify(clean.spec) !== JSON.stringify(stored.spec)
    ) {
      clean.metadata.generation = (stored.metadata.generation ?? 0) + 1;
    }
    const {
      deletionTimestamp,
      deletionGracePeriodSeconds,
      finalizers = [],
    } = clean.metadata;
    const done =
      deletionTimestamp &&
      !deletionGracePeriodSeconds &&
      finalizers.length === 0;
    return done
      ? this.#remove(resource, clean)
      : this.#write('MODIFIED', resource, clean);
  }

  delete(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
    options: { gracePeriodSeconds?: number } = {},
  ): void {
    const stored = this.get(resource, namespace, name);
    if (!stored) return;
    const onNode = resource.plural === 'pods' && stored.spec.nodeName;
    const finished = ['Succeeded', 'Failed'].includes(stored.status?.phase);
    const grace = options.gracePeriodSeconds ?? (onNode && !finished ? 30 : 0);
    if (grace > 0 || stored.metadata.finalizers?.length) {
      if (
        stored.metadata.deletionTimestamp &&
        stored.metadata.deletionGracePeriodSeconds === grace
      )
        return;
      const draft = structuredClone(stored);
      draft.metadata.deletionTimestamp ??= timestamp(this.#clock.now());
      draft.metadata.deletionGracePeriodSeconds = grace;
      this.#write('MODIFIED', resource, draft);
      return;
    }
    this.#remove(resource, stored);
  }

  subscribe(
    resource: ResourceId,
    listener: (change: Change) => void,
    options: { replay?: boolean } = {},
  ): () => void {
    const id = shelfId(resource);
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    if (options.replay)
      for (const object of this.list(resource))
        listener({ type: 'ADDED', object });
    return () => listeners.delete(listener);
  }

  served(): boolean {
    return true;
  }

  #remove(resource: ResourceId, object: StoredObject): StoredObject {
    this.#shelf(resource).delete(
      `${object.metadata.namespace ?? ''}/${object.metadata.name}`,
    );
    this.writes += 1;
    this.#tell(resource, { type: 'DELETED', object });
    for (const [id, shelf] of this.#objects) {
      const [group, plural] = id.split('/');
      for (const owned of [...shelf.values()]) {
        const owners = owned.metadata.ownerReferences ?? [];
        if (!owners.some(owner => owner.uid === object.metadata.uid)) continue;
        this.delete(
          { group, plural },
          owned.metadata.namespace,
          owned.metadata.name,
        );
      }
    }
    return object;
  }

  #write(
    type: 'ADDED' | 'MODIFIED',
    resource: ResourceId,
    object: StoredObject,
  ): StoredObject {
    this.#version += 1;
    this.writes += 1;
    object.metadata.resourceVersion = String(this.#version);
    this.#shelf(resource).set(
      `${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      object,
    );
    this.#tell(resource, { type, object });
    return object;
  }

  #tell(resource: ResourceId, change: Change): void {
    for (const listener of this.#listeners.get(shelfId(resource)) ?? [])
      listener(change);
  }

  #shelf(resource: ResourceId): Map<string, StoredObject> {
    const id = shelfId(resource);
    const shelf = this.#objects.get(id) ?? new Map<string, StoredObject>();
    this.#objects.set(id, shelf);
    return shelf;
  }
}

function shelfId({ group, plural }: ResourceId): string {
  return `${group}/${plural}`;
}

function parse(object: unknown): StoredObject {
  return JSON.parse(JSON.stringify(object));
}

function fillDefaults(draft: StoredObject): void {
  const { kind, spec } = draft;
  if (kind === 'Pod') {
    spec.schedulerName ??= 'default-scheduler';
    spec.restartPolicy ??= 'Always';
    draft.status = { phase: 'Pending' };
  }
  if (kind === 'Deployment') {
    spec.replicas ??= 1;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    };
  }
  if (kind === 'PersistentVolumeClaim') {
    draft.metadata.finalizers = ['kubernetes.io/pvc-protection'];
    draft.status = { phase: 'Pending' };
  }
  if (kind === 'Job') {
    spec.completions ??= 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= 6;
    const labels = { 'batch.kubernetes.io/job-name': draft.metadata.name };
    spec.template.metadata = {
      ...spec.template.metadata,
      labels: { ...spec.template.metadata?.labels, ...labels },
    };
  }
}
