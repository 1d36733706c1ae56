import { createHash } from 'node:crypto';
import type { JsonObject } from './json';

/** What the gateway's objects are made from. */
export interface GatewayCase {
  /** How many models are served: `acme/m0`, `acme/m1`, … */
  models: number;
  /** What Envoy speaks to the authorizer. */
  protocol: 'http' | 'grpc';
  /** Whether the authorizer gets the body. */
  body: boolean;
  /** The rule of a model's route: the judged model, one header per granted model. */
  rule: 'judged' | 'header-per-model';
  /** What a client is answered when the authorizer fails; without it Envoy's 403. */
  statusOnError?: number;
  /** Whether `GET /v1/models` has a route of its own to the authorizer, which then has to know the caller. */
  modelsRoute?: boolean;
  /** A route that somebody else attached to the listener, without or with a policy of its own that allows everything. */
  strangersRoute?: 'alone' | 'with-policy';
  /** `ClientTrafficPolicy.connection.bufferLimit`; without it Envoy Gateway's 32 KiB. */
  bufferLimit?: string;
  /** Objects that are left out, as `Kind/name`. */
  without?: string[];
}

/** The case that the operator is to render. */
export const asDesigned: GatewayCase = {
  models: 3,
  protocol: 'grpc',
  body: true,
  rule: 'judged',
  statusOnError: 503,
  bufferLimit: '32Mi',
};

/** The largest body that the authorizer reads, in bytes. */
export const maxBodyBytes = 33_554_432;

/** The host under which models are called. */
export const modelsHost = 'llm.example.com';

/** The public id of the n-th model. */
export const modelId = (n: number) => `acme/m${n}`;

/** What `x-slipway-model` says of a model: 32 hex digits of the SHA-256 of its id. */
export const modelDigest = (id: string) =>
  createHash('sha256').update(id).digest('hex').slice(0, 32);

const envoyGateway = 'gateway.envoyproxy.io/v1alpha1';
const gatewayApi = 'gateway.networking.k8s.io/v1';
const listener = {
  group: 'gateway.networking.k8s.io',
  kind: 'Gateway',
  name: 'ai',
  sectionName: 'llm-https',
};

function platform(): JsonObject[] {
  return [
    {
      apiVersion: gatewayApi,
      kind: 'GatewayClass',
      metadata: { name: 'envoy' },
      spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
    },
    {
      apiVersion: gatewayApi,
      kind: 'Gateway',
      metadata: { name: 'ai', namespace: 'gateways' },
      spec: {
        gatewayClassName: 'envoy',
        listeners: [
          {
            name: 'llm-https',
            hostname: modelsHost,
            port: 8080,
            // Plain HTTP: the tests speak to loopback. Nothing else of the chain depends on it.
            protocol: 'HTTP',
            allowedRoutes: { namespaces: { from: 'All' } },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'slipway-authorizer', namespace: 'slipway' },
      spec: {
        clusterIP: '10.1.1.2',
        ports: [{ port: 9001, protocol: 'TCP' }],
      },
    },
  ];
}

function stripHeaders({ bufferLimit }: GatewayCase): JsonObject {
  return {
    apiVersion: envoyGateway,
    kind: 'ClientTrafficPolicy',
    metadata: { name: 'slipway-strip-headers', namespace: 'gateways' },
    spec: {
      targetRefs: [listener],
      ...(bufferLimit && { connection: { bufferLimit } }),
      headers: {
        earlyRequestHeaders: {
          removeOnMatch: [
            { type: 'Prefix', value: 'x-slipway-' },
            { type: 'Prefix', value: 'x-ai-eg-' },
          ],
        },
      },
    },
  };
}

function extAuth({ protocol, body, statusOnError }: GatewayCase): JsonObject {
  const backendRefs = [
    { name: 'slipway-authorizer', namespace: 'slipway', port: 9001 },
  ];
  return {
    failOpen: false,
    ...(statusOnError && { statusOnError }),
    timeout: '2s',
    // Over gRPC only these reach the authorizer; over HTTP `authorization` would in any case.
    headersToExtAuth: ['authorization', 'x-request-id', 'content-type'],
    ...(body && { bodyToExtAuth: { maxRequestBytes: maxBodyBytes } }),
    ...(protocol === 'grpc'
      ? { grpc: { backendRefs } }
      : {
          http: {
            backendRefs,
            headersToBackend: [
              'x-slipway-tenant',
              'x-slipway-key',
              'x-slipway-owner',
              'x-slipway-model',
            ],
          },
        }),
  };
}

function denyByDefault(given: GatewayCase): JsonObject[] {
  return [
    {
      apiVersion: envoyGateway,
      kind: 'SecurityPolicy',
      metadata: { name: 'slipway-default-deny', namespace: 'gateways' },
      spec: {
        targetRefs: [listener],
        extAuth: extAuth(given),
        authorization: { defaultAction: 'Deny' },
      },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: {
        name: 'slipway-authorizer-from-gateways',
        namespace: 'slipway',
      },
      spec: {
        from: [
          {
            group: 'gateway.envoyproxy.io',
            kind: 'SecurityPolicy',
            namespace: 'gateways',
          },
        ],
        to: [{ group: '', kind: 'Service', name: 'slipway-authorizer' }],
      },
    },
  ];
}

/**
 * The HTTPRoute that Envoy AI Gateway's controller makes of an AIGatewayRoute, with its HTTPRouteFilters (source: its
 * `internal/controller/ai_gateway_route.go`, v1.0.0). Its backend is a Service where ours is an InferencePool, which
 * Envoy Gateway translates only with the AI gateway's controller beside it.
 */
function generatedRoute(name: string, id: string): JsonObject[] {
  const metadata = (prefix: string) => ({
    name: `${prefix}${name}`,
    namespace: 'models',
  });
  const filter = (prefix: string) => ({
    type: 'ExtensionRef',
    extensionRef: {
      group: 'gateway.envoyproxy.io',
      kind: 'HTTPRouteFilter',
      name: `${prefix}${name}`,
    },
  });
  const anyPath = { type: 'PathPrefix', value: '/' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(''),
      spec: {
        clusterIP: '10.2.0.1',
        ports: [{ port: 8000, protocol: 'TCP' }],
      },
    },
    {
      apiVersion: gatewayApi,
      kind: 'HTTPRoute',
      metadata: metadata(''),
      spec: {
        parentRefs: [{ ...listener, namespace: 'gateways' }],
        hostnames: [modelsHost],
        rules: [
          {
            matches: [
              {
                headers: [{ type: 'Exact', name: 'x-ai-eg-model', value: id }],
                path: anyPath,
              },
            ],
            backendRefs: [{ name, port: 8000 }],
            filters: [filter('ai-eg-host-rewrite-')],
            timeouts: { request: '600s' },
          },
          {
            name: 'route-not-found',
            matches: [{ path: anyPath }],
            filters: [filter('ai-eg-route-not-found-response-')],
          },
        ],
      },
    },
    {
      apiVersion: envoyGateway,
      kind: 'HTTPRouteFilter',
      metadata: metadata('ai-eg-host-rewrite-'),
      spec: { urlRewrite: { hostname: { type: 'Backend' } } },
    },
    {
      apiVersion: envoyGateway,
      kind: 'HTTPRouteFilter',
      metadata: metadata('ai-eg-route-not-found-response-'),
      spec: {
        directResponse: {
          statusCode: 404,
          body: { type: 'Inline', inline: 'No matching route found.' },
        },
      },
    },
  ];
}

/** A route to a Service on the models' listener, and a policy for it that allows everything. */
function openRoute(
  namespace: string,
  name: string,
  match: JsonObject,
  backend: JsonObject,
): [route: JsonObject, policy: JsonObject] {
  const metadata = { name, namespace };
  return [
    {
      apiVersion: gatewayApi,
      kind: 'HTTPRoute',
      metadata,
      spec: {
        parentRefs: [{ ...listener, namespace: 'gateways' }],
        hostnames: [modelsHost],
        rules: [{ matches: [match], backendRefs: [backend] }],
      },
    },
    {
      apiVersion: envoyGateway,
      kind: 'SecurityPolicy',
      metadata,
      spec: {
        targetRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name },
        ],
        authorization: { defaultAction: 'Allow' },
      },
    },
  ];
}

/** `GET /v1/models` goes to the authorizer as to any backend; on this route no authorizer is asked. */
function modelsRoute({ modelsRoute: wanted }: GatewayCase): JsonObject[] {
  const match = { method: 'GET', path: { type: 'Exact', value: '/v1/models' } };
  const backend = { name: 'slipway-authorizer', port: 9001 };
  return wanted ? openRoute('slipway', 'slipway-models', match, backend) : [];
}

function strangersRoute({ strangersRoute: kind }: GatewayCase): JsonObject[] {
  const match = { path: { type: 'PathPrefix', value: '/v1/chat' } };
  const backend = { name: 'stranger', port: 8000 };
  const [route, policy] = openRoute('strangers', 'stranger', match, backend);
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'stranger', namespace: 'strangers' },
    spec: { clusterIP: '10.3.0.1', ports: [{ port: 8000, protocol: 'TCP' }] },
  };
  return [
    ...(kind ? [service, route] : []),
    ...(kind === 'with-policy' ? [policy] : []),
  ];
}

function routePolicy(
  name: string,
  id: string,
  { rule }: GatewayCase,
): JsonObject {
  const digest = modelDigest(id);
  return {
    apiVersion: envoyGateway,
    kind: 'SecurityPolicy',
    metadata: { name, namespace: 'models' },
    spec: {
      targetRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name },
      ],
      mergeType: 'StrategicMerge',
      authorization: {
        defaultAction: 'Deny',
        rules: [
          {
            name: 'judged-for-this-model',
            action: 'Allow',
            principal: {
              headers: [
                rule === 'judged'
                  ? { name: 'x-slipway-model', values: [digest] }
                  : { name: `x-slipway-may-${digest}`, values: ['1'] },
              ],
            },
          },
        ],
      },
    },
  };
}

/**
 * The gateway's objects as the platform team, the operator and the AI gateway's controller write them. Our copy of the
 * design's example, for any number of models.
 */
export function gatewayObjects(given: GatewayCase): JsonObject[] {
  const models = Array.from({ length: given.models }, (_, n) => n);
  return [
    ...platform(),
    stripHeaders(given),
    ...denyByDefault(given),
    ...modelsRoute(given),
    ...strangersRoute(given),
    ...models.flatMap(n => [
      ...generatedRoute(`m${n}`, modelId(n)),
      routePolicy(`m${n}`, modelId(n), given),
    ]),
  ].filter(object => !given.without?.includes(nameOf(object)));
}

function nameOf({ kind, metadata }: JsonObject): string {
  const name =
    typeof metadata === 'object' && metadata && 'name' in metadata
      ? metadata.name
      : '';
  return `${kind}/${name}`;
}
