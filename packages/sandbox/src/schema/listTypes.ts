import { FieldError } from '../api/seams';
import { duplicate } from './fieldErrors';
import { isObject } from './json';
import { SchemaNode } from './schemaNode';

/** Finds the element of a list of before that has the same keys as an element of now. */
type Finder = (item: unknown) => unknown;

const nothing: Finder = () => undefined;

/**
 * Looks for the past of elements of a list: in `map` lists by their keys, in others there is none. The old elements are read once, when the
 * first is looked for, so that a list costs what it is long.
 */
export function findByKeys(list: SchemaNode, old: unknown): Finder {
  if (list.listType !== 'map' || !Array.isArray(old)) return nothing;
  let byKeys: Map<string, unknown> | undefined;
  return item => {
    if (!isObject(item)) return undefined;
    if (!byKeys) {
      byKeys = new Map();
      for (const candidate of old) {
        if (!isObject(candidate)) continue;
        const identity = JSON.stringify(keysOf(list, candidate));
        if (!byKeys.has(identity)) byKeys.set(identity, candidate);
      }
    }
    return byKeys.get(JSON.stringify(keysOf(list, item)));
  };
}

/** Finds duplicates in `set` and `map` lists, everywhere in a value. */
export function listTypeErrors(
  node: SchemaNode,
  value: unknown,
  path = '',
): FieldError[] {
  const errors: FieldError[] = [];
  visit(node, value, path, errors);
  return errors;
}

function visit(
  node: SchemaNode,
  value: unknown,
  path: string,
  errors: FieldError[],
): void {
  if (Array.isArray(value)) {
    if (node.listType === 'set' || node.listType === 'map') {
      duplicates(node, value, path, errors);
    }
    const items = node.items;
    if (!items) return;
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'object' && item !== null) {
        visit(items, item, `${path}[${index}]`, errors);
      }
    }
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const item = value[name];
      if (typeof item !== 'object' || item === null) continue;
      const child = node.field(name);
      if (child) visit(child, item, path ? `${path}.${name}` : name, errors);
    }
  }
}

function duplicates(
  node: SchemaNode,
  list: readonly unknown[],
  path: string,
  errors: FieldError[],
): void {
  const seen = new Map<string, number>();
  list.forEach((item, index) => {
    const identity =
      node.listType === 'map' ? keysOf(node, item) : canonical(item);
    const key = JSON.stringify(identity);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    // The server names each value once, at its second place.
    if (times === 2) errors.push(duplicate(`${path}[${index}]`, identity));
  });
}

function keysOf(node: SchemaNode, item: unknown): unknown {
  if (!isObject(item)) return item;
  return Object.fromEntries(
    [...node.listKeys]
      .sort()
      .filter(key => Object.hasOwn(item, key))
      .map(key => [key, item[key]]),
  );
}

/** The same value for objects that differ in the order of their fields. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(name => [name, canonical(value[name])]),
  );
}
