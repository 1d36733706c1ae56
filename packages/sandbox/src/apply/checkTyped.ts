import { JsonObject, MergeSchema } from '../api/seams';
import { ApiFailure } from '../types';
import { formatPath } from './fieldSet';
import {
  ListKeyError,
  fieldSchema,
  isNamed,
  isObject,
  listElement,
} from './structure';

/**
 * Refuses what can't be merged: fields that the schema does not know, lists whose elements have no key or the same one, and values of
 * another shape. Unlike other writes, an apply does not drop unknown fields.
 *
 * @throws ApiFailure 500, as the real server answers.
 */
export function checkTyped(applied: JsonObject, schema: MergeSchema): void {
  const problem = check(applied, schema);
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
    }; ${groupVersion}, Kind=${applied.kind}): ${formatPath(problem.path)}: ${
      problem.detail
    }`,
  );
}

/** What is wrong, and where; the path grows while the walk returns. */
interface Problem {
  path: string[];
  detail: string;
}

function check(
  value: unknown,
  schema: MergeSchema | undefined,
): Problem | undefined {
  if (schema === undefined || schema.type === 'deduced') {
    return undefined;
  }
  if (value === null || value === undefined) {
    return undefined;
  }
  if (schema.type === 'object') {
    return isObject(value)
      ? checkFields(value, schema)
      : expected('map', value);
  }
  if (schema.type === 'list') {
    return Array.isArray(value)
      ? checkItems(value, schema)
      : expected('list', value);
  }
  return typeof value === 'object' ? expected('scalar', value) : undefined;
}

function expected(kind: string, value: unknown): Problem {
  return {
    path: [],
    detail: `expected ${kind}, got &{${JSON.stringify(value)}}`,
  };
}

function below(element: string, problem: Problem): Problem {
  problem.path.unshift(element);
  return problem;
}

function checkFields(
  object: JsonObject,
  schema: MergeSchema,
): Problem | undefined {
  const open = schema.values !== undefined || schema.fields === undefined;
  for (const field of Object.keys(object)) {
    if (!open && !isNamed(schema, field)) {
      const detail = 'field not declared in schema';
      return below(`f:${field}`, { path: [], detail });
    }
    const problem = check(object[field], fieldSchema(schema, field));
    if (problem !== undefined) {
      return below(`f:${field}`, problem);
    }
  }
  return undefined;
}

function checkItems(
  items: readonly unknown[],
  schema: MergeSchema,
): Problem | undefined {
  const keyed = schema.listType === 'map' || schema.listType === 'set';
  const seen = keyed ? new Set<string>() : undefined;
  for (const [index, item] of items.entries()) {
    let element = `i:${index}`;
    if (seen !== undefined) {
      try {
        element = listElement(schema, item);
      } catch (error) {
        if (error instanceof ListKeyError) {
          return { path: [], detail: `element ${index}: ${error.message}` };
        }
        throw error;
      }
      if (seen.has(element)) {
        const detail = `duplicate entries for key ${formatPath([element])}`;
        return { path: [], detail };
      }
      seen.add(element);
    }
    const problem = check(item, schema.items);
    if (problem !== undefined) {
      return below(element, problem);
    }
  }
  return undefined;
}
