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

/** A port of a pod. */
interface Endpoint {
  pod: StoredObject;
  port: number;
}

/** The next of the endpoints in turn, as a model server that accepts connections there. */
function serverOf(
  { modelServers }: ProxyContext,
  endpoints: readonly Endpoint[],
): Destination {
  turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
  const { pod, port } = endpoints[turn % endpoints.length];
  const ip: string | undefined = pod.status?.podIP;
  const server = ip === undefined ? undefined : modelServers.get(ip);
  return server?.ready && server.port === port
    ? { server }
    : { reply: localReplies.connectionRefused };
}

/** A TCP port of a Service, as its spec has it. */
function tcpPort(
  service: StoredObject | undefined,
  port: number | undefined,
): { targetPort?: number | string } | undefined {
  const ports: {
    port: number;
    protocol?: string;
    targetPort?: number | string;
  }[] = service?.spec.ports ?? [];
  return ports.find(
    each => each.port === port && (each.protocol ?? 'TCP') === 'TCP',
  );
}

/** Where the AI gateway asks a picker whose pool doesn't say (`portForInferencePool`, Envoy AI Gateway v1.0.0). */
const defaultPickerPort = 9002;

/**
 * A pool is reached through its endpoint picker. A picker that can't be reached fails the request (`FailClose`, the default).
 *
 * Source: gateway-api-inference-extension v1.0.2; an ext_proc that can't be reached was measured on Envoy 1.40.0: 500 without a body.
 */
function fromPool(context: ProxyContext, pool: StoredObject): Destination {
  const namespace = pool.metadata.namespace ?? '';
  const { selector, endpointPickerRef, targetPorts } = pool.spec;
  const picker = context.plane.service(
    `${namespace}/${endpointPickerRef?.name}`,
  );
  const port = endpointPickerRef?.port?.number ?? defaultPickerPort;
  const pickers =
    picker && tcpPort(picker, port)
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
  if (pods.length === 0) return { reply: noCandidates };
  return serverOf(
    context,
    pods.map(pod => ({ pod, port: targetPorts?.[0]?.number })),
  );
}

/** The port of a pod that a Service's port leads to; a name stands for the container port that has it. */
function targetPortOf(
  pod: StoredObject,
  target: number | string,
): number | undefined {
  if (typeof target === 'number') return target;
  const containers: { ports?: { name?: string; containerPort: number }[] }[] =
    pod.spec.containers ?? [];
  return containers
    .flatMap(({ ports = [] }) => ports)
    .find(({ name }) => name === target)?.containerPort;
}

function fromService(
  context: ProxyContext,
  service: StoredObject,
  port: number | undefined,
): Destination {
  const target = tcpPort(service, port)?.targetPort ?? port;
  const pods = readyPods(
    context,
    service.metadata.namespace ?? '',
    service.spec.selector ?? {},
  );
  const endpoints = pods.flatMap((pod): Endpoint[] => {
    const found = target === undefined ? undefined : targetPortOf(pod, target);
    return found === undefined ? [] : [{ pod, port: found }];
  });
  return endpoints.length === 0
    ? { reply: localReplies.noHealthyUpstream }
    : serverOf(context, endpoints);
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
    ? fromService(context, service, ref.port)
    : { reply: localReplies.internalError };
}
