import { ApplyInput, JsonObject, MergeSchema } from '../api/seams';
import { ApiFailure, StoredObject } from '../types';
import { checkTyped } from './checkTyped';
import { compare, isNothing } from './compare';
import {
  FieldSet,
  LEAF,
  difference,
  intersection,
  isEmpty,
  union,
} from './fieldSet';
import {
  Ownership,
  decodeManagedFields,
  encodeManagedFields,
  isSameManager,
} from './managedFields';
import { mergeValues } from './merge';
import { withMetadata } from './objectMeta';
import {
  UNOWNED,
  ownable,
  takeFields,
  withoutManagedFields,
  withoutReset,
} from './ownership';
import { removeItems, withNamedFields } from './removeItems';
import { conflictFailure } from './conflicts';
import { conflictsWithOthers, withLastApplied } from './lastApplied';
import { equalJson, isObject } from './structure';
import { toFieldSet } from './toFieldSet';

/**
 * Server-side apply as structured-merge-diff does it: what is applied is merged into the live object; what this manager applied before but not
 * now goes, unless somebody else owns it; fields of others that would change are a conflict, or are taken with `force`.
 *
 * @returns the new object with its managedFields; deeply equal to `live` if nothing changes.
 * @throws ApiFailure 409 for conflicts, 400 for managedFields in what is applied, 500 for what does not fit the schema.
 */
export function applyServerSide(input: ApplyInput): JsonObject {
  const schema = withMetadata(input.schema);
  refuseManagedFields(input.applied);
  checkTyped(input.applied, schema);

  const mine = ownable(toFieldSet(input.applied, schema), input.resetFields);
  const applier: Omit<Ownership, 'fields'> = {
    manager: input.manager,
    operation: 'Apply',
    apiVersion: String(input.applied.apiVersion ?? ''),
    subresource: input.subresource || undefined,
  };
  if (input.live === undefined) {
    const first = { ...applier, time: input.now, fields: mine };
    return withManagedFields(input.applied, encodeManagedFields([first]));
  }
  const live = withoutManagedFields(input.live);
  const owners = ownersOf(input.live, live, schema, input.now);
  const before = owners.find(owner => isSameManager(owner, applier));
  const others = owners.filter(owner => owner !== before);

  const merged = asObject(mergeValues(live, input.applied, schema));
  const owned = [UNOWNED, mine, ...others.map(owner => owner.fields)];
  const pruned = prune(merged, before?.fields, owned, schema);
  // An empty map that is applied stays, though all that was in it may just have gone.
  const result =
    pruned === merged
      ? merged
      : asObject(mergeValues(pruned, input.applied, schema));
  const differences = compare(live, result, schema);
  const changes = withoutReset(differences, input.resetFields);
  const taken = takeFields(others, changes);
  const conflicts = conflictsWithOthers(
    taken.conflicts,
    input.manager,
    live,
    schema,
  );
  if (conflicts.length > 0 && !input.force) {
    throw conflictFailure(conflicts);
  }
  const reordered = isNothing(differences) && !equalJson(live, result);
  const changed = reordered || !isNothing(changes);
  const managedFields = encodeManagedFields([
    ...taken.owners,
    {
      ...applier,
      time: changed ? input.now : before?.time,
      fields: mine,
    },
  ]);
  const object = changed
    ? withLastApplied(result, input.applied, input.manager)
    : live;
  return withManagedFields(object, managedFields);
}

/** Whoever wrote an object whose ownership is not tracked owns all of it before the first apply. */
function ownersOf(
  stored: StoredObject,
  live: JsonObject,
  schema: MergeSchema,
  now: string,
): Ownership[] {
  const owners = decodeManagedFields(stored.metadata.managedFields) ?? [];
  if (owners.length > 0) {
    return owners;
  }
  const everything = ownable(
    compare(schema.zero ?? {}, live, schema).added,
    [],
  );
  return [
    {
      manager: 'before-first-apply',
      operation: 'Update',
      apiVersion: String(live.apiVersion ?? ''),
      time: now,
      fields: everything,
    },
  ];
}

/**
 * Removes what the manager applied last time and nobody owns now. In three steps, as structured-merge-diff: without all that it applied last
 * time; with what anybody owns; with what was only lost because something around it went.
 */
function prune(
  merged: JsonObject,
  last: FieldSet | undefined,
  owned: readonly FieldSet[],
  schema: MergeSchema,
): JsonObject {
  if (last === undefined || isEmpty(last)) {
    return merged;
  }
  const ownedByAnybody = owned.reduce(union, LEAF);
  if (isEmpty(difference(last, ownedByAnybody))) {
    return merged;
  }
  const lastNamed = withNamedFields(last, schema);
  const ownedNamed = withNamedFields(ownedByAnybody, schema);
  const namedSetOf = (value: unknown) =>
    withNamedFields(toFieldSet(value, schema), schema);
  const all = namedSetOf(merged);
  const without = removeItems(merged, lastNamed, schema) ?? {};
  const withOwned =
    removeItems(
      merged,
      difference(all, union(namedSetOf(without), ownedNamed)),
      schema,
    ) ?? {};
  const lost = intersection(difference(all, namedSetOf(withOwned)), lastNamed);
  return asObject(removeItems(merged, lost, schema) ?? {});
}

function refuseManagedFields(applied: JsonObject): void {
  const { metadata } = applied;
  if (isObject(metadata) && Array.isArray(metadata.managedFields)) {
    throw new ApiFailure(
      400,
      'BadRequest',
      'metadata.managedFields must be nil',
    );
  }
}

function withManagedFields(
  object: JsonObject,
  managedFields: JsonObject[] | undefined,
): JsonObject {
  if (managedFields === undefined) {
    return object;
  }
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return { ...object, metadata: { ...metadata, managedFields } };
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
