import type { Resource } from '@slipway/controller';

function namespaced(
  apiVersion: string,
  kind: string,
  plural: string,
): Resource {
  return { apiVersion, kind, plural, namespaced: true };
}

export const pods = namespaced('v1', 'Pod', 'pods');
export const events = namespaced('v1', 'Event', 'events');

/**
 * Kinds of the objects that the operator makes for a model and that the portal shows. Secrets are left out on purpose: the portal
 * reads none.
 */
export const generatedKinds: readonly Resource[] = [
  namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  namespaced('batch/v1', 'Job', 'jobs'),
  namespaced('v1', 'ConfigMap', 'configmaps'),
  namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  namespaced('v1', 'Service', 'services'),
  namespaced('apps/v1', 'Deployment', 'deployments'),
  namespaced('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  namespaced('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  namespaced('monitoring.coreos.com/v1', 'PodMonitor', 'podmonitors'),
  namespaced(
    'inference.networking.k8s.io/v1',
    'InferencePool',
    'inferencepools',
  ),
  namespaced(
    'gateway.envoyproxy.io/v1alpha1',
    'SecurityPolicy',
    'securitypolicies',
  ),
  namespaced(
    'aigateway.envoyproxy.io/v1beta1',
    'AIGatewayRoute',
    'aigatewayroutes',
  ),
];
