import { JsonObject, MergeSchema } from '../api/seams';
import { ApiFailure } from '../types';
import { isObject } from './structure';

/** Merges a list by its merge key, or as a set if its elements are no maps, and puts the result in order. */
export function mergeElements(
  live: readonly unknown[],
  patch: readonly unknown[],
  schema: MergeSchema,
  order: readonly unknown[] | undefined,
  patchMap: (
    before: JsonObject,
    patch: JsonObject,
    schema: MergeSchema | undefined,
  ) => JsonObject,
): unknown[] {
  const isMaps = [...live, ...patch, ...(order ?? [])].some(isObject);
  const identity: Identity = isMaps
    ? byKey(schema.patchMergeKey ?? '')
    : item => JSON.stringify(item);
  if (!isMaps) {
    const merged = [...new Set([...live, ...patch])];
    return inOrder(merged, order ?? patch, live, identity);
  }
  const items = patch.filter(isObject);
  const wanted = items.filter(item => item.$patch === undefined);
  if (items.some(item => item.$patch === 'replace')) {
    return wanted.map(item => withoutDirectives(item));
  }
  const deleted = new Set(
    items.filter(item => item.$patch === 'delete').map(identity),
  );
  const merged = live.filter(item => !deleted.has(identity(item)));
  for (const item of wanted) {
    const key = identity(item);
    const index = merged.findIndex(other => identity(other) === key);
    const before = merged[index];
    if (isObject(before)) {
      merged[index] = patchMap(before, item, schema.items);
    } else {
      merged.push(withoutDirectives(item));
    }
  }
  return inOrder(merged, order ?? wanted, live, identity);
}

type Identity = (item: unknown) => string;

function byKey(mergeKey: string): Identity {
  return item => {
    const value = isObject(item) ? item[mergeKey] : undefined;
    if (value === undefined) {
      throw new ApiFailure(
        500,
        '',
        `map: ${formatGoMap(
          item,
        )} does not contain declared merge key: ${mergeKey}`,
      );
    }
    return JSON.stringify(value);
  };
}

/**
 * Elements that `order` names come in its order, the others in that of the live list. Where both meet, an element of the live list goes before
 * a named one only if it stood before it in the live list; a new element so comes before all of them.
 */
function inOrder(
  merged: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  identity: Identity,
): unknown[] {
  const places = new Map(order.map((item, index) => [identity(item), index]));
  const liveKeys = live.map(identity);
  const placeIn = (item: unknown) => places.get(identity(item)) ?? -1;
  const named = merged
    .filter(item => placeIn(item) >= 0)
    .sort((a, b) => placeIn(a) - placeIn(b));
  const others = merged.filter(item => placeIn(item) < 0);
  const result: unknown[] = [];
  for (const item of named) {
    const place = liveKeys.indexOf(identity(item));
    while (
      others.length > 0 &&
      place >= 0 &&
      liveKeys.indexOf(identity(others[0])) < place
    ) {
      result.push(others.shift());
    }
    result.push(item);
  }
  return [...result, ...others];
}

/** A map as Go prints it with `%v`: the real server does so in its messages. */
function formatGoMap(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(formatGoMap).join(' ')}]`;
  }
  if (isObject(value)) {
    const object: JsonObject = value;
    const fields = Object.keys(object).sort();
    return `map[${fields
      .map(f => `${f}:${formatGoMap(object[f])}`)
      .join(' ')}]`;
  }
  return value === null ? '<nil>' : String(value);
}

/** A value that replaces another one is taken as it is, but for the directives and nulls in it. */
export function withoutDirectives<T>(value: T): T;
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter(item => !isObject(item) || item.$patch === undefined)
      .map(item => withoutDirectives(item));
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field, item]) => !field.startsWith('$') && item !== null)
      .map(([field, item]) => [field, withoutDirectives(item)]),
  );
}
