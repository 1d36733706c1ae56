/*
 * Readers for objects that came from the API server: what is not of the wanted type counts as absent. Schemas have been checked by the
 * server; these only keep a surprise from becoming an exception in the middle of a pass.
 */

/** The value at a path of fields, if every step is an object. */
export function at(value: unknown, ...path: string[]): unknown {
  let current: unknown = value;
  for (const field of path) {
    if (!isRecord(current)) {
      return undefined;
    }
    current = current[field];
  }
  return current;
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a path; empty if there is none. */
export function recordAt(
  value: unknown,
  ...path: string[]
): Record<string, unknown> {
  const found = at(value, ...path);
  return isRecord(found) ? found : {};
}

/** The list at a path; empty if there is none. */
export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The text at a path, if it is text and not empty. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The number at a path. */
export function numberAt(
  value: unknown,
  ...path: string[]
): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found)
    ? found
    : undefined;
}

/** The boolean at a path. */
export function booleanAt(
  value: unknown,
  ...path: string[]
): boolean | undefined {
  const found = at(value, ...path);
  return typeof found === 'boolean' ? found : undefined;
}

/** The texts of a list at a path. */
export function textsAt(value: unknown, ...path: string[]): string[] {
  return listAt(value, ...path).filter(
    (item): item is string => typeof item === 'string',
  );
}

/** The text values of an object at a path; numbers become text, as in quantities. */
export function textMapAt(
  value: unknown,
  ...path: string[]
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, item] of Object.entries(recordAt(value, ...path))) {
    if (typeof item === 'string' || typeof item === 'number') {
      result[key] = String(item);
    }
  }
  return result;
}
