import { StoredObject } from '../../types';
import { equalJson, isObject, listAt } from '../json';
import { orderedMetadata } from '../metadata';
import { JsonObject } from '../seams';

/** The object with its keys in the order of the wire: kind, apiVersion, metadata, the rest. */
export function ordered(object: JsonObject): StoredObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  const fields = orderedMetadata(isObject(metadata) ? metadata : {});
  return {
    kind: String(kind),
    apiVersion: String(apiVersion),
    metadata: {
      ...fields,
      name: String(fields.name),
      uid: String(fields.uid),
      resourceVersion: String(fields.resourceVersion ?? ''),
      creationTimestamp: String(fields.creationTimestamp),
    },
    ...rest,
  };
}

/** Whether a namespace is held by a finalizer in its spec. */
export const isHeldNamespace = (object: StoredObject): boolean =>
  object.kind === 'Namespace' &&
  listAt(object, 'spec', 'finalizers').length > 0;

/** Whether an object that is marked for deletion has nothing left that holds it. */
export function isFinished(object: StoredObject): boolean {
  const {
    deletionTimestamp,
    deletionGracePeriodSeconds,
    finalizers = [],
  } = object.metadata;
  if (!deletionTimestamp || finalizers.length > 0) return false;
  return !deletionGracePeriodSeconds && !isHeldNamespace(object);
}

/** Whether two entries of managedFields differ in their time at most. */
function sameEntry(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  return equalJson({ ...a, time: undefined }, { ...b, time: undefined });
}

/** Whether two states differ in nothing but the times of their managedFields, which makes the write a no-op. */
export function sameButTimes(
  next: StoredObject,
  stored: StoredObject,
): boolean {
  const { metadata, ...content } = next;
  const { metadata: storedMetadata, ...storedContent } = stored;
  if (!equalJson(content, storedContent)) return false;
  const { managedFields: after = [], ...fields } = metadata;
  const { managedFields: before = [], ...storedFields } = storedMetadata;
  if (!equalJson(fields, storedFields) || after.length !== before.length)
    return false;
  return after.every((entry, i) => sameEntry(entry, before[i]));
}
