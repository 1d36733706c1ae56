import { KubeApiError, KubeObject, ManagedFieldsEntry } from '../types';

type Fields = Record<string, unknown>;
type Tree = Record<string, unknown>;

/** Merge keys of lists, by field name; lists that are not named here are atomic, and sets where named in SETS. */
const LIST_KEYS: Record<string, string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  env: ['name'],
  ports: ['containerPort', 'protocol'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  listeners: ['name'],
};
const SETS = new Set(['finalizers']);
const UNTRACKED = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
]);

/** Server-side apply of `desired` onto `live`, near enough for tests: returns the new object, managed fields included. */
export function applyOnto(
  live: KubeObject | undefined,
  desired: KubeObject,
  options: { fieldManager: string; force?: boolean; subresource?: string },
): KubeObject {
  const base: KubeObject = live ?? {
    apiVersion: desired.apiVersion,
    kind: desired.kind,
    metadata: {
      name: desired.metadata.name,
      namespace: desired.metadata.namespace,
    },
  };
  const wanted = trackedFields(desired, options.subresource);
  const entries = base.metadata.managedFields ?? [];
  const mine = entries.find(each =>
    isEntryOf(each, options.fieldManager, options.subresource),
  );
  const others = entries.filter(each => each !== mine);
  if (!options.force) {
    refuseConflicts(base, desired, wanted, others);
  }
  const released = subtract(mine?.fieldsV1 ?? {}, wanted);
  const stillOwned = others.reduce<Fields>(
    (fields, other) => subtract(fields, other.fieldsV1 ?? {}),
    released,
  );
  const merged = mergeFields(removeFields(base, stillOwned), desired, wanted);
  const others2 = dropChanged(others, base, merged);
  return withEntries(merged, [
    ...others2,
    entry(
      desired.apiVersion,
      options.fieldManager,
      'Apply',
      wanted,
      options.subresource,
    ),
  ]);
}

/** Managed fields after a plain write: what it changed belongs to the writer now. */
export function updateOnto(
  live: KubeObject | undefined,
  next: KubeObject,
  fieldManager: string,
): KubeObject {
  const entries = live?.metadata.managedFields ?? [];
  const kept = live ? dropChanged(entries, live, next) : [];
  const changed = live
    ? changedFields(trackedFields(next), live, next)
    : trackedFields(next);
  const own = Object.keys(changed).length > 0;
  return withEntries(
    next,
    own
      ? [...kept, entry(next.apiVersion, fieldManager, 'Update', changed)]
      : kept,
  );
}

function entry(
  apiVersion: string,
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: Fields,
  subresource?: string,
): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource && { subresource }),
  };
}

function isEntryOf(
  each: ManagedFieldsEntry,
  manager: string,
  subresource?: string,
): boolean {
  return (
    each.manager === manager &&
    each.operation === 'Apply' &&
    (each.subresource ?? '') === (subresource ?? '')
  );
}

function withEntries(
  object: KubeObject,
  managedFields: ManagedFieldsEntry[],
): KubeObject {
  const used = managedFields.filter(
    each => Object.keys(each.fieldsV1 ?? {}).length > 0,
  );
  return { ...object, metadata: { ...object.metadata, managedFields: used } };
}

function trackedFields(object: KubeObject, subresource?: string): Fields {
  if (subresource === 'status') {
    return { 'f:status': fieldsOf(object.status, 'status') };
  }
  const { apiVersion, kind, metadata, ...rest } = object;
  const tracked = Object.fromEntries(
    Object.entries(metadata).filter(([name]) => !UNTRACKED.has(name)),
  );
  const fields = fieldsOf(rest, '');
  return Object.keys(tracked).length > 0
    ? { ...fields, 'f:metadata': fieldsOf(tracked, 'metadata') }
    : fields;
}

function fieldsOf(value: unknown, name: string): Fields {
  if (isMap(value)) {
    const fields: Fields = {};
    for (const [field, child] of Object.entries(value)) {
      if (child !== undefined && child !== null) {
        fields[`f:${field}`] = fieldsOf(child, field);
      }
    }
    return fields;
  }
  if (Array.isArray(value)) {
    const keys = LIST_KEYS[name];
    if (SETS.has(name)) {
      return Object.fromEntries(
        value.map(each => [`v:${JSON.stringify(each)}`, {}]),
      );
    }
    if (keys) {
      return Object.fromEntries(
        value.map(item => [
          keyOfItem(item, keys),
          { '.': {}, ...fieldsOf(item, '') },
        ]),
      );
    }
  }
  return {};
}

function keyOfItem(item: unknown, keys: string[]): string {
  const values = isMap(item) ? item : {};
  const key = keys.map(name => [
    name,
    values[name] ?? (name === 'protocol' ? 'TCP' : undefined),
  ]);
  return `k:${JSON.stringify(Object.fromEntries(key))}`;
}

/** The part of a value that a path element names. */
function partOf(value: unknown, element: string): unknown {
  if (element === '.') {
    return undefined;
  }
  const rest = element.slice(2);
  if (element.startsWith('f:')) {
    return isMap(value) ? value[rest] : undefined;
  }
  return Array.isArray(value)
    ? value.find(item => matches(item, element))
    : undefined;
}

function matches(item: unknown, element: string): boolean {
  const rest = element.slice(2);
  if (element.startsWith('v:')) {
    return JSON.stringify(item) === rest;
  }
  const key: Tree = JSON.parse(rest);
  return (
    isMap(item) &&
    Object.entries(key).every(
      ([name, value]) =>
        item[name] === value ||
        (name === 'protocol' && item[name] === undefined),
    )
  );
}

function subtract(fields: Fields, other: Fields): Fields {
  const result: Fields = {};
  for (const [element, child] of Object.entries(fields)) {
    const otherChild = other[element];
    if (otherChild === undefined) {
      result[element] = child;
    } else if (
      isMap(child) &&
      isMap(otherChild) &&
      Object.keys(child).length > 0
    ) {
      const rest = subtract(child, otherChild);
      if (Object.keys(rest).length > 0) {
        result[element] = rest;
      }
    }
  }
  return result;
}

function removeFields<T>(value: T, fields: Fields): T {
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    for (const item of value) {
      const element = Object.keys(fields).find(
        each => each !== '.' && matches(item, each),
      );
      const child = element === undefined ? undefined : fields[element];
      if (!isMap(child)) {
        copy.push(item);
      } else if (!('.' in child) && Object.keys(child).length > 0) {
        copy.push(removeFields(item, child));
      }
    }
    return JSON.parse(JSON.stringify(copy));
  }
  if (!isMap(value)) {
    return value;
  }
  const copy = { ...value };
  for (const [element, child] of Object.entries(fields)) {
    const name = element.slice(2);
    if (element.startsWith('f:') && isMap(child)) {
      if (Object.keys(child).length === 0) {
        Reflect.deleteProperty(copy, name);
      } else if (name in copy) {
        Object.assign(copy, { [name]: removeFields(copy[name], child) });
      }
    }
  }
  return copy;
}

function mergeFields<T>(base: T, desired: unknown, fields: Fields): T {
  if (isMap(desired) && isMap(base)) {
    const copy = { ...base };
    for (const [element, child] of Object.entries(fields)) {
      const name = element.slice(2);
      if (element.startsWith('f:') && isMap(child)) {
        const value = desired[name];
        const merged =
          Object.keys(child).length === 0
            ? structuredClone(value)
            : mergeFields(
                copy[name] ?? (Array.isArray(value) ? [] : {}),
                value,
                child,
              );
        Object.assign(copy, { [name]: merged });
      }
    }
    return copy;
  }
  const copy: unknown[] = Array.isArray(base) ? [...base] : [];
  for (const [element, child] of Object.entries(fields)) {
    const wanted = partOf(desired, element);
    const index = copy.findIndex(
      item => element !== '.' && matches(item, element),
    );
    let merged = wanted;
    if (element.startsWith('k:') && isMap(child)) {
      // As if defaulted: an item has its whole key.
      const key: Tree = JSON.parse(element.slice(2));
      merged = mergeFields(index < 0 ? key : copy[index], wanted, child);
    }
    if (index < 0) {
      copy.push(merged);
    } else {
      copy[index] = merged;
    }
  }
  return JSON.parse(JSON.stringify(copy));
}

function changedFields(
  fields: Fields,
  before: unknown,
  after: unknown,
): Fields {
  const result: Fields = {};
  for (const [element, child] of Object.entries(fields)) {
    const [was, is] = [partOf(before, element), partOf(after, element)];
    if (JSON.stringify(was) !== JSON.stringify(is) && isMap(child)) {
      const inner = changedFields(child, was, is);
      if (Object.keys(child).length === 0 || was === undefined) {
        result[element] = child;
      } else if (Object.keys(inner).length > 0) {
        result[element] = inner;
      }
    }
  }
  return result;
}

function dropChanged(
  entries: ManagedFieldsEntry[],
  before: KubeObject,
  after: KubeObject,
): ManagedFieldsEntry[] {
  return entries.map(each => {
    const fields = each.fieldsV1 ?? {};
    return {
      ...each,
      fieldsV1: subtract(fields, changedFields(fields, before, after)),
    };
  });
}

function refuseConflicts(
  base: KubeObject,
  desired: KubeObject,
  wanted: Fields,
  others: ManagedFieldsEntry[],
): void {
  const changed = changedFields(wanted, base, desired);
  for (const other of others) {
    const free = subtract(changed, other.fieldsV1 ?? {});
    if (JSON.stringify(free) !== JSON.stringify(changed)) {
      throw new KubeApiError(
        {
          code: 409,
          reason: 'Conflict',
          message: `Apply failed with a conflict with "${other.manager}"`,
        },
        `apply ${desired.kind} ${desired.metadata.name}`,
      );
    }
  }
}

function isMap(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
