import type { ClusterApi, StoredObject } from '../types';
import {
  byAge,
  envoyGatewayController,
  gatewayKinds,
  gatewaySpec,
} from './kinds';
import {
  listenerStates,
  type ListenerState,
  type ListenerSurroundings,
} from './listeners';
import { mergeSecurity, plainSecurity } from './mergedSecurity';
import {
  routeParents,
  type RouteParent,
  type RouteSurroundings,
} from './routes';
import {
  securityProblems,
  securitySpec,
  type EffectiveSecurity,
  type SecurityProblems,
  type SecuritySurroundings,
} from './security';
import {
  gatewayTerms,
  policyTerms,
  routeTerms,
  secretTerms,
  selectingTerms,
  serviceTerms,
  targetTerm,
} from './terms';
import { TermIndex, type GatewayViews, type KindView } from './view';

/** Security that applies to a rule of a route on a listener. */
export interface AppliedSecurity {
  security: EffectiveSecurity;
  problems: SecurityProblems;
  /** The policy that was merged into, when it was. */
  parent?: StoredObject;
}

/**
 * What the objects of the cluster mean for the gateway, answered from indexes: every question costs the same with one model and with
 * thousands. The controllers write it into statuses, the proxy acts on it.
 */
export class ControlPlane
  implements RouteSurroundings, ListenerSurroundings, SecuritySurroundings
{
  readonly views: GatewayViews;
  /** Routes by Gateway (`gateway:<key>`) and by backend (`backend:<term>`). */
  readonly routes = new TermIndex();
  /** SecurityPolicies by target, by what they may select (`selects:<kind>/<namespace>`), by Secret (`secret:<key>`), and by the Service that they ask (`service:<key>`). */
  readonly policies = new TermIndex();
  /** ClientTrafficPolicies by target, and by what they may select. */
  readonly clientPolicies = new TermIndex();
  /** BackendTrafficPolicies by target, and by what they may select. */
  readonly backendPolicies = new TermIndex();
  /** InferencePools by the Service of their endpoint picker. */
  readonly poolsByPicker = new TermIndex();
  /** Gateways by Secret and by class. */
  readonly gatewaysBy = new TermIndex();
  readonly #cluster: ClusterApi;
  readonly #listeners = new Map<string, ListenerState[]>();
  readonly #parents = new Map<string, RouteParent[]>();

  constructor(cluster: ClusterApi, views: GatewayViews) {
    this.#cluster = cluster;
    this.views = views;
    views.httpRoutes.onChange((key, route) =>
      this.routes.set(key, route ? routeTerms(route) : []),
    );
    views.securityPolicies.onChange((key, policy) =>
      this.policies.set(
        key,
        policy
          ? [
              ...policyTerms(policy),
              ...secretTerms(policy),
              ...serviceTerms(policy),
            ]
          : [],
      ),
    );
    views.clientTrafficPolicies.onChange((key, policy) =>
      this.clientPolicies.set(key, policy ? policyTerms(policy) : []),
    );
    views.backendTrafficPolicies.onChange((key, policy) =>
      this.backendPolicies.set(key, policy ? policyTerms(policy) : []),
    );
    views.inferencePools.onChange((key, pool) => {
      const picker: string | undefined = pool?.spec.endpointPickerRef?.name;
      this.poolsByPicker.set(
        key,
        picker ? [`${pool?.metadata.namespace}/${picker}`] : [],
      );
    });
    views.gateways.onChange((key, gateway) => {
      this.gatewaysBy.set(key, gateway ? gatewayTerms(gateway) : []);
      this.forgetListeners(key);
    });
  }

  secret(namespace: string, name: string): StoredObject | undefined {
    return this.#cluster.get(gatewayKinds.secrets, namespace, name);
  }

  namespace(name: string): StoredObject | undefined {
    return this.#cluster.get(gatewayKinds.namespaces, undefined, name);
  }

  grants(): Iterable<StoredObject> {
    return this.views.referenceGrants.all();
  }

  inferencePool(key: string): StoredObject | undefined {
    return this.views.inferencePools.get(key);
  }

  service(key: string): StoredObject | undefined {
    return this.views.services.get(key);
  }

  httpRouteFilter(key: string): StoredObject | undefined {
    return this.views.httpRouteFilters.get(key);
  }

  /** Whether a Gateway's class is Envoy Gateway's, and accepted (`reconcileGatewayClass`). */
  isOurs(gateway: StoredObject): boolean {
    const gatewayClass = this.views.gatewayClasses.get(
      gatewaySpec(gateway).gatewayClassName,
    );
    return (
      gatewayClass?.spec.controllerName === envoyGatewayController &&
      !gatewayClass.spec.parametersRef &&
      this.oldestClass() === gatewayClass
    );
  }

  /** Of several classes with Envoy Gateway's name, the one that it takes (`status.ReasonOlderGatewayClassExists`). */
  oldestClass(): StoredObject | undefined {
    return [...this.views.gatewayClasses.all()]
      .filter(({ spec }) => spec.controllerName === envoyGatewayController)
      .sort(byAge)[0];
  }

  listeners(gatewayKey: string): readonly ListenerState[] | undefined {
    const known = this.#listeners.get(gatewayKey);
    if (known) return known;
    const gateway = this.views.gateways.get(gatewayKey);
    if (!gateway || !this.isOurs(gateway)) return undefined;
    const states = listenerStates(gateway, this);
    this.#listeners.set(gatewayKey, states);
    return states;
  }

  /** Has the listeners of a Gateway looked at anew; of all Gateways, without a key. */
  forgetListeners(gatewayKey?: string): void {
    if (gatewayKey === undefined) this.#listeners.clear();
    else this.#listeners.delete(gatewayKey);
  }

  /** Reads a route anew and remembers the answer for `parents`. */
  refreshParents(routeKey: string): readonly RouteParent[] {
    const route = this.views.httpRoutes.get(routeKey);
    const parents = route ? routeParents(route, this) : [];
    if (parents.length > 0) this.#parents.set(routeKey, parents);
    else this.#parents.delete(routeKey);
    return parents;
  }

  /** A route at its Gateways, as it was last read. */
  parents(routeKey: string): readonly RouteParent[] {
    return this.#parents.get(routeKey) ?? this.refreshParents(routeKey);
  }

  /** SecurityPolicies that name this target, oldest first: the first one has it (`Conflicted` for the others). */
  policiesFor(term: string): StoredObject[] {
    return oldestFirst(this.policies.owners(term), key =>
      this.views.securityPolicies.get(key),
    );
  }

  /** The ClientTrafficPolicy of a listener: its own, else the Gateway's. */
  clientPolicyOf(
    gatewayKey: string,
    listener: string,
  ): StoredObject | undefined {
    const find = (section: string) =>
      oldestFirst(
        this.clientPolicies.owners(targetTerm('Gateway', gatewayKey, section)),
        key => this.views.clientTrafficPolicies.get(key),
      )[0];
    return find(listener) ?? find('');
  }

  /**
   * The ClientTrafficPolicy that a listener is served by. One that may select its Gateway comes first: the sandbox doesn't evaluate labels,
   * so that whatever it may be about is refused.
   */
  clientPolicyInForce(
    gatewayKey: string,
    listener: string,
  ): StoredObject | undefined {
    return (
      selecting(
        this.clientPolicies,
        this.views.clientTrafficPolicies,
        'Gateway',
        gatewayKey,
      ) ?? this.clientPolicyOf(gatewayKey, listener)
    );
  }

  /** Whether a BackendTrafficPolicy is about requests of a rule on a listener; what it asks for is not evaluated. */
  hasBackendPolicy(
    routeKey: string,
    ruleName: string | undefined,
    gatewayKey: string,
    listener: string,
  ): boolean {
    const index = this.backendPolicies;
    const terms = [
      targetTerm('HTTPRoute', routeKey),
      targetTerm('HTTPRoute', routeKey, ruleName),
      targetTerm('Gateway', gatewayKey),
      targetTerm('Gateway', gatewayKey, listener),
      ...selectingTerms('HTTPRoute', routeKey),
      ...selectingTerms('Gateway', gatewayKey),
    ];
    return terms.some(term => index.owners(term).size > 0);
  }

  /** The SecurityPolicy that may select an object, which is refused then (`targetSelectors` are not evaluated). */
  #selectingPolicy(kind: string, key: string): StoredObject | undefined {
    return selecting(this.policies, this.views.securityPolicies, kind, key);
  }

  /** Policy of a listener, else of its Gateway. */
  parentPolicy(gatewayKey: string, listener: string): StoredObject | undefined {
    return (
      this.#selectingPolicy('Gateway', gatewayKey) ??
      this.policiesFor(targetTerm('Gateway', gatewayKey, listener))[0] ??
      this.policiesFor(targetTerm('Gateway', gatewayKey))[0]
    );
  }

  /** A route's own policy on a listener, merged if it asks for that. */
  routeSecurity(
    policy: StoredObject,
    gatewayKey: string,
    listener: string,
  ): AppliedSecurity {
    const parent =
      securitySpec(policy).mergeType && this.parentPolicy(gatewayKey, listener);
    const security = parent
      ? mergeSecurity(policy, parent)
      : plainSecurity(policy);
    return {
      security,
      problems: securityProblems(security, this),
      parent: parent || undefined,
    };
  }

  /**
   * Security of a rule on a listener: the policy of the rule, of the route, of the listener, of the Gateway: the first there is
   * (Envoy Gateway v1.8.1, ProcessSecurityPolicies: "most specific scope wins").
   */
  securityFor(
    routeKey: string,
    ruleName: string | undefined,
    gatewayKey: string,
    listener: string,
  ) {
    const own =
      this.#selectingPolicy('HTTPRoute', routeKey) ??
      ((ruleName &&
        this.policiesFor(targetTerm('HTTPRoute', routeKey, ruleName))[0]) ||
        this.policiesFor(targetTerm('HTTPRoute', routeKey))[0]);
    if (own) return this.routeSecurity(own, gatewayKey, listener);
    const parent = this.parentPolicy(gatewayKey, listener);
    if (!parent) return undefined;
    const security = plainSecurity(parent);
    return { security, problems: securityProblems(security, this) };
  }
}

function oldestFirst(
  keys: ReadonlySet<string>,
  get: (key: string) => StoredObject | undefined,
): StoredObject[] {
  const found: StoredObject[] = [];
  for (const key of keys) {
    const object = get(key);
    if (object) found.push(object);
  }
  return found.length > 1 ? found.sort(byAge) : found;
}

/** The oldest of the policies that may select an object of this kind and key. */
function selecting(
  index: TermIndex,
  view: KindView,
  kind: string,
  key: string,
): StoredObject | undefined {
  const [near, everywhere] = selectingTerms(kind, key).map(term =>
    index.owners(term),
  );
  if (near.size === 0 && everywhere.size === 0) return undefined;
  return oldestFirst(new Set([...near, ...everywhere]), policyKey =>
    view.get(policyKey),
  )[0];
}
