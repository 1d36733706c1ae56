import { JsonObject, MergeSchema } from '../api/seams';
import { ApiFailure } from '../types';
import { fieldSchema, isObject } from './structure';
import { mergeElements, withoutDirectives } from './strategicLists';

const ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';

/**
 * Strategic merge patch: like a merge patch, but lists merge by the key that their field declares. Directives: `$patch` (`replace`, `merge`,
 * `delete`), `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`. Source: community design
 * `strategic-merge-patch.md`, and transcript 092 for where new elements go.
 *
 * @throws ApiFailure 500 for elements without their merge key, 400 for unknown directives, as the real server answers.
 */
export function strategicMergePatch(
  target: JsonObject,
  patch: JsonObject,
  schema: MergeSchema,
): JsonObject {
  return patchMap(target, patch, schema);
}

function patchMap(
  target: JsonObject,
  patch: JsonObject,
  schema: MergeSchema | undefined,
): JsonObject {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === 'replace') {
    return withoutDirectives(fields);
  }
  if (directive === 'delete') {
    return {};
  }
  if (directive !== undefined && directive !== 'merge') {
    throw new ApiFailure(
      400,
      'BadRequest',
      `unknown patch type found: ${JSON.stringify(directive)}`,
    );
  }
  const result =
    retained === undefined ? { ...target } : retain(target, fields, retained);
  for (const field of Object.keys(fields)) {
    if (!field.startsWith('$')) {
      const order = fields[`${ORDER}${field}`];
      patchField(result, field, fields[field], order, schema);
    }
  }
  applyListDirectives(result, fields, schema);
  return result;
}

function retain(
  target: JsonObject,
  fields: JsonObject,
  retained: unknown,
): JsonObject {
  const names = Array.isArray(retained) ? retained : [];
  const stray = Object.keys(fields).find(
    field => fields[field] !== null && !names.includes(field),
  );
  if (stray !== undefined) {
    throw new ApiFailure(
      400,
      'BadRequest',
      `The $retainKeys value doesn't match fields present in the patch: ${stray}`,
    );
  }
  return Object.fromEntries(
    Object.entries(target).filter(([field]) => names.includes(field)),
  );
}

function patchField(
  result: JsonObject,
  field: string,
  value: unknown,
  order: unknown,
  parent: MergeSchema | undefined,
): void {
  const schema = fieldSchema(parent, field);
  const before = result[field];
  if (value === null) {
    delete result[field];
  } else if (isObject(value) && isObject(before)) {
    result[field] =
      schema?.patchStrategy === 'replace'
        ? withoutDirectives(value)
        : patchMap(before, value, schema);
  } else if (Array.isArray(value) && isMerging(schema)) {
    const list = Array.isArray(before) ? before : [];
    result[field] = mergeElements(
      list,
      value,
      schema,
      asOrder(order),
      patchMap,
    );
  } else {
    result[field] = withoutDirectives(value);
  }
}

/** The directives that stand beside the list they mean. */
function applyListDirectives(
  result: JsonObject,
  fields: JsonObject,
  schema: MergeSchema | undefined,
): void {
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    if (field.startsWith(DELETE_PRIMITIVES)) {
      const name = field.slice(DELETE_PRIMITIVES.length);
      const list = result[name];
      if (Array.isArray(list) && Array.isArray(value)) {
        result[name] = list.filter(item => !value.includes(item));
      }
    } else if (field.startsWith(ORDER)) {
      const name = field.slice(ORDER.length);
      const list = result[name];
      const at = fieldSchema(schema, name);
      if (fields[name] === undefined && Array.isArray(list) && isMerging(at)) {
        result[name] = mergeElements(list, [], at, asOrder(value), patchMap);
      }
    }
  }
}

function isMerging(schema: MergeSchema | undefined): schema is MergeSchema {
  return schema?.patchStrategy?.split(',').includes('merge') ?? false;
}

function asOrder(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
