import { StoredObject } from '../../types';
import { Condition, findCondition, withCondition } from '../conditions';
import { WorldContext } from '../context';
import { scaled } from '../delays';
import { keyOf, kinds, timestamp } from '../kinds';
import { Queue } from '../loop';
import { Taint, tolerates, Toleration } from '../scheduling/fit';
import { isFinished } from '../workloads/podState';
import { NodeShape, nodesOf } from './nodeShapes';

const LIFECYCLE = 'node-controller';
const EVICTION = { component: 'taint-eviction-controller' };
const UNREACHABLE = 'node.kubernetes.io/unreachable';
/** What the DefaultTolerationSeconds admission plugin gives to every pod. */
const DEFAULT_TOLERATION_SECONDS = 300;

const healthy: readonly [type: string, reason: string, message: string][] = [
  [
    'MemoryPressure',
    'KubeletHasSufficientMemory',
    'kubelet has sufficient memory available',
  ],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  [
    'PIDPressure',
    'KubeletHasSufficientPID',
    'kubelet has sufficient PID available',
  ],
];

/**
 * Nodes, their health and what happens to the pods of one that is gone: `Unknown`, not ready, tainted, and evicted when their toleration
 * ends (`pkg/controller/nodelifecycle`, `pkg/controller/tainteviction`). Heartbeats are not written: a node is alive until it is said to
 * be gone, so a quiet sandbox writes nothing.
 */
export class NodeController {
  readonly #world: WorldContext;
  readonly #eviction: Queue;
  readonly #monitor: Queue;
  /** Nodes that have stopped answering, and since when. */
  readonly #goneSince = new Map<string, number>();
  readonly #listeners = new Set<(node: string) => void>();

  constructor(world: WorldContext) {
    this.#world = world;
    this.#monitor = world.loop.queue('node-lifecycle', name =>
      this.#checkHealth(name),
    );
    this.#eviction = world.loop.queue('taint-eviction', name =>
      this.#evict(name),
    );
  }

  /** Makes the Node objects. */
  create(shapes: readonly NodeShape[]): void {
    const { cluster } = this.#world;
    for (const [index, shape] of shapes.flatMap(nodesOf).entries()) {
      const { name, object, status } = shape;
      cluster.create(kinds.nodes, object, 'kubelet');
      this.#updateStatus(name, 'kubelet', draft => {
        draft.status = {
          ...status,
          addresses: [
            { type: 'InternalIP', address: nodeAddress(index + 2) },
            { type: 'Hostname', address: name },
          ],
          conditions: this.#healthyConditions([]),
        };
      });
    }
  }

  /** Whether the node's kubelet works. */
  isUp(name: string): boolean {
    return (
      !this.#goneSince.has(name) &&
      this.#world.cluster.get(kinds.nodes, undefined, name) !== undefined
    );
  }

  /** Calls `listener` with the name of each node that goes or comes back. */
  onChange(listener: (node: string) => void): void {
    this.#listeners.add(listener);
  }

  /** The node stops answering: its containers are unreachable, and its kubelet does nothing any more. */
  lose(name: string): void {
    if (this.#goneSince.has(name)) return;
    const { clock, delays } = this.#world;
    this.#goneSince.set(name, clock.now());
    for (const listener of this.#listeners) listener(name);
    this.#monitor.addAfter(name, scaled(delays, delays.nodeMonitorGraceMs));
  }

  /** The node answers again, with its pods as they were. */
  restore(name: string): void {
    if (!this.#goneSince.delete(name)) return;
    const { cluster, events } = this.#world;
    this.#updateStatus(name, 'kubelet', draft => {
      draft.status.conditions = this.#healthyConditions(
        draft.status.conditions,
      );
    });
    const node = cluster.update(
      kinds.nodes,
      undefined,
      name,
      LIFECYCLE,
      draft => {
        const taints: Taint[] = draft.spec.taints ?? [];
        draft.spec.taints = taints.filter(taint => taint.key !== UNREACHABLE);
      },
    );
    if (node)
      events.normal(
        { component: 'kubelet', host: name },
        node,
        'NodeReady',
        `Node ${name} status is now: NodeReady`,
      );
    for (const listener of this.#listeners) listener(name);
  }

  #checkHealth(name: string): void {
    const { cluster, clock, events } = this.#world;
    const node = cluster.get(kinds.nodes, undefined, name);
    if (!node || !this.#goneSince.has(name)) return;
    if (findCondition(node.status?.conditions, 'Ready')?.status === 'Unknown')
      return;
    const now = timestamp(clock.now());
    this.#updateStatus(name, LIFECYCLE, draft => {
      let conditions: Condition[] = draft.status.conditions ?? [];
      for (const type of [...healthy.map(([first]) => first), 'Ready']) {
        const message = 'Kubelet stopped posting node status.';
        conditions = withCondition(
          conditions,
          {
            ...findCondition(conditions, type),
            type,
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message,
          },
          now,
        );
      }
      draft.status.conditions = conditions;
    });
    cluster.update(kinds.nodes, undefined, name, LIFECYCLE, draft => {
      draft.spec.taints = [
        ...(draft.spec.taints ?? []),
        { key: UNREACHABLE, effect: 'NoSchedule', timeAdded: now },
        { key: UNREACHABLE, effect: 'NoExecute', timeAdded: now },
      ];
    });
    events.normal(
      { component: LIFECYCLE },
      node,
      'NodeNotReady',
      `Node ${name} status is now: NodeNotReady`,
    );
    for (const pod of this.#podsOn(name)) this.#markNotReady(pod);
    this.#eviction.add(name);
  }

  #markNotReady(pod: StoredObject): void {
    const { cluster, clock, events } = this.#world;
    const { namespace, name } = pod.metadata;
    if (findCondition(pod.status?.conditions, 'Ready')?.status !== 'True')
      return;
    const now = timestamp(clock.now());
    cluster.update(
      kinds.pods,
      namespace,
      name,
      LIFECYCLE,
      draft => {
        const ready = findCondition(draft.status.conditions, 'Ready');
        if (ready)
          draft.status.conditions = withCondition(
            draft.status.conditions,
            { ...ready, status: 'False' },
            now,
          );
      },
      { subresource: 'status' },
    );
    events.warning(
      { component: LIFECYCLE },
      pod,
      'NodeNotReady',
      'Node is not ready',
    );
  }

  /** Deletes the pods whose toleration of the taint has ended; says when the next one's ends. */
  #evict(name: string): number | undefined {
    const { clock } = this.#world;
    const sinceMs = this.#goneSince.get(name);
    if (sinceMs === undefined) return undefined;
    const waits: number[] = [];
    for (const pod of this.#podsOn(name)) {
      if (pod.metadata.deletionTimestamp) continue;
      const seconds = toleratedSeconds(pod);
      if (seconds === Infinity) continue;
      const leftMs = sinceMs + this.#toleratedMs(seconds) - clock.now();
      if (leftMs > 0) waits.push(leftMs);
      else this.#delete(pod);
    }
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  #toleratedMs(seconds: number): number {
    const { delays } = this.#world;
    return scaled(
      delays,
      delays.nodeMonitorGraceMs + seconds * 1000 * delays.evictionScale,
    );
  }

  #delete(pod: StoredObject): void {
    const { cluster, clock, events } = this.#world;
    const { namespace, name } = pod.metadata;
    const now = timestamp(clock.now());
    cluster.update(
      kinds.pods,
      namespace,
      name,
      EVICTION.component,
      draft => {
        const condition = {
          type: 'DisruptionTarget',
          status: 'True' as const,
          reason: 'DeletionByTaintManager',
          message: 'Taint manager: deleting due to NoExecute taint',
        };
        draft.status.conditions = withCondition(
          draft.status.conditions,
          condition,
          now,
        );
      },
      { subresource: 'status' },
    );
    events.normal(
      EVICTION,
      pod,
      'TaintManagerEviction',
      `Marking for deletion Pod ${namespace}/${name}`,
    );
    cluster.delete(kinds.pods, namespace, name);
  }

  #podsOn(node: string): StoredObject[] {
    return this.#world.cluster
      .list(kinds.pods)
      .filter(pod => pod.spec.nodeName === node && !isFinished(pod))
      .sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  }

  #healthyConditions(before: readonly Condition[]): Condition[] {
    const now = timestamp(this.#world.clock.now());
    let conditions: Condition[] = [...before];
    for (const [type, reason, message] of healthy) {
      conditions = withCondition(
        conditions,
        { type, status: 'False', reason, message, lastHeartbeatTime: now },
        now,
      );
    }
    const message = 'kubelet is posting ready status';
    const ready: Condition = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message,
      lastHeartbeatTime: now,
    };
    return withCondition(conditions, ready, now);
  }

  #updateStatus(
    name: string,
    manager: string,
    change: (draft: StoredObject) => void,
  ): void {
    this.#world.cluster.update(kinds.nodes, undefined, name, manager, change, {
      subresource: 'status',
    });
  }
}

function toleratedSeconds(pod: StoredObject): number {
  const tolerations: Toleration[] = pod.spec.tolerations ?? [];
  const taint = { key: UNREACHABLE, effect: 'NoExecute' };
  const matching = tolerations.filter(toleration =>
    tolerates(toleration, taint),
  );
  if (matching.length === 0) return DEFAULT_TOLERATION_SECONDS;
  return Math.min(
    ...matching.map(({ tolerationSeconds }) => tolerationSeconds ?? Infinity),
  );
}

function nodeAddress(index: number): string {
  return `172.18.${Math.floor(index / 250)}.${(index % 250) + 1}`;
}
