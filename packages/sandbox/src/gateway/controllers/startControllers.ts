import type { StoredObject } from '../../types';
import type { Loop } from '../../world/loop';
import { reconcileAiGatewayRoute } from './aiGatewayRoutes';
import { reconcileBackendTrafficPolicy } from './backendTrafficPolicies';
import { reconcileClientTrafficPolicy } from './clientTrafficPolicies';
import type { ControllerContext } from './context';
import { reconcileGateway, reconcileGatewayClass } from './gateways';
import { reconcileHttpRoute } from './httpRoutes';
import { poolTerm, reconcileInferencePool } from './inferencePools';
import { reconcileSecurityPolicy } from './securityPolicies';
import { Triggers, type Queues } from './triggers';

/** Called after a route was read anew, so that the proxy serves what the status says, and at once when it is gone. */
export type RouteListener = (routeKey: string) => void;

function openQueues(
  context: ControllerContext,
  loop: Loop,
  onRoute: RouteListener,
): Queues {
  const queue = (
    name: string,
    reconcile: (context: ControllerContext, key: string) => void,
  ) => loop.queue(`gateway: ${name}`, key => reconcile(context, key));
  return {
    classes: queue('GatewayClass', reconcileGatewayClass),
    gateways: queue('Gateway', reconcileGateway),
    aiRoutes: queue('AIGatewayRoute', reconcileAiGatewayRoute),
    routes: queue('HTTPRoute', (_, key) => {
      // A status that can't be written must not keep a change of the route from the proxy.
      try {
        reconcileHttpRoute(context, key);
      } finally {
        onRoute(key);
      }
    }),
    policies: queue('SecurityPolicy', reconcileSecurityPolicy),
    clientPolicies: queue('ClientTrafficPolicy', reconcileClientTrafficPolicy),
    backendPolicies: queue(
      'BackendTrafficPolicy',
      reconcileBackendTrafficPolicy,
    ),
    pools: queue('InferencePool', reconcileInferencePool),
  };
}

/** Whether a change is about more than what controllers write about the object: its status and bookkeeping. */
function meaningful(
  now: StoredObject | undefined,
  before: StoredObject | undefined,
): boolean {
  if (!now || !before) return true;
  return (
    now.metadata.generation !== before.metadata.generation ||
    now.metadata.generation === undefined ||
    now.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    JSON.stringify([
      now.metadata.labels,
      now.metadata.annotations,
      now.metadata.finalizers,
    ]) !==
      JSON.stringify([
        before.metadata.labels,
        before.metadata.annotations,
        before.metadata.finalizers,
      ])
  );
}

/**
 * Connects changes of objects with the controllers. Changes that only a status shows call nobody, so that a quiet cluster stays quiet.
 */
export function startControllers(
  context: ControllerContext,
  loop: Loop,
  onRoute: RouteListener,
): void {
  const queues = openQueues(context, loop, onRoute);
  const triggers = new Triggers(context, queues);
  const { views } = context.plane;

  views.gatewayClasses.onChange((key, now, before) => {
    if (!meaningful(now, before)) return;
    context.plane.forgetListeners();
    for (const other of views.gatewayClasses.keys()) queues.classes.add(other);
    for (const gateway of context.plane.gatewaysBy.owners(`class:${key}`))
      triggers.gateway(gateway);
  });
  views.gateways.onChange((key, now, before) => {
    if (meaningful(now, before)) triggers.gateway(key);
  });
  views.aiGatewayRoutes.onChange((key, now, before) => {
    if (meaningful(now, before)) queues.aiRoutes.add(key);
  });
  views.httpRoutes.onChange((key, now, before) => {
    // Policies are looked up as they are: a route must not outlive its own until the loop comes to it.
    if (!now) onRoute(key);
    if (!meaningful(now, before)) return;
    triggers.route(key, before, now);
    if (views.aiGatewayRoutes.get(key)) queues.aiRoutes.add(key);
  });
  views.httpRouteFilters.onChange((key, now, before) => {
    if (!meaningful(now, before)) return;
    for (const routeKey of context.plane.routes.owners(`filter:${key}`)) {
      queues.routes.add(routeKey);
      if (!now && views.aiGatewayRoutes.get(routeKey))
        queues.aiRoutes.add(routeKey);
    }
  });
  views.securityPolicies.onChange((key, now, before) => {
    if (meaningful(now, before)) triggers.policyChanged(key, now, before);
  });
  views.clientTrafficPolicies.onChange((_key, now, before) => {
    if (!meaningful(now, before)) return;
    for (const other of views.clientTrafficPolicies.keys())
      queues.clientPolicies.add(other);
  });
  views.backendTrafficPolicies.onChange((key, now, before) => {
    if (now && meaningful(now, before)) queues.backendPolicies.add(key);
  });
  views.inferencePools.onChange((key, now, before) => {
    if (!meaningful(now, before)) return;
    queues.pools.add(key);
    triggers.backend(poolTerm(key));
  });
  views.services.onChange((key, now, before) => {
    if (
      now &&
      before &&
      now.metadata.generation === before.metadata.generation &&
      before.spec === now.spec
    )
      return;
    triggers.backend(`/Service/${key}`);
    triggers.service(key);
    for (const pool of context.plane.poolsByPicker.owners(key))
      queues.pools.add(pool);
  });
  views.referenceGrants.onChange((_key, now, before) => {
    if (meaningful(now, before)) triggers.grant();
  });
  views.secrets.onChange((key, now, before) => {
    if (JSON.stringify(now?.data) !== JSON.stringify(before?.data))
      triggers.secret(key);
  });
  views.namespaces.onChange((key, now, before) => {
    if (!meaningful(now, before)) return;
    for (const routeKey of views.httpRoutes.keys()) {
      if (routeKey.startsWith(`${key}/`)) triggers.route(routeKey);
    }
  });
}
