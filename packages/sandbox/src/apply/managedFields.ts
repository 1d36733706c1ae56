import { JsonObject } from '../api/seams';
import { FieldSet, isEmpty } from './fieldSet';
import { isObject } from './structure';

/** What one manager owns. Never changed in place. */
export interface Ownership {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
  time?: string;
  fields: FieldSet;
}

/** Identity of a manager's entry. Appliers are the same manager in every version. */
export function isSameManager(
  a: Ownership,
  b: Omit<Ownership, 'fields'>,
): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    (a.subresource ?? '') === (b.subresource ?? '') &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** Reads `metadata.managedFields`; undefined if any entry of it is not one. */
export function decodeManagedFields(entries: unknown): Ownership[] | undefined {
  if (!Array.isArray(entries)) {
    return entries === undefined || entries === null ? [] : undefined;
  }
  const result: Ownership[] = [];
  for (const entry of entries) {
    const ownership = decodeEntry(entry);
    if (ownership === undefined) {
      return undefined;
    }
    result.push(ownership);
  }
  return result;
}

function decodeEntry(entry: unknown): Ownership | undefined {
  if (!isObject(entry)) {
    return undefined;
  }
  const { manager, operation, apiVersion, subresource, time, fieldsV1 } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    return undefined;
  }
  if (entry.fieldsType !== 'FieldsV1' || !isFieldSet(fieldsV1)) {
    return undefined;
  }
  return {
    manager: typeof manager === 'string' ? manager : '',
    operation,
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    subresource: typeof subresource === 'string' ? subresource : undefined,
    time: typeof time === 'string' ? time : undefined,
    fields: fieldsV1,
  };
}

/** Sets that were checked once; the stored ones come back with every write. */
const checked = new WeakSet<object>();

function isFieldSet(value: unknown): value is FieldSet {
  if (!isObject(value)) {
    return false;
  }
  if (checked.has(value)) {
    return true;
  }
  const valid = hasOnlyElements(value);
  if (valid) {
    checked.add(value);
  }
  return valid;
}

function hasOnlyElements(value: JsonObject): boolean {
  return Object.keys(value).every(element => {
    const child = value[element];
    return (
      (element === '.' || /^[fkvi]:/.test(element)) &&
      isObject(child) &&
      hasOnlyElements(child)
    );
  });
}

/** `metadata.managedFields`, in the server's order: appliers first, then by time and name. Undefined when nobody owns anything. */
export function encodeManagedFields(
  owners: readonly Ownership[],
): JsonObject[] | undefined {
  const kept = owners.filter(owner => !isEmpty(owner.fields)).sort(byOrder);
  return kept.length === 0 ? undefined : kept.map(encodeEntry);
}

function byOrder(a: Ownership, b: Ownership): number {
  const pairs: [string, string][] = [
    [a.operation, b.operation],
    [a.time ?? '', b.time ?? ''],
    [a.manager, b.manager],
    [a.apiVersion, b.apiVersion],
    [a.subresource ?? '', b.subresource ?? ''],
  ];
  for (const [left, right] of pairs) {
    if (left !== right) {
      return left < right ? -1 : 1;
    }
  }
  return 0;
}

function encodeEntry(owner: Ownership): JsonObject {
  // Made or checked in here: no need to look at it again when it comes back from the store.
  checked.add(owner.fields);
  return {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: owner.apiVersion,
    ...(owner.time === undefined ? {} : { time: owner.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: owner.fields,
    ...(owner.subresource ? { subresource: owner.subresource } : {}),
  };
}
