import { StoredObject } from '../../types';
import { matchesExpression } from '../kinds';
import { addResources, Resources, resources } from '../quantities';

/** A node as the scheduler sees it. */
export interface NodeRoom {
  name: string;
  labels: Record<string, string>;
  taints: readonly Taint[];
  unschedulable: boolean;
  allocatable: Resources;
  /** Sum of the requests of the pods that it has; `pods` is their number. */
  requested: Resources;
}

/** `node.spec.taints[]`. */
export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** `pod.spec.tolerations[]`. */
export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** Why a node can't take a pod. */
export interface Misfit {
  /** One or more, as they are counted in the message. */
  reasons: string[];
  /** Whether another pod's going could help; else "Preemption is not helpful for scheduling". */
  resolvable: boolean;
}

interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
  matchFields?: { key: string; operator: string; values?: string[] }[];
}

/** What a pod asks for, worked out once. */
export interface PodDemand {
  requests: Resources;
  tolerations: readonly Toleration[];
  nodeSelector: Record<string, string>;
  affinityTerms: readonly NodeSelectorTerm[] | undefined;
  /** Node affinity of its volumes: all must match. */
  volumeTerms: readonly (readonly NodeSelectorTerm[])[];
  /** Equal for pods that fit the same nodes. */
  signature: string;
}

/** What a pod asks for. `volumes` are those that its claims are bound to. */
export function demandOf(
  pod: StoredObject,
  volumes: readonly StoredObject[],
): PodDemand {
  const { spec } = pod;
  const affinityTerms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms;
  const demand = {
    requests: podRequests(pod),
    tolerations: spec.tolerations ?? [],
    nodeSelector: spec.nodeSelector ?? {},
    affinityTerms,
    volumeTerms: volumes.flatMap(volume => {
      const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms;
      return terms ? [terms] : [];
    }),
  };
  return { ...demand, signature: JSON.stringify(demand) };
}

/** Requests of a pod: the larger of what its containers need together and what an init container needs alone (`resource.PodRequests`). */
export function podRequests(pod: StoredObject): Resources {
  const { containers, initContainers = [], overhead } = pod.spec;
  const sum: Resources = resources(overhead);
  for (const container of containers) addResources(sum, requestsOf(container));
  for (const container of initContainers) {
    const own = requestsOf(container);
    if (container.restartPolicy === 'Always') addResources(sum, own);
    else
      for (const [name, value] of Object.entries(own))
        sum[name] = Math.max(sum[name] ?? 0, value);
  }
  return sum;
}

/** A limit without a request is a request too: the API server's default, repeated for extended resources. */
function requestsOf(container: {
  resources?: {
    requests?: Record<string, string>;
    limits?: Record<string, string>;
  };
}): Resources {
  const { requests, limits } = container.resources ?? {};
  return { ...resources(limits), ...resources(requests) };
}

/**
 * Whether a node can take a pod, asked in the order of the default plugins; the first that refuses is the one that is told. Messages:
 * `pkg/scheduler/framework/plugins/{nodeunschedulable,tainttoleration,nodeaffinity,noderesources,volumebinding}` of 1.35
 * (`node(s) had untolerated taint(s)` since then names no taint).
 */
export function misfit(node: NodeRoom, demand: PodDemand): Misfit | undefined {
  const unresolvable = (reason: string): Misfit => ({
    reasons: [reason],
    resolvable: false,
  });
  if (node.unschedulable) return unresolvable('node(s) were unschedulable');
  if (!toleratesAll(node.taints, demand.tolerations)) {
    return unresolvable('node(s) had untolerated taint(s)');
  }
  if (!matchesNode(node, demand)) {
    return unresolvable("node(s) didn't match Pod's node affinity/selector");
  }
  const short = shortages(node, demand.requests);
  if (short) return short;
  if (!demand.volumeTerms.every(terms => matchesTerms(node, terms))) {
    return unresolvable(
      "node(s) didn't match PersistentVolume's node affinity",
    );
  }
  return undefined;
}

/** Free room after the pod, as a share of what the node has; the scheduler prefers the emptier node (`LeastAllocated`). */
export function score(node: NodeRoom, demand: PodDemand): number {
  let total = 0;
  for (const name of ['cpu', 'memory']) {
    const all = node.allocatable[name] ?? 0;
    const taken = (node.requested[name] ?? 0) + (demand.requests[name] ?? 0);
    if (all > 0) total += Math.max(0, all - taken) / all;
  }
  return total;
}

/** The sentence that `kubectl describe` shows for a pod that fits nowhere (`framework.FitError` and the preemption's). */
export function unschedulableMessage(
  nodeCount: number,
  misfits: readonly Misfit[],
): string {
  const head = `0/${nodeCount} nodes are available`;
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const reasons = histogram(misfits.flatMap(({ reasons: all }) => all));
  const preemption = histogram(
    misfits.map(({ resolvable }) =>
      resolvable
        ? 'No preemption victims found for incoming pod'
        : 'Preemption is not helpful for scheduling',
    ),
  );
  return `${head}: ${reasons}. no new claims to deallocate, preemption: ${head}: ${preemption}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons)
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}

/** Whether all taints that keep new pods away are tolerated. */
function toleratesAll(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): boolean {
  return taints
    .filter(
      taint => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute',
    )
    .every(taint =>
      tolerations.some(toleration => tolerates(toleration, taint)),
    );
}

/** One toleration against one taint (`k8s.io/component-helpers/scheduling/corev1`). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (
    Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
  );
}

function matchesNode(
  node: NodeRoom,
  { nodeSelector, affinityTerms }: PodDemand,
): boolean {
  return (
    Object.entries(nodeSelector).every(
      ([name, value]) => node.labels[name] === value,
    ) &&
    (!affinityTerms || matchesTerms(node, affinityTerms))
  );
}

/** Terms are alternatives; a term that says nothing matches nothing. */
function matchesTerms(
  node: NodeRoom,
  terms: readonly NodeSelectorTerm[],
): boolean {
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    const fields = { 'metadata.name': node.name };
    return (
      matchExpressions.every(expression =>
        matchesExpression(expression, node.labels),
      ) && matchFields.every(field => matchesExpression(field, fields))
    );
  });
}

function shortages(node: NodeRoom, requests: Resources): Misfit | undefined {
  const reasons: string[] = [];
  let resolvable = true;
  if ((node.requested.pods ?? 0) + 1 > (node.allocatable.pods ?? 0))
    reasons.push('Too many pods');
  for (const [name, wanted] of Object.entries(requests)) {
    const all = node.allocatable[name] ?? 0;
    if (wanted === 0 || wanted <= all - (node.requested[name] ?? 0) + 1e-9)
      continue;
    reasons.push(`Insufficient ${name}`);
    if (wanted > all) resolvable = false;
  }
  return reasons.length > 0 ? { reasons, resolvable } : undefined;
}
