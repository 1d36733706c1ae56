import { ClusterApi, ResourceId } from '../types';
import { KeyPair } from '../api/certificates';

const MANAGER = 'platform-team';
const GATEWAY_NAMESPACE = 'envoy-gateway-system';
const TLS_SECRET = 'llm-tls';
const SLIPWAY_NAMESPACE = 'slipway-system';
const PROVISIONER = 'disk.sandbox.slipway.dev';

/** Namespaces in which models may live from the start. */
export const modelNamespaces = [
  'nebari-llm-serving-system',
  'llm-operator-system',
] as const;

/** What the platform is made for. */
export interface PlatformOptions {
  /** `llm.<base>` and `llm-internal.<base>` are the gateway's hosts. */
  baseDomain: string;
  /** Certificate of the gateway. */
  certificate: KeyPair;
}

/** A kind, an object of it. */
type Entry = [ResourceId, Record<string, unknown>];

const id = (group: string, plural: string): ResourceId => ({ group, plural });

/**
 * Creates what a platform team prepares before the first model: namespaces, storage, one Gateway with an external and an internal
 * listener, the authorizer's Service, and tenants, where the cluster knows that kind.
 */
export function preparePlatform(
  cluster: ClusterApi,
  options: PlatformOptions,
): void {
  for (const [resource, object] of [
    ...namespaces(),
    ...storageClasses(),
    ...gateway(options),
    ...authorizerService(),
    ...tenants(cluster),
  ]) {
    cluster.create(resource, object, MANAGER);
  }
}

function namespaces(): Entry[] {
  const make = (name: string, labels?: Record<string, string>): Entry => [
    id('', 'namespaces'),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
  ];
  return [
    make(GATEWAY_NAMESPACE),
    make(SLIPWAY_NAMESPACE),
    ...modelNamespaces.map(name =>
      make(name, { 'nebari.dev/managed': 'true' }),
    ),
  ];
}

/** Behind it listens what `forwardedServices` of the sandbox names; it has no pods. */
function authorizerService(): Entry[] {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'slipway-authorizer', namespace: SLIPWAY_NAMESPACE },
    spec: {
      ports: [
        {
          name: 'grpc',
          port: 9002,
          appProtocol: 'kubernetes.io/h2c',
        },
      ],
    },
  };
  return [[id('', 'services'), service]];
}

const TENANTS = id('slipway.dev', 'tenants');

/** Tenants of the personas: mara's, jonas' and priya's. Otto has none. */
function tenants(cluster: ClusterApi): Entry[] {
  if (!cluster.served(TENANTS)) {
    return [];
  }
  const make = (
    name: string,
    displayName: string,
    memberGroup: string,
    owner: string,
  ): Entry => [
    TENANTS,
    {
      apiVersion: 'slipway.dev/v1alpha1',
      kind: 'Tenant',
      metadata: { name },
      spec: { displayName, owners: [owner], memberGroups: [memberGroup] },
    },
  ];
  return [
    make('apps', 'Apps', 'llm', 'user:default/jonas'),
    make('research', 'Research', 'research', 'group:default/research-leads'),
    make(
      'platform',
      'Platform',
      'platform-admins',
      'group:default/platform-admins',
    ),
  ];
}

function storageClasses(): Entry[] {
  const make = (
    name: string,
    mode: string,
    annotations: Record<string, string>,
  ): Entry => [
    id('storage.k8s.io', 'storageclasses'),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations },
      provisioner: PROVISIONER,
      reclaimPolicy: 'Delete',
      volumeBindingMode: mode,
      allowVolumeExpansion: true,
    },
  ];
  return [
    make('standard', 'WaitForFirstConsumer', {
      'storageclass.kubernetes.io/is-default-class': 'true',
    }),
    make('shared', 'Immediate', {}),
  ];
}

function gateway({ baseDomain, certificate }: PlatformOptions): Entry[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: TLS_SECRET, namespace: GATEWAY_NAMESPACE },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': base64(certificate.cert),
      'tls.key': base64(certificate.key),
    },
  };
  const gatewayClass = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'envoy' },
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
  };
  const listener = (name: string, hostname: string) => ({
    name,
    hostname,
    port: 443,
    protocol: 'HTTPS',
    tls: {
      mode: 'Terminate',
      certificateRefs: [{ kind: 'Secret', name: TLS_SECRET }],
    },
    // Routes of models only: a route of a stranger with a longer path would take requests, and the keys in them.
    allowedRoutes: {
      namespaces: {
        from: 'Selector',
        selector: { matchLabels: { 'nebari.dev/managed': 'true' } },
      },
    },
  });
  const ai = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'ai', namespace: GATEWAY_NAMESPACE },
    spec: {
      gatewayClassName: 'envoy',
      listeners: [
        listener('llm-https', `llm.${baseDomain}`),
        listener('llm-internal-https', `llm-internal.${baseDomain}`),
      ],
    },
  };
  // The AI gateway holds a body while it reads the model; Envoy Gateway's default of 32 KiB would refuse longer prompts with 413.
  const clientTraffic = {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'ClientTrafficPolicy',
    metadata: { name: 'ai', namespace: GATEWAY_NAMESPACE },
    spec: {
      targetRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'ai' },
      ],
      connection: { bufferLimit: '50Mi' },
    },
  };
  return [
    [id('', 'secrets'), secret],
    [id('gateway.networking.k8s.io', 'gatewayclasses'), gatewayClass],
    [id('gateway.networking.k8s.io', 'gateways'), ai],
    [id('gateway.envoyproxy.io', 'clienttrafficpolicies'), clientTraffic],
  ];
}
