import { JsonObject, MergeSchema } from '../api/seams';

/** Any JSON value. */
export type Json = unknown;

/** True for JSON objects (not arrays, not null). */
export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a value is looked at while two are compared or merged. */
export type Shape = 'map' | 'list' | 'leaf';

/**
 * The shape of a value under a schema. A value that does not fit its schema is a leaf: whoever validates says so, we only must not lose it.
 * Without a schema maps are granular and lists atomic.
 */
export function shapeOf(value: Json, schema: MergeSchema | undefined): Shape {
  const type = schema?.type ?? 'deduced';
  if (Array.isArray(value)) {
    return type === 'list' || type === 'deduced' ? 'list' : 'leaf';
  }
  if (isObject(value)) {
    return type === 'object' || type === 'deduced' ? 'map' : 'leaf';
  }
  return 'leaf';
}

/** True where a value is owned and replaced as a whole. */
export function isAtomic(
  shape: Shape,
  schema: MergeSchema | undefined,
): boolean {
  if (shape === 'map') {
    return schema?.atomic === true;
  }
  if (shape === 'list') {
    return schema?.listType !== 'map' && schema?.listType !== 'set';
  }
  return true;
}

/** The schema of a field of a map, and whether the schema names that field. */
export function fieldSchema(
  schema: MergeSchema | undefined,
  field: string,
): { schema: MergeSchema | undefined; named: boolean } {
  const fields = schema?.fields;
  if (fields !== undefined && Object.hasOwn(fields, field)) {
    return { schema: fields[field], named: true };
  }
  return { schema: schema?.values, named: false };
}

/** A list whose elements cannot be told apart. `message` is what structured-merge-diff says. */
export class ListKeyError extends Error {}

/** The path element of a list's element: `k:{…}` by its keys, `v:…` by its value. */
export function listElement(
  schema: MergeSchema | undefined,
  item: Json,
): string {
  if (schema?.listType === 'set') {
    if (isObject(item) || Array.isArray(item)) {
      throw new ListKeyError(
        "associative list without keys has an element that's a map type",
      );
    }
    return `v:${JSON.stringify(item)}`;
  }
  if (!isObject(item)) {
    throw new ListKeyError(
      item === null
        ? 'associative list with keys may not have a null element'
        : 'associative list with keys may not have non-map elements',
    );
  }
  const keys: JsonObject = {};
  for (const name of sortedKeys(schema)) {
    const value = item[name] ?? schema?.listKeyDefaults?.[name];
    if (value === undefined) {
      throw new ListKeyError(
        `associative list with keys has an element that omits key field ${JSON.stringify(
          name,
        )} (and doesn't have default value)`,
      );
    }
    keys[name] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

const sortedKeysOf = new WeakMap<MergeSchema, readonly string[]>();

function sortedKeys(schema: MergeSchema | undefined): readonly string[] {
  if (schema?.listKeys === undefined) {
    return [];
  }
  let sorted = sortedKeysOf.get(schema);
  if (sorted === undefined) {
    sorted = [...schema.listKeys].sort();
    sortedKeysOf.set(schema, sorted);
  }
  return sorted;
}

/** Deep equality of JSON values; the same reference is the fast case. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equalJson(item, b[index]))
    );
  }
  if (!isObject(a) || !isObject(b)) {
    return false;
  }
  let count = 0;
  for (const field of Object.keys(a)) {
    if (a[field] !== undefined) {
      count += 1;
      if (!equalJson(a[field], b[field])) {
        return false;
      }
    }
  }
  for (const field of Object.keys(b)) {
    if (b[field] !== undefined) {
      count -= 1;
    }
  }
  return count === 0;
}
