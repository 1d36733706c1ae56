import { JsonObject, MergeSchema } from '../api/seams';
import { ApiFailure } from '../types';
import { formatPath } from './fieldSet';
import { ListKeyError, fieldSchema, isObject, listElement } from './structure';

/**
 * Refuses what can't be merged: fields that the schema does not know, lists whose elements have no key or the same one, and values of
 * another shape. Unlike other writes, an apply does not drop unknown fields.
 *
 * @throws ApiFailure 500, as the real server answers.
 */
export function checkTyped(applied: JsonObject, schema: MergeSchema): void {
  const problem = check(applied, schema, []);
  if (problem === undefined) {
    return;
  }
  const metadata = isObject(applied.metadata) ? applied.metadata : {};
  const version = String(applied.apiVersion ?? '');
  const groupVersion = version.includes('/') ? version : `/${version}`;
  throw new ApiFailure(
    500,
    '',
    `failed to create typed patch object (${metadata.namespace ?? ''}/${
      metadata.name ?? ''
    }; ${groupVersion}, Kind=${applied.kind}): ${problem}`,
  );
}

function check(
  value: unknown,
  schema: MergeSchema | undefined,
  path: readonly string[],
): string | undefined {
  if (schema === undefined || schema.type === 'deduced') {
    return undefined;
  }
  if (value === null || value === undefined) {
    return undefined;
  }
  if (schema.type === 'object') {
    return isObject(value)
      ? checkFields(value, schema, path)
      : expected('map', value, path);
  }
  if (schema.type === 'list') {
    return Array.isArray(value)
      ? checkItems(value, schema, path)
      : expected('list', value, path);
  }
  return typeof value === 'object'
    ? expected('scalar', value, path)
    : undefined;
}

function expected(
  kind: string,
  value: unknown,
  path: readonly string[],
): string {
  return `${formatPath(path)}: expected ${kind}, got &{${JSON.stringify(
    value,
  )}}`;
}

function checkFields(
  object: JsonObject,
  schema: MergeSchema,
  path: readonly string[],
): string | undefined {
  const open = schema.values !== undefined || schema.fields === undefined;
  for (const field of Object.keys(object)) {
    const at = fieldSchema(schema, field);
    const below = [...path, `f:${field}`];
    if (!at.named && !open) {
      return `${formatPath(below)}: field not declared in schema`;
    }
    const problem = check(object[field], at.schema, below);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function checkItems(
  items: readonly unknown[],
  schema: MergeSchema,
  path: readonly string[],
): string | undefined {
  const seen = new Set<string>();
  const keyed = schema.listType === 'map' || schema.listType === 'set';
  for (const [index, item] of items.entries()) {
    let element = `i:${index}`;
    if (keyed) {
      try {
        element = listElement(schema, item);
      } catch (error) {
        if (error instanceof ListKeyError) {
          return `${formatPath(path)}: element ${index}: ${error.message}`;
        }
        throw error;
      }
      if (seen.has(element)) {
        return `${formatPath(path)}: duplicate entries for key ${formatPath([
          element,
        ])}`;
      }
      seen.add(element);
    }
    const problem = check(item, schema.items, [...path, element]);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}
