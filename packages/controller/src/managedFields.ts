import { KubeObject, ManagedFieldsEntry } from './types';

/** Distinct sets of fields seen so far. Objects of one kind that one renderer made share a few, so this stays small. */
const shared = new Map<string, Record<string, unknown>>();
const MAX_SHARED = 20_000;

function share(fields: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(fields);
  const known = shared.get(text);
  if (known) {
    return known;
  }
  if (shared.size >= MAX_SHARED) {
    shared.clear();
  }
  shared.set(text, fields);
  return fields;
}

/**
 * Keeps of `metadata.managedFields` only what server-side apply needs to know about its own writes (entries of operation `Apply`),
 * and one copy of equal ones: otherwise they are half of a cache. Changes the object in place, which must be fresh from the server.
 */
export function compactManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields } = object.metadata;
  if (managedFields) {
    object.metadata.managedFields = managedFields
      .filter(entry => entry.operation === 'Apply')
      .map(
        (entry): ManagedFieldsEntry => ({
          manager: entry.manager,
          operation: 'Apply',
          apiVersion: entry.apiVersion,
          ...(entry.subresource && { subresource: entry.subresource }),
          ...(entry.fieldsV1 && { fieldsV1: share(entry.fieldsV1) }),
        }),
      );
  }
  return object;
}
