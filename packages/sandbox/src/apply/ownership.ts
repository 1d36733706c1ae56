import { JsonObject } from '../api/seams';
import { Comparison } from './compare';
import {
  FieldSet,
  difference,
  differenceBelow,
  intersection,
  isEmpty,
  setOfPaths,
  union,
} from './fieldSet';
import { Ownership } from './managedFields';

/** Fields that nobody owns: identity, and what the server sets (`stripmeta.go` of apimachinery). */
export const UNOWNED = setOfPaths([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'selfLink'],
  ['metadata', 'uid'],
  ['metadata', 'clusterName'],
  ['metadata', 'generation'],
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
]);

/** The set without the fields that nobody owns, and without those that the endpoint resets. */
export function ownable(
  fields: FieldSet,
  resetFields: readonly (readonly string[])[],
): FieldSet {
  const kept =
    resetFields.length === 0
      ? fields
      : differenceBelow(fields, setOfPaths(resetFields));
  return difference(kept, UNOWNED);
}

/** A field that another manager owns and this write changes. */
export interface Conflict {
  owner: Ownership;
  fields: FieldSet;
}

/** Takes from the other owners what a write changed or removed. Tells what it took by changing. */
export function takeFields(
  owners: readonly Ownership[],
  changes: Comparison,
): { owners: Ownership[]; conflicts: Conflict[] } {
  const written = union(changes.modified, changes.added);
  const conflicts: Conflict[] = [];
  const left: Ownership[] = [];
  for (const owner of owners) {
    const taken = intersection(owner.fields, written);
    let fields = owner.fields;
    if (!isEmpty(taken)) {
      conflicts.push({ owner, fields: taken });
      fields = difference(fields, taken);
    }
    fields = difference(fields, changes.removed);
    if (!isEmpty(fields)) {
      left.push(fields === owner.fields ? owner : { ...owner, fields });
    }
  }
  return { owners: left, conflicts };
}

/** The comparison without the fields that the endpoint resets. */
export function withoutReset(
  changes: Comparison,
  resetFields: readonly (readonly string[])[],
): Comparison {
  if (resetFields.length === 0) {
    return changes;
  }
  const reset = setOfPaths(resetFields);
  return {
    added: differenceBelow(changes.added, reset),
    modified: differenceBelow(changes.modified, reset),
    removed: differenceBelow(changes.removed, reset),
  };
}

/** The object without `metadata.managedFields`: ownership itself is not compared. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (typeof metadata !== 'object' || metadata === null) {
    return object;
  }
  if (!('managedFields' in metadata)) {
    return object;
  }
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}
