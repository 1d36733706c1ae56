import { StoredObject } from '../../types';
import { findCondition, withCondition } from '../conditions';
import { WorldContext } from '../context';
import { scaled } from '../delays';
import { getByKey, keyOf, kinds, timestamp } from '../kinds';
import { Queue } from '../loop';
import { addResources, Resources, resources } from '../quantities';
import { claimNames, SELECTED_NODE } from '../storage/claims';
import { writeStatus } from '../writes';
import { isFinished } from '../workloads/podState';
import {
  demandOf,
  Misfit,
  misfit,
  NodeRoom,
  PodDemand,
  podRequests,
  score,
  unschedulableMessage,
} from './fit';

const MANAGER = 'kube-scheduler';
const SOURCE = { component: 'default-scheduler' };
const EVERYTHING = '*';

/**
 * Gives pods to nodes. A pod that fits nowhere stays pending with the real scheduler's message and is tried again when something changes
 * that could help: a pod that goes, a node or a claim that changes.
 */
export class Scheduler {
  readonly #world: WorldContext;
  readonly #queue: Queue;
  readonly #retries: Queue;
  readonly #nodes = new Map<string, NodeRoom>();
  /** What counted pods take, by uid. */
  readonly #counted = new Map<string, { node: string; requests: Resources }>();
  /** Pods without a node, with what they ask for apart from their volumes. */
  readonly #waiting = new Map<string, PodDemand>();
  /** Waiting pods by the claims that they mount. */
  readonly #claimUsers = new Map<string, Set<string>>();
  /** Signatures of pods that fitted nowhere since the last change that could help. */
  readonly #hopeless = new Map<string, string>();

  constructor(world: WorldContext) {
    this.#world = world;
    this.#queue = world.loop.queue('scheduler', key => this.#schedule(key));
    this.#retries = world.loop.queue('scheduler-retry', () => this.#retryAll());
  }

  /** Begins to work on the cluster. */
  start(): void {
    const { cluster } = this.#world;
    cluster.subscribe(
      kinds.nodes,
      ({ type, object }) => this.#onNode(type, object),
      { replay: true },
    );
    cluster.subscribe(
      kinds.pods,
      ({ type, object }) => this.#onPod(type, object),
      { replay: true },
    );
    cluster.subscribe(kinds.claims, ({ object }) => this.#onClaim(object));
    // As the plugin VolumeBinding asks for (EventsToRegister: StorageClass, Add and Update).
    cluster.subscribe(kinds.storageClasses, () => this.#somethingChanged());
  }

  #somethingChanged(): void {
    this.#hopeless.clear();
    if (this.#waiting.size > 0) this.#retries.add(EVERYTHING);
  }

  #retryAll(): void {
    for (const key of this.#waiting.keys()) this.#queue.add(key);
  }

  #onClaim(claim: StoredObject): void {
    for (const key of this.#claimUsers.get(keyOf(claim)) ?? [])
      this.#queue.add(key);
  }

  #onNode(type: string, node: StoredObject): void {
    const { name, labels = {} } = node.metadata;
    const known = this.#nodes.get(name);
    if (type === 'DELETED') {
      this.#nodes.delete(name);
      return;
    }
    this.#nodes.set(name, {
      name,
      labels,
      taints: node.spec?.taints ?? [],
      unschedulable: node.spec?.unschedulable === true,
      allocatable: resources(node.status?.allocatable),
      requested: known?.requested ?? this.#requestedOn(name),
    });
    this.#somethingChanged();
  }

  /** A node that comes back under its name still has its pods. */
  #requestedOn(name: string): Resources {
    const sum: Resources = {};
    for (const { node, requests } of this.#counted.values()) {
      if (node === name) addResources(sum, { ...requests, pods: 1 });
    }
    return sum;
  }

  #onPod(type: string, pod: StoredObject): void {
    const key = keyOf(pod);
    const gone = type === 'DELETED' || isFinished(pod);
    if (pod.spec.nodeName || gone || !isOurs(pod)) {
      this.#stopWaiting(pod);
      if (gone) this.#release(pod);
      else if (pod.spec.nodeName) this.#count(pod);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, demandOf(pod, []));
    for (const claim of claimKeys(pod)) {
      this.#claimUsers.set(
        claim,
        (this.#claimUsers.get(claim) ?? new Set()).add(key),
      );
    }
    const { delays } = this.#world;
    this.#queue.addAfter(key, scaled(delays, delays.schedulingMs));
  }

  #stopWaiting(pod: StoredObject): void {
    const key = keyOf(pod);
    if (!this.#waiting.delete(key)) return;
    for (const claim of claimKeys(pod)) {
      const users = this.#claimUsers.get(claim);
      users?.delete(key);
      if (users?.size === 0) this.#claimUsers.delete(claim);
    }
  }

  #count(pod: StoredObject): void {
    const { uid } = pod.metadata;
    if (this.#counted.has(uid)) return;
    const node: string = pod.spec.nodeName;
    const requests = podRequests(pod);
    this.#counted.set(uid, { node, requests });
    const room = this.#nodes.get(node);
    if (room) addResources(room.requested, { ...requests, pods: 1 });
  }

  #release(pod: StoredObject): void {
    const counted = this.#counted.get(pod.metadata.uid);
    if (!counted) return;
    this.#counted.delete(pod.metadata.uid);
    const room = this.#nodes.get(counted.node);
    if (room)
      addResources(room.requested, { ...counted.requests, pods: 1 }, -1);
    this.#somethingChanged();
  }

  #schedule(key: string): number | void {
    const pod = getByKey(this.#world.cluster, kinds.pods, key);
    const base = this.#waiting.get(key);
    if (!pod || !base) return undefined;
    const claims = this.#claimsOf(pod);
    if (typeof claims === 'string') {
      this.#refuse(
        pod,
        `0/${
          this.#nodes.size
        } nodes are available: ${claims}. ${this.#noPreemption()}`,
      );
      return undefined;
    }
    const bound = claims.flatMap(claim => this.#volumeOf(claim) ?? []);
    const demand = bound.some(volume => volume.spec.nodeAffinity)
      ? demandOf(pod, bound)
      : base;
    const known = this.#hopeless.get(demand.signature);
    const node = known === undefined ? this.#choose(demand) : known;
    if (typeof node === 'string') {
      this.#hopeless.set(demand.signature, node);
      this.#refuse(pod, node);
      return undefined;
    }
    if (this.#selectNode(claims, node.name)) this.#bind(pod, node.name);
    return undefined;
  }

  #volumeOf(claim: StoredObject): StoredObject | undefined {
    const volumeName: string | undefined = claim.spec.volumeName;
    return volumeName
      ? this.#world.cluster.get(kinds.volumes, undefined, volumeName)
      : undefined;
  }

  /** Claims of the pod, or why it must wait for one (`volumebinding` PreFilter). */
  #claimsOf(pod: StoredObject): StoredObject[] | string {
    const { cluster } = this.#world;
    const claims: StoredObject[] = [];
    for (const name of claimNames(pod)) {
      const claim = cluster.get(kinds.claims, pod.metadata.namespace, name);
      if (!claim) return `persistentvolumeclaim "${name}" not found`;
      if (claim.metadata.deletionTimestamp)
        return `persistentvolumeclaim "${name}" is being deleted`;
      if (claim.status?.phase === 'Lost') {
        return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName}"`;
      }
      const className: string | undefined = claim.spec.storageClassName;
      const storageClass =
        className && cluster.get(kinds.storageClasses, undefined, className);
      const waits =
        storageClass &&
        storageClass.volumeBindingMode === 'WaitForFirstConsumer';
      if (claim.status?.phase !== 'Bound' && !waits)
        return 'pod has unbound immediate PersistentVolumeClaims';
      claims.push(claim);
    }
    return claims;
  }

  #noPreemption(): string {
    const count = this.#nodes.size;
    return `no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;
  }

  #choose(demand: PodDemand): NodeRoom | string {
    const misfits: Misfit[] = [];
    let best: NodeRoom | undefined;
    let bestScore = -1;
    for (const node of this.#nodes.values()) {
      const why = misfit(node, demand);
      if (why) {
        misfits.push(why);
        continue;
      }
      const points = score(node, demand);
      if (points > bestScore) {
        best = node;
        bestScore = points;
      }
    }
    return best ?? unschedulableMessage(this.#nodes.size, misfits);
  }

  /** Whether all claims are bound; those that wait for their first pod are told where it will run. */
  #selectNode(claims: readonly StoredObject[], node: string): boolean {
    let bound = true;
    for (const claim of claims) {
      if (claim.status?.phase === 'Bound') continue;
      bound = false;
      const { namespace, name, annotations } = claim.metadata;
      if (annotations?.[SELECTED_NODE]) continue;
      this.#world.cluster.update(
        kinds.claims,
        namespace,
        name,
        MANAGER,
        draft => {
          draft.metadata.annotations = {
            ...draft.metadata.annotations,
            [SELECTED_NODE]: node,
          };
        },
      );
    }
    return bound;
  }

  #bind(pod: StoredObject, nodeName: string): void {
    const { cluster, events } = this.#world;
    const { namespace, name } = pod.metadata;
    const bound = cluster.update(
      kinds.pods,
      namespace,
      name,
      MANAGER,
      draft => {
        draft.spec.nodeName = nodeName;
      },
    );
    if (!bound) return;
    events.normal(
      SOURCE,
      bound,
      'Scheduled',
      `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    );
  }

  #refuse(pod: StoredObject, message: string): void {
    const { cluster, clock, events } = this.#world;
    const told = findCondition(pod.status?.conditions, 'PodScheduled');
    if (told?.message === message) return;
    writeStatus(cluster, kinds.pods, pod, MANAGER, ({ status, metadata }) => {
      const condition = {
        type: 'PodScheduled',
        status: 'False' as const,
        reason: 'Unschedulable',
        message,
        lastProbeTime: null,
        observedGeneration: metadata.generation,
      };
      const now = timestamp(clock.now());
      const conditions = withCondition(status?.conditions, condition, now);
      return { ...status, phase: 'Pending', conditions };
    });
    events.warning(SOURCE, pod, 'FailedScheduling', message);
  }
}

function claimKeys(pod: StoredObject): string[] {
  return claimNames(pod).map(name => `${pod.metadata.namespace}/${name}`);
}

function isOurs(pod: StoredObject): boolean {
  return (
    pod.spec.schedulerName === 'default-scheduler' &&
    !pod.metadata.deletionTimestamp &&
    !(pod.spec.schedulingGates?.length > 0)
  );
}
