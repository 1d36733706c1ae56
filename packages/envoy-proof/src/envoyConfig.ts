import path from 'node:path';
import type { Json, JsonObject } from './json';
import { isObject, listAt, objectAt, objectsIn, textAt } from './json';
import type { Translation } from './translate';

/** Where the things around Envoy listen on 127.0.0.1. */
export interface Surroundings {
  /** The authorizer. */
  authorizerPort: number;
  /** Which model a request is for: the AI gateway's `ext_proc`, or what stands in for it. */
  modelExtractionPort: number;
  /** Every model's server. */
  modelServerPort: number;
}

/** The files of an Envoy that is told about changes by files. */
export interface EnvoyFiles {
  bootstrap: JsonObject;
  listeners: JsonObject;
  routes: JsonObject;
  clusters: JsonObject;
}

const type = (name: string) => `type.googleapis.com/${name}`;
const modelExtractionFilter = 'envoy.filters.http.ext_proc/aigateway';
const modelExtractionCluster = 'ai-gateway-extproc';

/**
 * What turns Envoy Gateway's translation into files that an Envoy on this machine can load. Changed are: addresses
 * (loopback), where configuration comes from (files), and logs. Added is what the AI gateway's extension server adds:
 * its `ext_proc` filter, disabled, before the first filter of a list of its own, and enabled on the routes that its
 * controller made (source: its `internal/extensionserver/post_translate_modify.go`, v1.0.0).
 *
 * @param folder - where the files will be; absolute
 */
export function envoyFiles(
  { listeners, routes, clusters }: Translation,
  around: Surroundings,
  folder: string,
): EnvoyFiles {
  return {
    bootstrap: bootstrap(folder),
    listeners: resources(
      'envoy.config.listener.v3.Listener',
      listeners
        .filter(listener => textAt(listener, 'name').startsWith('gateways/'))
        .map(listener => onLoopback(listener, folder)),
    ),
    routes: resources(
      'envoy.config.route.v3.RouteConfiguration',
      routes.map(extractingModels),
    ),
    clusters: resources('envoy.config.cluster.v3.Cluster', [
      ...clusters.map(cluster => onThisMachine(cluster, around)),
      localCluster(modelExtractionCluster, around.modelExtractionPort, true),
    ]),
  };
}

function resources(kind: string, list: JsonObject[]): JsonObject {
  return {
    resources: list.map(resource => ({ ...resource, '@type': type(kind) })),
  };
}

function bootstrap(folder: string): JsonObject {
  const file = (name: string) => ({
    resourceApiVersion: 'V3',
    pathConfigSource: { path: path.join(folder, name) },
  });
  return {
    node: { id: 'proof', cluster: 'proof' },
    admin: {
      address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    },
    dynamicResources: {
      ldsConfig: file('listeners.json'),
      cdsConfig: file('clusters.json'),
    },
  };
}

/** The listener on an ephemeral port, with the routes from a file and the AI gateway's filter in its place. */
function onLoopback(given: JsonObject, folder: string): JsonObject {
  const listener: JsonObject = structuredClone(given);
  listener.address = {
    socketAddress: { address: '127.0.0.1', portValue: 0 },
  };
  delete listener.accessLog;
  for (const manager of connectionManagers(listener)) {
    delete manager.accessLog;
    objectAt(manager, 'rds').configSource = {
      resourceApiVersion: 'V3',
      pathConfigSource: { path: path.join(folder, 'routes.json') },
    };
    manager.httpFilters = withModelExtraction(listAt(manager, 'httpFilters'));
  }
  return listener;
}

function* connectionManagers(listener: JsonObject): Generator<JsonObject> {
  for (const found of objectsIn(listener)) {
    if (textAt(found, '@type').endsWith('.HttpConnectionManager')) {
      yield found;
    }
  }
}

/** The filters before whose first one the AI gateway puts its own. */
const afterModelExtraction =
  /^envoy\.filters\.http\.(ext_proc|wasm|lua|rbac|local_ratelimit|ratelimit|custom_response|credential_injector|compressor|router)/;

function withModelExtraction(filters: Json[]): Json[] {
  const place = filters.findIndex(filter =>
    afterModelExtraction.test(textAt(filter, 'name')),
  );
  return filters.toSpliced(place, 0, {
    name: modelExtractionFilter,
    disabled: true,
    typedConfig: {
      '@type': type(
        'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
      ),
      grpcService: { envoyGrpc: { clusterName: modelExtractionCluster } },
      processingMode: {
        requestHeaderMode: 'SEND',
        requestBodyMode: 'BUFFERED',
        requestTrailerMode: 'SKIP',
        // The AI gateway reads answers too; what it finds there does not decide who may call.
        responseHeaderMode: 'SKIP',
        responseBodyMode: 'NONE',
        responseTrailerMode: 'SKIP',
      },
      messageTimeout: '10s',
      failureModeAllow: false,
      allowModeOverride: true,
    },
  });
}

function extractingModels(given: JsonObject): JsonObject {
  const configuration: JsonObject = structuredClone(given);
  for (const host of listAt(configuration, 'virtualHosts')) {
    for (const route of listAt(host, 'routes').filter(isObject)) {
      if (madeByAiGateway(route)) {
        const perFilter = isObject(route.typedPerFilterConfig)
          ? route.typedPerFilterConfig
          : {};
        route.typedPerFilterConfig = {
          ...perFilter,
          [modelExtractionFilter]: {
            '@type': type('envoy.config.route.v3.FilterConfig'),
            config: {},
          },
        };
      }
    }
  }
  return configuration;
}

/**
 * The AI gateway knows its routes by an annotation of their HTTPRoute; `egctl` drops annotations, so that we know them by
 * their namespace.
 */
function madeByAiGateway(route: JsonObject): boolean {
  return textAt(route, 'name').startsWith('httproute/models/');
}

function onThisMachine(given: JsonObject, around: Surroundings): JsonObject {
  const cluster: JsonObject = structuredClone(given);
  const name = textAt(cluster, 'name');
  const port = /^(securitypolicy|httproute\/slipway)\//.test(name)
    ? around.authorizerPort
    : around.modelServerPort;
  delete cluster.edsClusterConfig;
  cluster.type = 'STATIC';
  cluster.loadAssignment = loadAssignment(name, port);
  return cluster;
}

function localCluster(name: string, port: number, http2: boolean): JsonObject {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '5s',
    loadAssignment: loadAssignment(name, port),
    ...(http2 && {
      typedExtensionProtocolOptions: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          '@type': type(
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
          ),
          explicitHttpConfig: { http2ProtocolOptions: {} },
        },
      },
    }),
  };
}

function loadAssignment(clusterName: string, portValue: number): JsonObject {
  return {
    clusterName,
    endpoints: [
      {
        // The locality and weight that Envoy Gateway gives its endpoints, which its load balancing needs.
        locality: { region: `${clusterName}/backend/0` },
        loadBalancingWeight: 1,
        lbEndpoints: [
          {
            loadBalancingWeight: 1,
            endpoint: {
              address: { socketAddress: { address: '127.0.0.1', portValue } },
            },
          },
        ],
      },
    ],
  };
}
