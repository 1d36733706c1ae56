import { createServiceFactory } from '@backstage/backend-plugin-api';
import {
  KubeApiError,
  KubeClient,
  KubeObject,
  Resource,
} from '@slipway/controller';
import { LlmModel, TenantResource } from '@slipway/plugin-llm-common';
import {
  ModelSource,
  TenantSource,
  llmClusterServiceRef,
} from '@slipway/plugin-llm-node';

function model(
  name: string,
  access: LlmModel['spec']['access'],
  status?: LlmModel['status'],
): LlmModel & KubeObject {
  return {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: {
      name,
      namespace: 'models',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-20T10:00:00Z',
    },
    spec: {
      model: { name: `org/${name}`, source: 'huggingface' },
      resources: { gpu: { count: 2, type: 'nvidia' } },
      serving: { replicas: 2 },
      access,
    },
    status,
  };
}

function condition(
  type: string,
  status: string,
  reason: string,
  message: string,
) {
  return {
    type,
    status,
    reason,
    message,
    lastTransitionTime: '2026-11-20T10:05:00Z',
  };
}

const models = [
  model(
    'open',
    { public: true },
    {
      phase: 'Ready',
      observedGeneration: 1,
      replicas: { ready: 2, desired: 2 },
      endpoints: { internal: 'https://internal.example.com/v1' },
      conditions: [
        'Accepted',
        'WeightsReady',
        'WorkloadReady',
        'InternalEndpointReady',
        'Ready',
      ].map(type => condition(type, 'True', 'Done', '')),
    },
  ),
  model(
    'developers',
    { groups: ['devs-from-idp'] },
    {
      phase: 'Downloading',
      conditions: [
        condition('Accepted', 'True', 'SpecValid', 'The spec can work.'),
        condition(
          'WeightsReady',
          'False',
          'Downloading',
          'Weights are on their way.',
        ),
      ],
    },
  ),
  model('secret-project', { groups: ['research'] }),
];

const downloadPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'developers-weights-x',
    namespace: 'models',
    labels: { 'llm.nebari.dev/model': 'developers' },
    creationTimestamp: '2026-11-20T10:01:00Z',
  },
  spec: { nodeName: 'cpu-1', containers: [{ name: 'model-downloader' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'model-downloader', state: { running: {} } }],
  },
};

const claim = {
  metadata: {
    name: 'developers-model-storage',
    namespace: 'models',
    managedFields: [{ manager: 'x' }],
  },
  status: { phase: 'Bound' },
};

/** A cluster that answers what the portal reads, and nothing else. */
export function fakeClient(): KubeClient {
  const refuse = () => Promise.reject(new Error('the portal only reads'));
  const lists: Record<string, unknown[]> = {
    pods: [downloadPod],
    persistentvolumeclaims: [claim],
  };
  return {
    get: refuse,
    create: refuse,
    update: refuse,
    apply: refuse,
    mergePatch: refuse,
    delete: refuse,
    watch: refuse,
    isServed: async () => true,
    async list<T extends KubeObject>(
      resource: Resource,
      scope?: { labelSelector?: string },
    ) {
      if (resource.plural === 'podmonitors') {
        throw new KubeApiError(
          { code: 404, reason: 'NotFound', message: 'no such kind' },
          'list podmonitors',
        );
      }
      const mine = [
        'llm.nebari.dev/model=developers',
        'app.kubernetes.io/name=llmmodel-download',
      ].includes(scope?.labelSelector ?? '');
      // The fake's objects are written down above in the shape of what is asked for.
      return {
        resourceVersion: '1',
        items: (mine ? lists[resource.plural] ?? [] : []) as T[],
      };
    },
    logs: async () =>
      '{"event":"progress","bytesDone":100,"bytesTotal":400}\n{"event":"progress","bytesDone":200,"bytesTotal":400}\n{"torn',
  };
}

/** Three models: one open to everybody, one to a group while it downloads, one to another group. */
export const fakeSource: ModelSource = {
  ready: async () => {},
  list: () => models,
  get: (namespace, name) =>
    models.find(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.name === name,
    ),
  onChange: () => () => {},
  lastHeard: () => new Date('2026-11-20T10:42:00Z'),
};

/** One tenant: everybody whom the identity provider counts among the developers. */
export const fakeTenants: TenantSource = tenantsOf([
  {
    apiVersion: 'slipway.dev/v1alpha1',
    kind: 'Tenant',
    metadata: { name: 'apps' },
    spec: {
      displayName: 'Apps',
      owners: ['user:default/jonas'],
      memberGroups: ['/devs-from-idp'],
    },
  },
]);

/** Tenants that never change. */
export function tenantsOf(tenants: TenantResource[]): TenantSource {
  return {
    ready: async () => {},
    list: () => tenants,
    get: name => tenants.find(({ metadata }) => metadata.name === name),
    onChange: () => () => {},
  };
}

/** The cluster of all of these, as a service of a test backend. */
export const fakeCluster = createServiceFactory({
  service: llmClusterServiceRef,
  deps: {},
  factory: () => ({
    client: fakeClient(),
    models: fakeSource,
    tenants: fakeTenants,
  }),
});
