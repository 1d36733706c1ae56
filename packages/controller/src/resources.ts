import { KubeObject, ObjectKey, Resource } from './types';

/** Leases, for leader election. */
export const LEASES: Resource = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** Events of the core API, as `kubectl describe` shows them. */
export const EVENTS: Resource = {
  apiVersion: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** The definitions of custom kinds. */
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** The API group of a resource; empty for the core API. */
export function groupOf(resource: Resource): string {
  const slash = resource.apiVersion.indexOf('/');
  return slash < 0 ? '' : resource.apiVersion.slice(0, slash);
}

/** The version of a resource within its group. */
export function versionOf(resource: Resource): string {
  return resource.apiVersion.slice(resource.apiVersion.indexOf('/') + 1);
}

/** `/api/v1` or `/apis/<group>/<version>`: where the server serves and describes a group's version. */
export function groupVersionPath(resource: Resource): string {
  return `${resource.apiVersion.includes('/') ? '/apis' : '/api'}/${
    resource.apiVersion
  }`;
}

/** URL path of a collection, or of an object when a name is given. */
export function resourcePath(
  resource: Resource,
  at: { namespace?: string; name?: string; subresource?: string },
): string {
  let path = groupVersionPath(resource);
  if (resource.namespaced && at.namespace !== undefined) {
    path += `/namespaces/${encodeURIComponent(at.namespace)}`;
  }
  path += `/${resource.plural}`;
  if (at.name !== undefined) {
    path += `/${encodeURIComponent(at.name)}`;
  }
  return at.subresource === undefined ? path : `${path}/${at.subresource}`;
}

/** `namespace/name`, or just the name: one string per object of a kind. */
export function keyString(key: ObjectKey): string {
  return key.namespace === undefined
    ? key.name
    : `${key.namespace}/${key.name}`;
}

/** The reverse of {@link keyString}. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0
    ? { name: text }
    : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The key of an object. */
export function keyOf(object: KubeObject): ObjectKey {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

/** `Kind namespace/name`, for messages. */
export function describeObject(object: KubeObject): string {
  return `${object.kind} ${keyString(keyOf(object))}`;
}
