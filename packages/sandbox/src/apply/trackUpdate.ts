import { TrackInput } from '../api/seams';
import { compare } from './compare';
import { FieldSet, LEAF, difference, isEmpty, union } from './fieldSet';
import {
  Ownership,
  decodeManagedFields,
  encodeManagedFields,
  isSameManager,
} from './managedFields';
import { withMetadata } from './objectMeta';
import {
  ownable,
  takeFields,
  withoutManagedFields,
  withoutReset,
} from './ownership';
import { ListKeyError, isObject } from './structure';

/**
 * The new `metadata.managedFields` after a create, update or patch: the writer owns what it changed, nobody owns what it removed. Ownership
 * of an object that has none (it was reset by its client) is not tracked until somebody applies it.
 */
export function trackUpdate(input: TrackInput): unknown[] | undefined {
  const { old, updated } = input;
  const live = old?.metadata.managedFields;
  const owners = ownersToStartFrom(input);
  if (old !== undefined && owners.length === 0) {
    return undefined;
  }
  const writer: Omit<Ownership, 'fields'> = {
    manager: input.manager,
    operation: 'Update',
    apiVersion: String(updated.apiVersion ?? ''),
    subresource: input.subresource || undefined,
    time: input.now,
  };
  try {
    const changes = withoutReset(
      compare(
        old === undefined ? input.schema.zero ?? {} : withoutManagedFields(old),
        withoutManagedFields(updated),
        withMetadata(input.schema),
      ),
      input.resetFields,
    );
    const others = takeFields(owners, changes).owners;
    const gained = ownable(union(changes.modified, changes.added), []);
    return encodeManagedFields(addTo(others, writer, gained, changes.removed));
  } catch (error) {
    if (error instanceof ListKeyError) {
      return live;
    }
    throw error;
  }
}

/** The writer's entry gets what it gained, and a new time for it. Without a gain its entry stays as it is. */
function addTo(
  owners: readonly Ownership[],
  writer: Omit<Ownership, 'fields'>,
  gained: FieldSet,
  removed: FieldSet,
): readonly Ownership[] {
  if (isEmpty(gained)) {
    return owners;
  }
  const before = owners.find(owner => isSameManager(owner, writer));
  const fields = union(difference(before?.fields ?? LEAF, removed), gained);
  return [...owners.filter(owner => owner !== before), { ...writer, fields }];
}

/**
 * Clients may edit managedFields, but not through a subresource. A list with one empty entry resets it, an absent, empty or broken list means
 * the stored one.
 */
function ownersToStartFrom({
  old,
  updated,
  subresource,
}: TrackInput): Ownership[] {
  const stored = decodeManagedFields(old?.metadata.managedFields) ?? [];
  const sent = isObject(updated.metadata)
    ? updated.metadata.managedFields
    : undefined;
  if (subresource || sent === old?.metadata.managedFields) {
    return stored;
  }
  if (isReset(sent)) {
    return [];
  }
  const decoded = decodeManagedFields(sent);
  return decoded === undefined || decoded.length === 0 ? stored : decoded;
}

function isReset(entries: unknown): boolean {
  return (
    Array.isArray(entries) &&
    entries.length === 1 &&
    isObject(entries[0]) &&
    Object.keys(entries[0]).length === 0
  );
}
