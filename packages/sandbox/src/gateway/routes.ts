import type { StoredObject } from '../types';
import { httpRouteSpec, type BackendRef, type ParentRef } from './kinds';
import {
  allowsRoutesFrom,
  commonHostnames,
  type ListenerState,
} from './listeners';
import { ruleConditions, type RuleSurroundings } from './rules';
import { condition, type NewCondition } from './statusConditions';

/** What HTTPRoutes refer to, above and below. */
export interface RouteSurroundings extends RuleSurroundings {
  /** Listeners of a Gateway of ours, or nothing if there is none of that name. */
  listeners(gatewayKey: string): readonly ListenerState[] | undefined;
  namespace(name: string): StoredObject | undefined;
}

/** A route at one of its parents. */
export interface RouteParent {
  ref: ParentRef;
  gatewayKey: string;
  conditions: NewCondition[];
  /** Where it is served: not when it isn't accepted. */
  served: { listener: ListenerState; hosts: string[] }[];
  /** Listeners that count it as attached (`IncrementAttachedRoutes`: ready or not, accepted by them and with a hostname in common). */
  attached: ListenerState[];
}

/** Key of the Gateway that a parentRef names. */
export function gatewayKeyOf(ref: ParentRef, routeNamespace: string): string {
  return `${ref.namespace ?? routeNamespace}/${ref.name}`;
}

/** `group/Kind/namespace/name` of a backend. */
export function backendTerm(ref: BackendRef, routeNamespace: string): string {
  return `${ref.group ?? ''}/${ref.kind ?? 'Service'}/${
    ref.namespace ?? routeNamespace
  }/${ref.name}`;
}

const notAccepted = (reason: string, message: string) =>
  condition('Accepted', false, reason, message);

/** Acceptance by the listeners that a parentRef selects (`processAllowedListenersForParentRefs`, `processHTTPRouteParentRefListener`). */
function attach(
  route: StoredObject,
  ref: ParentRef,
  listeners: readonly ListenerState[],
  around: RouteSurroundings,
): {
  acceptance: NewCondition;
  attached: ListenerState[];
  served: RouteParent['served'];
} {
  const selected = listeners.filter(
    ({ spec }) =>
      (ref.sectionName === undefined || ref.sectionName === spec.name) &&
      (ref.port === undefined || ref.port === spec.port),
  );
  const namespace = around.namespace(route.metadata.namespace ?? '');
  const allowed = selected.filter(listener =>
    allowsRoutesFrom(listener, namespace),
  );
  const withHosts = allowed
    .map(listener => ({
      listener,
      hosts: commonHostnames(
        listener.spec.hostname,
        httpRouteSpec(route).hostnames,
      ),
    }))
    .filter(({ hosts }) => hosts.length > 0);
  const attached = withHosts.map(({ listener }) => listener);
  const refused = (reason: string, message: string) => ({
    acceptance: notAccepted(reason, message),
    attached,
    served: [],
  });
  if (selected.length === 0)
    return refused('NoMatchingParent', 'No listeners match this parent ref');
  if (allowed.length === 0) {
    return refused(
      'NotAllowedByListeners',
      'No listeners included by this parent ref allowed this attachment.',
    );
  }
  if (withHosts.length === 0) {
    return refused(
      'NoMatchingListenerHostname',
      "There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s).",
    );
  }
  if (!allowed.some(({ ready }) => ready)) {
    return refused(
      'NoReadyListeners',
      'There are no ready listeners for this parent ref',
    );
  }
  return {
    acceptance: condition('Accepted', true, 'Accepted', 'Route is accepted'),
    attached,
    served: withHosts.filter(({ listener }) => listener.ready),
  };
}

/**
 * An HTTPRoute at each Gateway of ours that it names; Gateways that don't exist or aren't ours leave no trace in its status.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/route.go`.
 */
export function routeParents(
  route: StoredObject,
  around: RouteSurroundings,
): RouteParent[] {
  const namespace = route.metadata.namespace ?? '';
  const rules = ruleConditions(route, around);
  return (httpRouteSpec(route).parentRefs ?? []).flatMap(
    (ref): RouteParent[] => {
      const gatewayKey = gatewayKeyOf(ref, namespace);
      const listeners = around.listeners(gatewayKey);
      if (!listeners || (ref.kind ?? 'Gateway') !== 'Gateway') return [];
      const { acceptance, attached, served } = attach(
        route,
        ref,
        listeners,
        around,
      );
      const ruleRefusal = rules.find(
        ({ type, status }) => type === 'Accepted' && status === 'False',
      );
      return [
        {
          ref,
          gatewayKey,
          conditions: [
            acceptance.status === 'False'
              ? acceptance
              : ruleRefusal ?? acceptance,
            ...rules.filter(({ type }) => type !== 'Accepted'),
          ],
          attached,
          served,
        },
      ];
    },
  );
}
