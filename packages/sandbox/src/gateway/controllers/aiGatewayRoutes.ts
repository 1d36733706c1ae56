import type { StoredObject } from '../../types';
import { controllerReference } from '../../world/kinds';
import {
  renderFilters,
  renderHttpRoute,
  RouteRefusal,
  type RenderedRoute,
} from '../aiGatewayRoutes';
import { covers } from '../compare';
import { aiGatewayRouteSpec, gatewayKinds, groups, keyOf } from '../kinds';
import { gatewayKeyOf } from '../routes';
import { condition, dated, timestamp } from '../statusConditions';
import { aiGateway, writeStatus, type ControllerContext } from './context';

const finalizer = 'aigateway.envoyproxy.io/finalizer';

function ensureFilters(
  { cluster, plane }: ControllerContext,
  route: StoredObject,
): void {
  const { namespace } = route.metadata;
  for (const filter of renderFilters(route)) {
    const { name }: { name: string } = Object(filter.metadata);
    if (!plane.httpRouteFilter(`${namespace}/${name}`)) {
      cluster.create(gatewayKinds.httpRouteFilters, filter, aiGateway);
    }
  }
}

function ensureHttpRoute(
  { cluster, plane }: ControllerContext,
  route: StoredObject,
  wanted: RenderedRoute,
): void {
  const { namespace, name } = route.metadata;
  const live = plane.views.httpRoutes.get(keyOf(route));
  if (!live) {
    cluster.create(
      gatewayKinds.httpRoutes,
      {
        apiVersion: `${groups.gatewayApi}/v1`,
        kind: 'HTTPRoute',
        metadata: {
          name,
          namespace,
          labels: wanted.labels,
          annotations: wanted.annotations,
          ownerReferences: [controllerReference(route)],
        },
        spec: wanted.spec,
      },
      aiGateway,
    );
    return;
  }
  const { labels, annotations } = live.metadata;
  const settled =
    covers(labels, wanted.labels) &&
    covers(annotations, wanted.annotations) &&
    covers(live.spec, wanted.spec) &&
    covers(Object.keys(wanted.spec).sort(), Object.keys(live.spec).sort());
  if (settled) return;
  // Labels and annotations are added, never taken away, as the real controller does.
  cluster.update(gatewayKinds.httpRoutes, namespace, name, aiGateway, draft => {
    draft.metadata.labels = { ...draft.metadata.labels, ...wanted.labels };
    draft.metadata.annotations = {
      ...draft.metadata.annotations,
      ...wanted.annotations,
    };
    draft.spec = wanted.spec;
  });
}

function checkGateways(
  { plane }: ControllerContext,
  route: StoredObject,
): void {
  for (const ref of aiGatewayRouteSpec(route).parentRefs ?? []) {
    const key = gatewayKeyOf(ref, route.metadata.namespace ?? '');
    if (!plane.views.gateways.get(key)) {
      const name = JSON.stringify(ref.name);
      throw new RouteRefusal(
        `failed to sync gw pods: gateway ${key} not found: Gateway.gateway.networking.k8s.io ${name} not found`,
      );
    }
  }
}

/**
 * Turns an AIGatewayRoute into an HTTPRoute of the same name and two HTTPRouteFilters, and says how that went.
 *
 * Source: Envoy AI Gateway v1.0.0, `internal/controller/ai_gateway_route.go` and `controller.go` (handleFinalizer, newConditions): one
 * condition at a time, `Accepted=True` or `NotAccepted=False`, without a generation.
 */
export function reconcileAiGatewayRoute(
  context: ControllerContext,
  key: string,
): void {
  const route = context.plane.views.aiGatewayRoutes.get(key);
  if (!route) return;
  const { cluster } = context;
  const {
    namespace,
    name,
    finalizers = [],
    deletionTimestamp,
  } = route.metadata;
  if (deletionTimestamp) {
    if (finalizers.includes(finalizer)) {
      cluster.update(
        gatewayKinds.aiGatewayRoutes,
        namespace,
        name,
        aiGateway,
        draft => {
          draft.metadata.finalizers = draft.metadata.finalizers?.filter(
            other => other !== finalizer,
          );
        },
      );
    }
    return;
  }
  if (!finalizers.includes(finalizer)) {
    cluster.update(
      gatewayKinds.aiGatewayRoutes,
      namespace,
      name,
      aiGateway,
      draft => {
        draft.metadata.finalizers = [
          ...(draft.metadata.finalizers ?? []),
          finalizer,
        ];
      },
    );
  }
  let outcome = condition(
    'Accepted',
    true,
    'ReconciliationSucceeded',
    'AI Gateway Route reconciled successfully',
  );
  try {
    ensureFilters(context, route);
    ensureHttpRoute(context, route, renderHttpRoute(route));
    checkGateways(context, route);
  } catch (error) {
    if (!(error instanceof RouteRefusal)) throw error;
    outcome = condition(
      'NotAccepted',
      false,
      'ReconciliationFailed',
      error.message,
    );
  }
  writeStatus(context, gatewayKinds.aiGatewayRoutes, route, aiGateway, old => ({
    ...old,
    conditions: dated(
      [outcome],
      old?.conditions,
      undefined,
      timestamp(context.clock.now()),
    ).map(({ observedGeneration: _none, ...rest }) => rest),
  }));
}
