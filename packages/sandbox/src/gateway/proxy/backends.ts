import type { StoredObject } from '../../types';
import type { ModelServer } from '../../world/modelServers';
import { backendProblem } from '../backendProblem';
import { groups, type BackendRef } from '../kinds';
import { podIsReady } from '../view';
import type { ProxyContext } from './gatewayConfig';
import { localReplies, notEvaluated, type LocalReply } from './localReply';
import type { RouteEntry } from './routingTable';

/** Where a request goes, or what it is answered instead. */
export type Destination = { server: ModelServer } | { reply: LocalReply };

/** The endpoint picker's answer when no pod of the pool is ready (gateway-api-inference-extension v1.0.2, `pkg/epp`). */
const noCandidates: LocalReply = {
  status: 503,
  body: 'inference gateway: ServiceUnavailable - failed to find candidate pods for serving the request',
};

function readyPods(
  { pods }: ProxyContext,
  namespace: string,
  labels: Record<string, string>,
): StoredObject[] {
  return pods
    .select(namespace, labels)
    .filter(podIsReady)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

let turn = 0;

/** The next of the pods in turn, as a model server that accepts connections. */
function serverOf(
  { modelServers }: ProxyContext,
  pods: readonly StoredObject[],
): Destination {
  turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
  const ip: string | undefined = pods[turn % pods.length].status?.podIP;
  const server = ip === undefined ? undefined : modelServers.get(ip);
  return server?.ready ? { server } : { reply: localReplies.connectionRefused };
}

/**
 * A pool is reached through its endpoint picker. A picker that can't be reached fails the request (`FailClose`, the default).
 *
 * Source: gateway-api-inference-extension v1.0.2; an ext_proc that can't be reached was measured on Envoy 1.40.0: 500 without a body.
 */
function fromPool(context: ProxyContext, pool: StoredObject): Destination {
  const namespace = pool.metadata.namespace ?? '';
  const { selector, endpointPickerRef } = pool.spec;
  const picker = context.plane.service(
    `${namespace}/${endpointPickerRef?.name}`,
  );
  const pickers = picker
    ? readyPods(context, namespace, picker.spec.selector ?? {})
    : [];
  if (pickers.length === 0) {
    return endpointPickerRef?.failureMode === 'FailOpen'
      ? {
          reply: notEvaluated(
            'endpointPickerRef.failureMode FailOpen while the picker is away',
          ),
        }
      : { reply: localReplies.internalError };
  }
  const pods = readyPods(context, namespace, selector?.matchLabels ?? {});
  return pods.length === 0 ? { reply: noCandidates } : serverOf(context, pods);
}

function fromService(
  context: ProxyContext,
  service: StoredObject,
): Destination {
  const pods = readyPods(
    context,
    service.metadata.namespace ?? '',
    service.spec.selector ?? {},
  );
  return pods.length === 0
    ? { reply: localReplies.noHealthyUpstream }
    : serverOf(context, pods);
}

/** One of several backends, by weight, in turn. */
function choose(refs: readonly BackendRef[]): BackendRef | undefined {
  const weighted = refs.filter(({ weight = 1 }) => weight > 0);
  const total = weighted.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let point = total === 0 ? 0 : ++turn % total;
  for (const ref of weighted) {
    point -= ref.weight ?? 1;
    if (point < 0) return ref;
  }
  return undefined;
}

/** The model server that a rule leads to. A backend that can't be resolved answers 500 (Gateway API, `backendRefs`). */
export function destinationOf(
  context: ProxyContext,
  { rule, route }: RouteEntry,
): Destination {
  const namespace = route.metadata.namespace ?? '';
  const ref = choose(rule.backendRefs ?? []);
  if (!ref || backendProblem(ref, namespace, context.plane))
    return { reply: localReplies.internalError };
  const key = `${ref.namespace ?? namespace}/${ref.name}`;
  const pool =
    ref.group === groups.inference
      ? context.plane.inferencePool(key)
      : undefined;
  if (pool) return fromPool(context, pool);
  const service = context.plane.service(key);
  return service
    ? fromService(context, service)
    : { reply: localReplies.internalError };
}
