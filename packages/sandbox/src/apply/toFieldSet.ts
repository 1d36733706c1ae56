import { MergeSchema } from '../api/seams';
import { FieldSet, LEAF, makeNode } from './fieldSet';
import {
  Json,
  fieldSchema,
  isAtomic,
  isNamed,
  isObject,
  listElement,
  shapeOf,
} from './structure';

/** The paths that somebody owns who applies this value. */
export function toFieldSet(
  value: Json,
  schema: MergeSchema | undefined,
): FieldSet {
  return childrenOf(value, schema) ?? LEAF;
}

function nodeOf(
  value: Json,
  schema: MergeSchema | undefined,
  ownPath: boolean,
): FieldSet | undefined {
  const shape = shapeOf(value, schema);
  if (isAtomic(shape, schema)) {
    return LEAF;
  }
  const empty = isObject(value) && Object.keys(value).length === 0;
  return makeNode(ownPath || empty, childrenOf(value, schema));
}

function childrenOf(
  value: Json,
  schema: MergeSchema | undefined,
): Record<string, FieldSet> | undefined {
  const children: Record<string, FieldSet> = {};
  if (Array.isArray(value)) {
    for (const item of value) {
      const node = nodeOf(item, schema?.items, true);
      if (node !== undefined) {
        children[listElement(schema, item)] = node;
      }
    }
  } else if (isObject(value)) {
    for (const field of Object.keys(value)) {
      if (value[field] !== undefined) {
        const node = nodeOf(
          value[field],
          fieldSchema(schema, field),
          !isNamed(schema, field),
        );
        if (node !== undefined) {
          children[`f:${field}`] = node;
        }
      }
    }
  }
  return children;
}
