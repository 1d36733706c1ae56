import { JsonObject } from '../api/seams';
import { isObject } from './json';
import { SchemaNode } from './schemaNode';

/** What is left of an object, and the paths of what was not (`spec.model.extra`, `spec.list[0].x`), sorted. */
interface Pruned {
  object: JsonObject;
  unknownFields: string[];
}

/**
 * Drops fields that a structural schema does not know, as apiextensions-apiserver does. Nothing is changed in place: values without
 * unknown fields are returned as they are.
 */
export function prune(root: SchemaNode, object: JsonObject): Pruned {
  const unknownFields: string[] = [];
  const left = pruneObject(root, object, '', unknownFields);
  return { object: left, unknownFields: unknownFields.sort() };
}

function pruneValue(
  node: SchemaNode | undefined,
  value: unknown,
  path: string,
  unknown: string[],
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isObject(value)) return pruneObject(node, value, path, unknown);
  if (!Array.isArray(value)) return value;
  if (node?.preserveUnknown && !node.items) return value;
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index];
    const left = pruneValue(node?.items, item, `${path}[${index}]`, unknown);
    if (left !== item) {
      copy ??= value.slice();
      copy[index] = left;
    }
  }
  return copy ?? value;
}

function pruneObject(
  node: SchemaNode | undefined,
  object: JsonObject,
  path: string,
  unknown: string[],
): JsonObject {
  let copy: JsonObject | undefined;
  for (const name of Object.keys(object)) {
    if (node && (node.isRoot || node.embedded) && isTypeOrMeta(name)) continue;
    const child = node?.field(name);
    const value = object[name];
    const fieldPath = path ? `${path}.${name}` : name;
    if (child) {
      const left = pruneValue(child, value, fieldPath, unknown);
      if (left !== value) {
        copy ??= { ...object };
        copy[name] = left;
      }
    } else if (!node?.preserveUnknown) {
      unknown.push(fieldPath);
      copy ??= { ...object };
      delete copy[name];
    }
  }
  return copy ?? object;
}

function isTypeOrMeta(name: string): boolean {
  return name === 'apiVersion' || name === 'kind' || name === 'metadata';
}
