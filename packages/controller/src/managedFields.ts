import { internString } from './internStrings';
import { KubeObject, ManagedFieldsEntry } from './types';

type Fields = Record<string, unknown>;

/** Distinct parts of sets of fields seen so far, by their text. Objects that one renderer made share nearly all of them. */
const shared = new Map<string, Fields>();
const MAX_SHARED = 20_000;
/** Levels that each object has for itself: what differs from object to object, such as an owner's uid, is just below. */
const OWN_LEVELS = 2;

/** One copy of each part below the first levels. */
function share(fields: unknown, level = 0): unknown {
  if (typeof fields !== 'object' || fields === null) {
    return fields;
  }
  if (level >= OWN_LEVELS) {
    return oneCopy({ ...fields });
  }
  const own: Fields = {};
  for (const [name, inner] of Object.entries(fields)) {
    own[name] = share(inner, level + 1);
  }
  return own;
}

function oneCopy(fields: Fields): Fields {
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
 * and one copy of equal parts: otherwise they are most of a cache. Changes the object in place, which must be fresh from the server.
 */
export function compactManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields } = object.metadata;
  if (managedFields) {
    object.metadata.managedFields = managedFields
      .filter(entry => entry.operation === 'Apply')
      .map(
        (entry): ManagedFieldsEntry => ({
          manager: internString(entry.manager),
          operation: 'Apply',
          apiVersion: internString(entry.apiVersion),
          ...(entry.subresource && { subresource: entry.subresource }),
          ...(entry.fieldsV1 && { fieldsV1: Object(share(entry.fieldsV1)) }),
        }),
      );
  }
  return object;
}
