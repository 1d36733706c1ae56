import { ApiFailure, StoredObject } from '../../types';
import {
  Condition,
  findCondition,
  withCondition,
  withoutCondition,
} from '../conditions';
import { WorldContext } from '../context';
import {
  controllerOf,
  controllerReference,
  getByKey,
  keyOf,
  kinds,
  selects,
  timestamp,
} from '../kinds';
import { Queue } from '../loop';
import { writeStatus } from '../writes';
import { deletePod, makePods, podsOf } from './ownedPods';
import { availableInMs, isActive, isReady } from './podState';

const MANAGER = 'replicaset-controller';
/** Pods made in one go, as `burstReplicas` in `pkg/controller/replicaset`. */
const BURST = 500;
const RETRY_MS = { first: 1_000, longest: 30_000 };

/** ReplicaSets: as many pods as wanted, adopted or made (`pkg/controller/replicaset/replica_set.go`). */
export class ReplicaSetController {
  readonly #world: WorldContext;
  readonly #queue: Queue;
  /** Pods without a controller, which a set may adopt. */
  readonly #orphans = new Map<string, StoredObject>();
  readonly #refusals = new Map<string, number>();

  constructor(world: WorldContext) {
    this.#world = world;
    this.#queue = world.loop.queue(
      MANAGER,
      key => this.#reconcile(key),
      'second',
    );
  }

  /** Begins to work on the cluster. */
  start(): void {
    const { cluster } = this.#world;
    cluster.subscribe(
      kinds.replicaSets,
      change => this.#queue.add(keyOf(change.object)),
      { replay: true },
    );
    cluster.subscribe(
      kinds.pods,
      change => this.#onPod(change.type, change.object),
      { replay: true },
    );
  }

  #onPod(type: string, pod: StoredObject): void {
    const owner = controllerOf(pod);
    const key = keyOf(pod);
    if (owner) {
      this.#orphans.delete(key);
      if (owner.kind === 'ReplicaSet')
        this.#queue.add(`${pod.metadata.namespace}/${owner.name}`);
      return;
    }
    if (type === 'DELETED' || !isActive(pod)) {
      this.#orphans.delete(key);
      return;
    }
    this.#orphans.set(key, pod);
    for (const set of this.#world.cluster.list(
      kinds.replicaSets,
      pod.metadata.namespace,
    )) {
      if (selects(set.spec.selector, pod.metadata.labels))
        this.#queue.add(keyOf(set));
    }
  }

  #reconcile(key: string): number | void {
    const set = getByKey(this.#world.cluster, kinds.replicaSets, key);
    if (!set || set.metadata.deletionTimestamp) return undefined;
    this.#adopt(set);
    const pods = podsOf(this.#world, set);
    const active = pods.filter(isActive);
    const missing: number = set.spec.replicas - active.length;
    let failure: ApiFailure | undefined;
    if (missing > 0) {
      failure = makePods(this.#world, set, {
        manager: MANAGER,
        count: Math.min(missing, BURST),
        nameLength: 58,
      });
    }
    if (missing < 0) this.#remove(set, active, -missing);
    if (!failure) {
      this.#refusals.delete(key);
      // The new pods' own events bring us back to count them.
      if (missing > 0) return missing > BURST ? 0 : undefined;
      return this.#writeStatus(set, undefined);
    }
    this.#writeStatus(set, failure);
    const refusals = this.#refusals.get(key) ?? 0;
    this.#refusals.set(key, refusals + 1);
    return Math.min(RETRY_MS.first * 2 ** refusals, RETRY_MS.longest);
  }

  #adopt(set: StoredObject): void {
    for (const orphan of [...this.#orphans.values()]) {
      const { namespace, name, labels } = orphan.metadata;
      if (
        namespace !== set.metadata.namespace ||
        !selects(set.spec.selector, labels)
      )
        continue;
      this.#world.cluster.update(
        kinds.pods,
        namespace,
        name,
        MANAGER,
        draft => {
          draft.metadata.ownerReferences = [
            ...(draft.metadata.ownerReferences ?? []),
            controllerReference(set),
          ];
        },
      );
    }
  }

  #remove(
    set: StoredObject,
    active: readonly StoredObject[],
    count: number,
  ): void {
    const ranked = [...active].sort(
      (a, b) => deletionRank(a) - deletionRank(b) || newestFirst(a, b),
    );
    for (const pod of ranked.slice(0, count)) {
      deletePod(this.#world, set, pod, MANAGER);
    }
  }

  #writeStatus(
    set: StoredObject,
    failure: ApiFailure | undefined,
  ): number | undefined {
    const { clock, cluster } = this.#world;
    const nowMs = clock.now();
    const waits: number[] = [];
    this.#queue.quietly(keyOf(set), () =>
      writeStatus(cluster, kinds.replicaSets, set, MANAGER, stored => {
        const { spec, status, metadata } = stored;
        const active = podsOf(this.#world, stored).filter(isActive);
        const inMs = active.map(pod =>
          availableInMs(pod, spec.minReadySeconds ?? 0, nowMs),
        );
        waits.push(...inMs.flatMap(ms => (ms ? [ms] : [])));
        const labels: Record<string, string> =
          spec.template.metadata?.labels ?? {};
        const conditions = failureCondition(
          status?.conditions,
          failure,
          timestamp(nowMs),
        );
        return {
          replicas: active.length,
          fullyLabeledReplicas:
            active.filter(pod => hasLabels(pod, labels)).length || undefined,
          readyReplicas: active.filter(isReady).length || undefined,
          availableReplicas: inMs.filter(ms => ms === 0).length || undefined,
          observedGeneration: metadata.generation,
          conditions: conditions.length > 0 ? conditions : undefined,
        };
      }),
    );
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }
}

function failureCondition(
  conditions: readonly Condition[] | undefined,
  failure: ApiFailure | undefined,
  now: string,
): Condition[] {
  if (!failure) return withoutCondition(conditions, 'ReplicaFailure');
  // The message names a pod that never was, another one each time; as in `SetCondition`, the first one stays.
  const old = findCondition(conditions, 'ReplicaFailure');
  if (old?.status === 'True') return [...(conditions ?? [])];
  return withCondition(
    conditions,
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: failure.message,
    },
    now,
  );
}

/** Which pods go first: without a node, then pending, then not ready (`controller.ActivePodsWithRanks`, reduced). */
function deletionRank(pod: StoredObject): number {
  if (!pod.spec.nodeName) return 0;
  if (pod.status?.phase === 'Pending') return 1;
  return isReady(pod) ? 3 : 2;
}

function newestFirst(a: StoredObject, b: StoredObject): number {
  return b.metadata.creationTimestamp.localeCompare(
    a.metadata.creationTimestamp,
  );
}

function hasLabels(pod: StoredObject, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(
    ([name, value]) => pod.metadata.labels?.[name] === value,
  );
}
