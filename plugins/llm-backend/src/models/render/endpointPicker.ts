import { KubeObject } from '@slipway/controller';
import { stringify } from 'yaml';
import { hashOf, Model } from '../model';
import {
  ANNOTATIONS,
  labelsOf,
  metadataOf,
  namesOf,
  selectorOf,
} from '../names';
import { Platform } from '../platform';
import { PICKER_METRICS_PORT } from './networkPolicy';
import { containerSecurityContext, podSecurityContext } from './podSecurity';

/** Port on which the gateway asks the endpoint picker. */
export const PICKER_GRPC_PORT = 9002;
const PICKER_HEALTH_PORT = 9003;
const CONFIG_FILE = 'epp-config.yaml';
const CONFIG_DIRECTORY = '/etc/epp';

/**
 * Picks the server with the shortest queue and the emptiest KV cache. Without scorers every server would tie and the choice be random
 * (gateway-api-inference-extension #1205); the prefix-cache scorer of the stock configuration needs a tokenizer and is left out.
 */
const DEFAULT_CONFIG = {
  apiVersion: 'inference.networking.x-k8s.io/v1alpha1',
  kind: 'EndpointPickerConfig',
  plugins: [
    { type: 'queue-scorer' },
    { type: 'kv-cache-utilization-scorer' },
    { type: 'max-score-picker' },
    { type: 'single-profile-handler' },
  ],
  schedulingProfiles: [
    {
      name: 'default',
      plugins: [
        { pluginRef: 'queue-scorer', weight: 1 },
        { pluginRef: 'kv-cache-utilization-scorer', weight: 1 },
        { pluginRef: 'max-score-picker' },
      ],
    },
  ],
};

/** Written once: most models have it, and each pass over a model renders it. */
const DEFAULT_CONFIG_TEXT = stringify(DEFAULT_CONFIG);

/** Everything that a model's endpoint picker consists of. */
export function renderEndpointPicker(
  model: Model,
  platform: Platform,
): KubeObject[] {
  const config = model.schedulerConfig
    ? stringify(model.schedulerConfig)
    : DEFAULT_CONFIG_TEXT;
  return [
    renderConfig(model, config),
    ...renderIdentity(model),
    renderPickerService(model),
    renderPickerDeployment(model, platform, config),
  ];
}

function renderConfig(model: Model, config: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(model, namesOf(model).pickerConfig, {
      component: 'epp',
    }),
    data: { [CONFIG_FILE]: config },
  };
}

function renderIdentity(model: Model): KubeObject[] {
  const name = namesOf(model).picker;
  const metadata = metadataOf(model, name, { component: 'epp' });
  const read = ['get', 'list', 'watch'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        {
          apiGroups: ['inference.networking.k8s.io'],
          resources: ['inferencepools'],
          verbs: read,
        },
        {
          apiGroups: ['inference.networking.x-k8s.io'],
          resources: [
            'inferenceobjectives',
            'inferencemodelrewrites',
            'inferencepools',
            'inferencepoolimports',
          ],
          verbs: read,
        },
        {
          apiGroups: [''],
          resources: ['pods', 'endpoints', 'services'],
          verbs: read,
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: model.namespace }],
    },
  ];
}

function renderPickerService(model: Model): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(model, namesOf(model).picker, { component: 'epp' }),
    spec: {
      type: 'ClusterIP',
      selector: selectorOf(model, 'epp'),
      ports: [
        {
          name: 'grpc',
          port: PICKER_GRPC_PORT,
          protocol: 'TCP',
          targetPort: PICKER_GRPC_PORT,
          appProtocol: 'http2',
        },
        {
          name: 'metrics',
          port: PICKER_METRICS_PORT,
          protocol: 'TCP',
          targetPort: PICKER_METRICS_PORT,
        },
      ],
    },
  };
}

function renderPickerDeployment(
  model: Model,
  platform: Platform,
  config: string,
): KubeObject {
  const names = namesOf(model);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(model, names.picker, { component: 'epp' }),
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorOf(model, 'epp') },
      template: {
        metadata: {
          labels: labelsOf(model, 'epp'),
          annotations: {
            [ANNOTATIONS.configChecksum]: hashOf(config).slice(0, 16),
          },
        },
        spec: {
          serviceAccountName: names.picker,
          enableServiceLinks: false,
          securityContext: podSecurityContext(),
          containers: [pickerContainer(model, platform)],
          volumes: [
            { name: 'epp-config', configMap: { name: names.pickerConfig } },
          ],
        },
      },
    },
  };
}

function pickerContainer(model: Model, platform: Platform) {
  const probe = {
    grpc: {
      port: PICKER_HEALTH_PORT,
      service: 'envoy.service.ext_proc.v3.ExternalProcessor',
    },
    initialDelaySeconds: 5,
    periodSeconds: 10,
    timeoutSeconds: 5,
  };
  return {
    name: 'epp',
    image: platform.images.endpointPicker,
    args: [
      '--pool-name',
      namesOf(model).pool,
      '--pool-namespace',
      model.namespace,
      '--grpc-port',
      String(PICKER_GRPC_PORT),
      '--grpc-health-port',
      String(PICKER_HEALTH_PORT),
      '--metrics-port',
      String(PICKER_METRICS_PORT),
      '--config-file',
      `${CONFIG_DIRECTORY}/${CONFIG_FILE}`,
      '--zap-encoder',
      'json',
      '--v',
      '2',
    ],
    ports: [
      { name: 'grpc', containerPort: PICKER_GRPC_PORT, protocol: 'TCP' },
      {
        name: 'grpc-health',
        containerPort: PICKER_HEALTH_PORT,
        protocol: 'TCP',
      },
      { name: 'metrics', containerPort: PICKER_METRICS_PORT, protocol: 'TCP' },
    ],
    livenessProbe: probe,
    readinessProbe: probe,
    resources: {
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { cpu: '500m', memory: '512Mi' },
    },
    securityContext: containerSecurityContext({ readOnly: true }),
    volumeMounts: [
      { name: 'epp-config', mountPath: CONFIG_DIRECTORY, readOnly: true },
    ],
  };
}
