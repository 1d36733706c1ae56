import { Resource } from '@slipway/controller';

function kind(
  apiVersion: string,
  name: string,
  plural: string,
  namespaced = true,
): Resource {
  return { apiVersion, kind: name, plural, namespaced };
}

/** Models, as people apply them. */
export const LLM_MODELS = kind(
  'llm.nebari.dev/v1alpha1',
  'LLMModel',
  'llmmodels',
);

/** Kinds that the operator makes for a model, whatever the gateway. */
export const GENERATED_KINDS = {
  claims: kind('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  configMaps: kind('v1', 'ConfigMap', 'configmaps'),
  serviceAccounts: kind('v1', 'ServiceAccount', 'serviceaccounts'),
  services: kind('v1', 'Service', 'services'),
  deployments: kind('apps/v1', 'Deployment', 'deployments'),
  jobs: kind('batch/v1', 'Job', 'jobs'),
  networkPolicies: kind(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'networkpolicies',
  ),
  roles: kind('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  roleBindings: kind(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'rolebindings',
  ),
  podMonitors: kind('monitoring.coreos.com/v1', 'PodMonitor', 'podmonitors'),
  pools: kind(
    'inference.networking.k8s.io/v1',
    'InferencePool',
    'inferencepools',
  ),
} as const;

/** Kinds that the operator only reads. */
export const READ_KINDS = {
  pods: kind('v1', 'Pod', 'pods'),
  namespaces: kind('v1', 'Namespace', 'namespaces', false),
  storageClasses: kind(
    'storage.k8s.io/v1',
    'StorageClass',
    'storageclasses',
    false,
  ),
  gateways: kind('gateway.networking.k8s.io/v1', 'Gateway', 'gateways'),
  secrets: kind('v1', 'Secret', 'secrets'),
} as const;
