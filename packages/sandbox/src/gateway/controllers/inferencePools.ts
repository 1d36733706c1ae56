import type { StoredObject } from '../../types';
import {
  aiGatewayRouteSpec,
  gatewayKinds,
  groups,
  httpRouteSpec,
  keyOf,
  type ParentRef,
} from '../kinds';
import { gatewayKeyOf } from '../routes';
import {
  condition,
  dated,
  timestamp,
  type StatusCondition,
} from '../statusConditions';
import { aiGateway, writeStatus, type ControllerContext } from './context';

interface PoolParent {
  parentRef: { group: string; kind: string; name: string; namespace: string };
  conditions: StatusCondition[];
}

/** Existing Gateways whose routes, in the pool's namespace, lead to the pool. */
function referencedGateways(
  { plane }: ControllerContext,
  pool: StoredObject,
): string[] {
  const namespace = pool.metadata.namespace ?? '';
  const { views } = plane;
  const keys = new Set<string>();
  const collect = (refs: ParentRef[] | undefined) => {
    for (const ref of refs ?? []) {
      const key = gatewayKeyOf(ref, namespace);
      if (views.gateways.get(key)) keys.add(key);
    }
  };
  for (const routeKey of plane.routes.owners(
    `backend:${poolTerm(keyOf(pool))}`,
  )) {
    const route = views.httpRoutes.get(routeKey);
    if (route?.metadata.namespace !== namespace) continue;
    collect(httpRouteSpec(route).parentRefs);
    const source = views.aiGatewayRoutes.get(routeKey);
    if (source) collect(aiGatewayRouteSpec(source).parentRefs);
  }
  return [...keys].sort();
}

/** The pool as routes name it. */
export function poolTerm(poolKey: string): string {
  return `${groups.inference}/InferencePool/${poolKey}`;
}

/**
 * Writes which Gateways lead to a pool and whether its endpoint picker is there. A pool that no route names has no parents.
 *
 * Source: Envoy AI Gateway v1.0.0, `internal/controller/inference_pool.go`; wording included.
 */
export function reconcileInferencePool(
  context: ControllerContext,
  key: string,
): void {
  const { plane } = context;
  const pool = plane.inferencePool(key);
  if (!pool) return;
  const { namespace, generation } = pool.metadata;
  const picker: string = pool.spec.endpointPickerRef?.name ?? '';
  const missing =
    plane.service(`${namespace}/${picker}`) === undefined
      ? `ExtensionReference service ${picker} not found in namespace ${namespace}`
      : undefined;
  const reason = missing ? 'NotAccepted' : 'Accepted';
  const conditions = [
    condition(
      'Accepted',
      !missing,
      reason,
      `InferencePool has been ${reason} by controller ai-gateway-controller: ${
        missing ?? 'InferencePool reconciled successfully'
      }`,
    ),
    condition(
      'ResolvedRefs',
      !missing,
      'ResolvedRefs',
      `Reference resolution by controller ai-gateway-controller: ${
        missing ?? 'All references resolved successfully'
      }`,
    ),
  ];
  const gateways = referencedGateways(context, pool);
  if (gateways.length === 0 && !pool.status?.parents?.length) return;
  const now = timestamp(context.clock.now());
  writeStatus(context, gatewayKinds.inferencePools, pool, aiGateway, old => {
    const before: PoolParent[] = old?.parents ?? [];
    return {
      ...old,
      parents: gateways.map(gatewayKey => {
        const [gatewayNamespace, name] = gatewayKey.split('/');
        const mine = before.find(
          ({ parentRef }) =>
            parentRef.name === name && parentRef.namespace === gatewayNamespace,
        );
        return {
          parentRef: {
            group: groups.gatewayApi,
            kind: 'Gateway',
            name,
            namespace: gatewayNamespace,
          },
          conditions: dated(conditions, mine?.conditions, generation, now),
        };
      }),
    };
  });
}
