import { ApiFailure, StoredObject } from '../../types';
import {
  badRequest,
  internal,
  invalid,
  unsupportedMediaType,
} from '../failures';
import { cloneJson, isObject, valueAt } from '../json';
import { Libraries } from '../libraries';
import { apiVersionOf } from '../registry';
import { JsonObject, ServedKind } from '../seams';
import { checkType, Decoded, decodeObject } from './decode';
import { Change, Writer, WriteOptions } from './writer';

/** A patch as it came in. */
export interface Patch {
  type: 'json' | 'merge' | 'strategic' | 'apply';
  body: unknown;
  duplicates: readonly string[];
  force: boolean;
}

const TYPES: Record<string, Patch['type']> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/**
 * The kind of patch from the content type.
 * @throws ApiFailure 415
 */
export function patchType(
  contentType: string | undefined,
  kind: ServedKind,
): Patch['type'] {
  const media = (contentType ?? '').split(';')[0].trim();
  const type = Object.hasOwn(TYPES, media) ? TYPES[media] : undefined;
  if (!type) {
    throw new ApiFailure(
      415,
      'UnsupportedMediaType',
      '415: Unsupported Media Type',
      {},
    );
  }
  if (type === 'strategic' && !kind.strategicMerge) {
    throw unsupportedMediaType(
      Object.keys(TYPES).filter(known => TYPES[known] !== 'strategic'),
    );
  }
  return type;
}

/** 422 as the server answers when the result of a patch is no object of the kind. */
function badResult(result: unknown, why: string): ApiFailure {
  return invalid({ group: '', kind: '' }, '', [
    {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(
        JSON.stringify(result),
      )}: ${why}`,
      field: 'patch',
    },
  ]);
}

const prefixOf = (kind: ServedKind): string =>
  `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: `;

/** Applies a patch that is not an apply to a JSON value. */
export function patched(
  libraries: Libraries,
  kind: ServedKind,
  current: JsonObject,
  patch: Patch,
): JsonObject {
  if (patch.type === 'json') return libraries.jsonPatch(current, patch.body);
  if (!isObject(patch.body)) {
    throw badRequest('error decoding patch: the patch has to be a JSON object');
  }
  if (patch.type === 'merge') return libraries.mergePatch(current, patch.body);
  return libraries.strategicMergePatch(current, patch.body, kind.mergeSchema);
}

/** What a patch means for the writer. */
export function patchChange(
  writer: Writer,
  libraries: Libraries,
  kind: ServedKind,
  patch: Patch,
  options: WriteOptions,
  name: string,
): Change {
  if (patch.type === 'apply')
    return applyChange(writer, libraries, kind, patch, options, name);
  return {
    compute: current => {
      if (!current) throw badRequest('a patch needs an object');
      const result = cloneButManagedFields(
        patched(libraries, kind, current, patch),
      );
      try {
        return writer.decode(kind, result, patch.duplicates, options);
      } catch (error) {
        if (!(error instanceof ApiFailure) || error.code !== 400) throw error;
        throw badResult(result, error.message.replace(prefixOf(kind), ''));
      }
    },
  };
}

function applyChange(
  writer: Writer,
  libraries: Libraries,
  kind: ServedKind,
  patch: Patch,
  options: WriteOptions,
  name: string,
): Change {
  const { body } = patch;
  if (!isObject(body))
    throw badRequest('error decoding YAML: the body has to be an object');
  checkType(kind, body, true);
  checkNames(kind, body);
  const compute = (current: StoredObject | undefined): Decoded => {
    const merged = libraries.applyServerSide({
      live: current,
      applied: body,
      schema: kind.mergeSchema,
      manager: options.manager,
      force: patch.force,
      subresource: options.subresource,
      resetFields: kind.resetFields(options.subresource),
      now: writer.timestamp(),
    });
    const decoded = decodeObject(kind, cloneButManagedFields(merged));
    const { metadata } = decoded.object;
    metadata.name ??= name;
    // an apply that creates ignores the version that it was made from
    if (!current) delete metadata.resourceVersion;
    return decoded;
  };
  return { applied: true, mayCreate: !options.subresource, compute };
}

/** A fresh value whose managedFields are shared: nobody changes those in place, and they are half of an object. */
function cloneButManagedFields(object: JsonObject): JsonObject {
  if (!isObject(object.metadata)) return cloneJson(object);
  const { managedFields, ...metadata } = object.metadata;
  const copy = cloneJson({ ...object, metadata });
  if (managedFields !== undefined)
    Object.assign(copy.metadata, { managedFields });
  return copy;
}

/** Names are strings: YAML 1.1 reads an unquoted `y` or `1` as something else. */
function checkNames(kind: ServedKind, body: JsonObject): void {
  for (const field of ['name', 'namespace']) {
    const value = valueAt(body, ['metadata', field]);
    if (value === undefined || value === null || typeof value === 'string')
      continue;
    throw internal(
      `failed to create typed patch object (${apiVersionOf(kind)}, Kind=${
        kind.kind
      }): .metadata.${field}: expected string, got &value.valueUnstructured{Value:${String(
        value,
      )}}`,
    );
  }
}
