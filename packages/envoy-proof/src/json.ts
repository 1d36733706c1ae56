/** What JSON can say. */
export type Json =
  | string
  | number
  | boolean
  | null
  | Json[]
  | { [key: string]: Json };

/** An object of JSON. */
export type JsonObject = { [key: string]: Json };

/** Whether a value is an object of JSON, neither list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a path of keys and indices. Throws an error that names the path when there is none. */
export function objectAt(
  value: Json | undefined,
  ...path: (string | number)[]
): JsonObject {
  const found = at(value, ...path);
  if (!isObject(found)) {
    throw new Error(`There is no object at "${path.join('.')}".`);
  }
  return found;
}

/** The list under a path of keys and indices; an empty one when there is none. */
export function listAt(
  value: Json | undefined,
  ...path: (string | number)[]
): Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The text under a path of keys and indices; empty when there is none. */
export function textAt(
  value: Json | undefined,
  ...path: (string | number)[]
): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

function at(
  value: Json | undefined,
  ...path: (string | number)[]
): Json | undefined {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') {
      current = current[step];
    } else if (isObject(current) && typeof step === 'string') {
      current = current[step];
    } else {
      return undefined;
    }
  }
  return current;
}

/** Every object in a value, outermost first. */
export function* objectsIn(value: Json): Generator<JsonObject> {
  if (Array.isArray(value)) {
    for (const item of value) {
      yield* objectsIn(item);
    }
  } else if (isObject(value)) {
    yield value;
    for (const item of Object.values(value)) {
      yield* objectsIn(item);
    }
  }
}
