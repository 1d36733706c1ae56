import type { StoredObject } from '../types';
import { controllerReference } from '../world/kinds';
import {
  aiGatewayRouteSpec,
  groups,
  type BackendRef,
  type HttpRouteRule,
} from './kinds';

/** Marks HTTPRoutes that an AIGatewayRoute stands behind; only these go through the AI gateway (`internalapi.go`). */
export const aiGeneratedAnnotation =
  'gateway.envoyproxy.io/ai-gateway-generated';
const priorityAnnotation = 'gateway.envoyproxy.io/backend-ref-priority';

/** What a request is answered whose model no route names (`generateHTTPRouteFilters`). */
export const routeNotFoundText =
  'No matching route found. It is likely because the model specified in your request is not configured in the Gateway.';

const hostRewrite = (route: StoredObject) =>
  `ai-eg-host-rewrite-${route.metadata.name}`;
const routeNotFound = (route: StoredObject) =>
  `ai-eg-route-not-found-response-${route.metadata.name}`;

const isPool = ({ group, kind }: BackendRef) =>
  group === groups.inference && kind === 'InferencePool';

/** The two HTTPRouteFilters of an AIGatewayRoute. */
export function renderFilters(route: StoredObject): Record<string, unknown>[] {
  const filter = (name: string, spec: unknown) => ({
    apiVersion: `${groups.envoyGateway}/v1alpha1`,
    kind: 'HTTPRouteFilter',
    metadata: {
      name,
      namespace: route.metadata.namespace,
      ownerReferences: [controllerReference(route)],
    },
    spec,
  });
  return [
    filter(hostRewrite(route), {
      urlRewrite: { hostname: { type: 'Backend' } },
    }),
    filter(routeNotFound(route), {
      directResponse: {
        statusCode: 404,
        body: { type: 'Inline', inline: routeNotFoundText },
      },
    }),
  ];
}

function extension(name: string) {
  return {
    type: 'ExtensionRef',
    extensionRef: { group: groups.envoyGateway, kind: 'HTTPRouteFilter', name },
  };
}

const wholePath = { type: 'PathPrefix', value: '/' } as const;

/** Why an AIGatewayRoute can't be turned into an HTTPRoute here. */
export class RouteRefusal extends Error {}

function renderRule(
  route: StoredObject,
  rule: ReturnType<typeof aiGatewayRouteSpec>['rules'][number],
): HttpRouteRule {
  const backendRefs = (rule.backendRefs ?? []).map(ref => {
    if (!isPool(ref)) {
      throw new RouteRefusal(
        `Not evaluated: the sandbox's AI gateway serves InferencePools only, not the AIServiceBackend ${ref.name}`,
      );
    }
    return {
      group: ref.group,
      kind: ref.kind,
      name: ref.name,
      namespace: route.metadata.namespace,
      weight: ref.weight ?? 1,
    };
  });
  return {
    backendRefs,
    matches: (rule.matches ?? []).map(({ headers }) => ({
      headers,
      path: wholePath,
    })),
    filters: [extension(hostRewrite(route))],
    timeouts: { ...rule.timeouts, request: rule.timeouts?.request ?? '60s' },
  };
}

/** The parts of the HTTPRoute that an AIGatewayRoute decides. */
export interface RenderedRoute {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: Record<string, unknown>;
}

/**
 * The HTTPRoute of the same name: its rules with the path `/`, and a last one that answers 404 to everything else.
 *
 * Source: Envoy AI Gateway v1.0.0, `internal/controller/ai_gateway_route.go` (newHTTPRoute); `facts/upstream-kinds.md` §6.
 *
 * @throws RouteRefusal for what the sandbox doesn't serve.
 */
export function renderHttpRoute(route: StoredObject): RenderedRoute {
  const { rules, parentRefs, hostnames } = aiGatewayRouteSpec(route);
  const priorities = rules.flatMap(({ backendRefs = [] }, index) =>
    backendRefs.map(({ name, priority = 0 }) => `${index}:${name}:${priority}`),
  );
  return {
    labels: { ...route.metadata.labels },
    annotations: {
      ...route.metadata.annotations,
      [priorityAnnotation]: priorities.join(','),
      [aiGeneratedAnnotation]: 'true',
    },
    spec: {
      ...(parentRefs ? { parentRefs } : {}),
      ...(hostnames ? { hostnames } : {}),
      rules: [
        ...rules.map(rule => renderRule(route, rule)),
        {
          name: 'route-not-found',
          matches: [{ path: wholePath }],
          filters: [extension(routeNotFound(route))],
        },
      ],
    },
  };
}
