import { ClusterApi, ResourceId, StoredObject } from '../types';

/**
 * Writes the status of an object when it is another than the one that is there. Most reconciles change nothing, and looking is much
 * cheaper than a write that turns out to be none.
 */
export function writeStatus(
  cluster: ClusterApi,
  resource: ResourceId,
  object: StoredObject,
  manager: string,
  status: (stored: StoredObject) => Record<string, unknown>,
): StoredObject | undefined {
  const { namespace, name } = object.metadata;
  const stored = cluster.get(resource, namespace, name);
  if (!stored) return undefined;
  const next = status(stored);
  if (sameJson(stored.status, next)) return stored;
  return cluster.update(
    resource,
    namespace,
    name,
    manager,
    draft => {
      draft.status = next;
    },
    { subresource: 'status' },
  );
}

/** Whether two values are the same as JSON: the order of keys and keys without a value do not matter. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length &&
      a.every((item, index) => sameJson(item, b[index]))
    );
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  return hasAll(a, b) && hasAll(b, a);
}

function hasAll(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
): boolean {
  return Object.keys(a).every(
    key => a[key] === undefined || sameJson(a[key], b[key]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
