import { ClusterApi, ResourceId, StoredObject } from '../types';

const id = (group: string, plural: string): ResourceId => ({ group, plural });

/** The kinds that the simulated components read and write. */
export const kinds = {
  claims: id('', 'persistentvolumeclaims'),
  configMaps: id('', 'configmaps'),
  deployments: id('apps', 'deployments'),
  events: id('', 'events'),
  jobs: id('batch', 'jobs'),
  namespaces: id('', 'namespaces'),
  nodes: id('', 'nodes'),
  pods: id('', 'pods'),
  quotas: id('', 'resourcequotas'),
  replicaSets: id('apps', 'replicasets'),
  secrets: id('', 'secrets'),
  storageClasses: id('storage.k8s.io', 'storageclasses'),
  volumes: id('', 'persistentvolumes'),
} as const;

/** `namespace/name`, or the name of an object without a namespace. */
export function keyOf(object: StoredObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The two halves of a key of a namespaced object. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Looks up a namespaced object by its key. */
export function getByKey(
  cluster: ClusterApi,
  resource: ResourceId,
  key: string,
): StoredObject | undefined {
  const { namespace, name } = splitKey(key);
  return cluster.get(resource, namespace, name);
}

/** The owner that controls an object. */
export function controllerOf(
  object: StoredObject,
): { kind: string; name: string; uid: string } | undefined {
  return object.metadata.ownerReferences?.find(owner => owner.controller);
}

/** A reference from what `owner` controls. */
export function controllerReference(owner: StoredObject) {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A label selector of the Kubernetes API. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Whether labels match a selector. A selector that says nothing matches nothing, as in the workload controllers. */
export function selects(
  selector: LabelSelector | undefined,
  labels: Record<string, string> = {},
): boolean {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  const expressions = selector?.matchExpressions ?? [];
  if (wanted.length === 0 && expressions.length === 0) return false;
  return (
    wanted.every(([name, value]) => labels[name] === value) &&
    expressions.every(expression => matchesExpression(expression, labels))
  );
}

/** One requirement of a label selector or of a node selector (which adds `Gt` and `Lt`). */
export function matchesExpression(
  {
    key,
    operator,
    values = [],
  }: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value: string | undefined = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** RFC 3339 with seconds, as Kubernetes writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
