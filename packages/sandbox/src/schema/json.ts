import { JsonObject } from '../api/seams';

/** True for a JSON object (not a list, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a JSON object. */
export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** The value if it is a list. */
export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** The value if it is a string. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is a number. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The strings of a list; empty if it is none. */
export function stringsOf(value: unknown): string[] {
  return (asList(value) ?? []).filter(
    (item): item is string => typeof item === 'string',
  );
}

/** The objects of a list; empty if it is none. */
export function objectsOf(value: unknown): JsonObject[] {
  return (asList(value) ?? []).filter(isObject);
}

/** A field of an object, without what JavaScript inherits (`constructor` is a legal field name). */
export function own(object: JsonObject, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

/** Deep equality of JSON values; identical values are found at once. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => jsonEqual(item, b[index]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const fields = Object.keys(a);
  return (
    fields.length === Object.keys(b).length &&
    fields.every(
      field => Object.hasOwn(b, field) && jsonEqual(a[field], b[field]),
    )
  );
}
