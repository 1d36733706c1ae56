import { MergeSchema } from '../api/seams';
import { FieldSet, LEAF, hasChild, isEmpty, makeNode } from './fieldSet';
import {
  Json,
  fieldSchema,
  isAtomic,
  isNamed,
  isObject,
  listElement,
  shapeOf,
} from './structure';

/** The value without the paths of `set`. What lies in an atomic value can't be removed alone. Undefined when nothing is left. */
export function removeItems(
  value: Json,
  set: FieldSet,
  schema: MergeSchema | undefined,
): Json {
  const shape = shapeOf(value, schema);
  if (isEmpty(set) || isAtomic(shape, schema)) {
    return value;
  }
  return Array.isArray(value)
    ? removeFromList(value, set, schema)
    : removeFromMap(isObject(value) ? value : {}, set, schema);
}

function removeFromList(
  list: readonly Json[],
  set: FieldSet,
  schema: MergeSchema | undefined,
): Json {
  const result: Json[] = [];
  for (const item of list) {
    const element = listElement(schema, item);
    if (!hasChild(set, element)) {
      result.push(removeItems(item, set[element] ?? LEAF, schema?.items));
    }
  }
  return result.length > 0 ? result : undefined;
}

function removeFromMap(
  map: Record<string, Json>,
  set: FieldSet,
  schema: MergeSchema | undefined,
): Json {
  const result: Record<string, Json> = {};
  let count = 0;
  for (const field of Object.keys(map)) {
    const element = `f:${field}`;
    if (!hasChild(set, element)) {
      const at = fieldSchema(schema, field);
      const rest = removeItems(map[field], set[element] ?? LEAF, at);
      if (rest !== undefined) {
        result[field] = rest;
        count += 1;
      }
    }
  }
  return count > 0 ? result : undefined;
}

/**
 * The set with all fields that the schema names and that have something below them in the set: whoever owns `spec.a` then also owns
 * `spec`. Entries of maps and lists do not count as named.
 */
export function withNamedFields(
  set: FieldSet,
  schema: MergeSchema | undefined,
): FieldSet {
  const children: Record<string, FieldSet> = {};
  for (const element of Object.keys(set)) {
    if (element === '.') {
      continue;
    }
    const field = element.startsWith('f:') ? element.slice(2) : undefined;
    const at = field === undefined ? schema?.items : fieldSchema(schema, field);
    const named = field !== undefined && isNamed(schema, field);
    const below = withNamedFields(set[element], at);
    const member = hasChild(set, element) || named;
    const node = makeNode(member, { ...below });
    if (node !== undefined) {
      children[element] = node;
    }
  }
  return children;
}
