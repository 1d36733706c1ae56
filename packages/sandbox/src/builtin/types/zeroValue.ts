import { JsonObject } from '../../api/seams';
import { types } from '.';

/**
 * Structs that Go holds by value, not by pointer: they are there in an object that nothing has been set in. Only those that can be reached
 * without a list or map between.
 */
const BY_VALUE: Record<string, readonly string[]> = {
  CustomResourceDefinitionSpec: ['names'],
  CustomResourceDefinitionStatus: ['acceptedNames'],
  DaemonSetSpec: ['template', 'updateStrategy'],
  DeploymentSpec: ['strategy', 'template'],
  Event: ['involvedObject', 'source'],
  EventsEvent: ['deprecatedSource', 'regarding'],
  JobSpec: ['template'],
  NetworkPolicySpec: ['podSelector'],
  NodeStatus: ['daemonEndpoints', 'nodeInfo'],
  PersistentVolumeClaimSpec: ['resources'],
  PodTemplateSpec: ['metadata', 'spec'],
  ReplicaSetSpec: ['template'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  ServiceStatus: ['loadBalancer'],
  StatefulSetSpec: ['template', 'updateStrategy'],
};

/** What an object of a kind has before anything is set; a create makes nobody the owner of that. */
export function zeroValueOf(struct: string): JsonObject {
  return { metadata: {}, ...zeroFields(struct, ['spec', 'status']) };
}

function zeroFields(name: string, more: readonly string[] = []): JsonObject {
  const zero: JsonObject = {};
  const fields = types.get(name)?.fields;
  for (const field of [...more, ...(BY_VALUE[name] ?? [])]) {
    const type = fields?.get(field);
    if (type?.type === 'struct') {
      zero[field] = zeroFields(type.name);
    }
  }
  // The one list that is written even when it is empty.
  return name === 'PodSpec' ? { containers: [] } : zero;
}
