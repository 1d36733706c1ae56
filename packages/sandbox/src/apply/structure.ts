import { isObject } from '../api/json';
import { MergeSchema } from '../api/seams';

export { equalJson, isObject } from '../api/json';

/** Any JSON value. */
export type Json = unknown;

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

/** Does the schema name this field of a map? Entries that only `values` describes are not named. */
export function isNamed(
  schema: MergeSchema | undefined,
  field: string,
): boolean {
  const fields = schema?.fields;
  return fields !== undefined && Object.hasOwn(fields, field);
}

/** The schema of a field of a map. */
export function fieldSchema(
  schema: MergeSchema | undefined,
  field: string,
): MergeSchema | undefined {
  return isNamed(schema, field) ? schema?.fields?.[field] : schema?.values;
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
    return `v:${quote(item)}`;
  }
  if (!isObject(item)) {
    throw new ListKeyError(
      item === null
        ? 'associative list with keys may not have a null element'
        : 'associative list with keys may not have non-map elements',
    );
  }
  let element = 'k:{';
  for (const [index, name] of sortedKeys(schema).entries()) {
    const value = item[name] ?? schema?.listKeyDefaults?.[name];
    if (value === undefined) {
      throw new ListKeyError(
        `associative list with keys has an element that omits key field ${JSON.stringify(
          name,
        )} (and doesn't have default value)`,
      );
    }
    element += `${index === 0 ? '' : ','}${quote(name)}:${quote(value)}`;
  }
  return `${element}}`;
}

const PLAIN = /^[\w ./:-]*$/;

/** JSON of a scalar; most strings need no escapes. */
function quote(value: Json): string {
  return typeof value === 'string' && PLAIN.test(value)
    ? `"${value}"`
    : JSON.stringify(value);
}

const NO_KEYS: readonly string[] = [];
const sortedKeysOf = new WeakMap<MergeSchema, readonly string[]>();

function sortedKeys(schema: MergeSchema | undefined): readonly string[] {
  const keys = schema?.listKeys;
  if (schema === undefined || keys === undefined) {
    return NO_KEYS;
  }
  if (keys.length === 1) {
    return keys;
  }
  let sorted = sortedKeysOf.get(schema);
  if (sorted === undefined) {
    sorted = [...keys].sort();
    sortedKeysOf.set(schema, sorted);
  }
  return sorted;
}

/** Path elements of a whole list. */
export function listElements(
  schema: MergeSchema | undefined,
  items: readonly Json[],
): string[] {
  return items.map(item => listElement(schema, item));
}

/** True when both lists have the same elements in the same order. */
export function sameElements(
  a: readonly string[],
  b: readonly string[],
): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}
