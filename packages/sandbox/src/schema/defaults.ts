import { JsonObject } from '../api/seams';
import { isObject } from './json';
import { SchemaNode } from './schemaNode';

/**
 * Fills the defaults of a structural schema, in place: a default is set where its parent is there and the field is missing, or null and
 * not nullable. Then drops what is still null and may not be, as the API server does. Idempotent.
 */
export function fillDefaults(root: SchemaNode, draft: JsonObject): void {
  fill(root, draft);
  dropNulls(root, draft);
}

function fill(node: SchemaNode, value: unknown): void {
  if (Array.isArray(value)) {
    const items = node.items;
    if (!items) return;
    value.forEach((item, index) => {
      if (item === null && !items.nullable && hasDefault(items)) {
        value[index] = structuredClone(items.default);
      }
      fill(items, value[index]);
    });
    return;
  }
  if (!isObject(value)) return;
  for (const [name, fallback] of node.defaults) {
    const missing =
      !Object.hasOwn(value, name) ||
      (value[name] === null && !node.property(name)?.nullable);
    if (missing) {
      value[name] =
        typeof fallback === 'object' ? structuredClone(fallback) : fallback;
    }
  }
  for (const name of Object.keys(value)) {
    const property = node.property(name);
    const child = property ?? node.additional;
    if (!child) continue;
    if (
      !property &&
      value[name] === null &&
      !child.nullable &&
      hasDefault(child)
    ) {
      value[name] = structuredClone(child.default);
    }
    const current = value[name];
    if (typeof current === 'object' && current !== null) fill(child, current);
  }
}

function dropNulls(node: SchemaNode, value: unknown): void {
  if (Array.isArray(value)) {
    const items = node.items;
    if (items) for (const item of value) dropNulls(items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    const child = node.field(name);
    if (!child) continue;
    if (value[name] === null) {
      if (!child.nullable) delete value[name];
    } else {
      dropNulls(child, value[name]);
    }
  }
}

function hasDefault(node: SchemaNode): boolean {
  return node.default !== undefined && node.default !== null;
}
