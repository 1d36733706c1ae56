import type { ResourceId, StoredObject } from '../types';

const id = (group: string, plural: string): ResourceId => ({ group, plural });

const gatewayApi = 'gateway.networking.k8s.io';
const envoyGateway = 'gateway.envoyproxy.io';
const aiGateway = 'aigateway.envoyproxy.io';
const inference = 'inference.networking.k8s.io';

/** API groups that references name. */
export const groups = {
  gatewayApi,
  envoyGateway,
  aiGateway,
  inference,
} as const;

/** The kinds that the gateway's controllers and its proxy read or write. */
export const gatewayKinds = {
  gatewayClasses: id(gatewayApi, 'gatewayclasses'),
  gateways: id(gatewayApi, 'gateways'),
  httpRoutes: id(gatewayApi, 'httproutes'),
  referenceGrants: id(gatewayApi, 'referencegrants'),
  securityPolicies: id(envoyGateway, 'securitypolicies'),
  clientTrafficPolicies: id(envoyGateway, 'clienttrafficpolicies'),
  backendTrafficPolicies: id(envoyGateway, 'backendtrafficpolicies'),
  httpRouteFilters: id(envoyGateway, 'httproutefilters'),
  aiGatewayRoutes: id(aiGateway, 'aigatewayroutes'),
  aiServiceBackends: id(aiGateway, 'aiservicebackends'),
  inferencePools: id(inference, 'inferencepools'),
  customResourceDefinitions: id(
    'apiextensions.k8s.io',
    'customresourcedefinitions',
  ),
  namespaces: id('', 'namespaces'),
  pods: id('', 'pods'),
  secrets: id('', 'secrets'),
  services: id('', 'services'),
} as const;

/** Name of Envoy Gateway in statuses (`api/v1alpha1/shared_types.go`, v1.8.1). */
export const envoyGatewayController =
  'gateway.envoyproxy.io/gatewayclass-controller';

/** `group/Kind/namespace/name` of another object, with the kind's own defaults filled in by the caller. */
export interface ObjectReference {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
}

/** Reference from a route to a Gateway or one of its listeners. */
export interface ParentRef extends ObjectReference {
  sectionName?: string;
  port?: number;
}

/** A listener as the Gateway's spec has it. */
export interface ListenerSpec {
  name: string;
  hostname?: string;
  port: number;
  protocol: string;
  tls?: { mode?: string; certificateRefs?: ObjectReference[] };
  allowedRoutes?: {
    namespaces?: { from?: string; selector?: Record<string, unknown> };
    kinds?: { group?: string; kind: string }[];
  };
}

/** `spec` of a Gateway. */
export interface GatewaySpec {
  gatewayClassName: string;
  listeners: ListenerSpec[];
  tls?: unknown;
  infrastructure?: { parametersRef?: unknown };
}

/** A header that a request must have. */
export interface HeaderMatch {
  type?: 'Exact' | 'RegularExpression';
  name: string;
  value: string;
}

/** One way to match a rule. */
export interface RouteMatch {
  path?: {
    type?: 'Exact' | 'PathPrefix' | 'RegularExpression';
    value?: string;
  };
  headers?: HeaderMatch[];
  queryParams?: unknown[];
  method?: string;
}

/** Where a rule sends requests. */
export interface BackendRef extends ObjectReference {
  port?: number;
  weight?: number;
  filters?: unknown[];
}

/** A rule of an HTTPRoute. */
export interface HttpRouteRule {
  name?: string;
  matches?: RouteMatch[];
  filters?: { type: string; extensionRef?: ObjectReference }[];
  backendRefs?: BackendRef[];
  timeouts?: { request?: string; backendRequest?: string };
}

/** `spec` of an HTTPRoute. */
export interface HttpRouteSpec {
  parentRefs?: ParentRef[];
  hostnames?: string[];
  rules?: HttpRouteRule[];
}

/** `spec` of an AIGatewayRoute. */
export interface AiGatewayRouteSpec {
  parentRefs?: ParentRef[];
  hostnames?: string[];
  rules: {
    name?: string;
    matches?: { headers?: HeaderMatch[] }[];
    backendRefs?: (BackendRef & { priority?: number })[];
    timeouts?: { request?: string; backendRequest?: string };
    modelsOwnedBy?: string;
    modelsCreatedAt?: string;
  }[];
}

/** Key of an object: `namespace/name`, or the name of one without a namespace. */
export function keyOf(object: StoredObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The object with this key. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Order in which Envoy Gateway takes objects: oldest first, then by name (`internal/provider/kubernetes`, v1.8.1). */
export function byAge(a: StoredObject, b: StoredObject): number {
  const [left, right] = [a, b].map(
    object => `${object.metadata.creationTimestamp} ${keyOf(object)}`,
  );
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The spec of a kind whose schema the API server has checked. */
export const gatewaySpec = (object: StoredObject): GatewaySpec => object.spec;
export const httpRouteSpec = (object: StoredObject): HttpRouteSpec =>
  object.spec ?? {};
export const aiGatewayRouteSpec = (object: StoredObject): AiGatewayRouteSpec =>
  object.spec;
