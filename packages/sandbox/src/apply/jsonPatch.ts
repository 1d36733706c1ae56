import { JsonPatchError, Operation, applyPatch } from 'fast-json-patch';
import { JsonObject } from '../api/seams';
import { ApiFailure } from '../types';
import { isObject } from './structure';

const OPERATIONS = new Set([
  'add',
  'remove',
  'replace',
  'move',
  'copy',
  'test',
]);

/**
 * JSON patch (RFC 6902). All operations succeed or none.
 *
 * @throws ApiFailure 400 for a body that is no list of operations, 422 for an operation that can't be carried out: the real server tells no
 * more than that.
 */
export function jsonPatch(target: JsonObject, operations: unknown): JsonObject {
  if (!Array.isArray(operations) || !operations.every(isObject)) {
    throw new ApiFailure(
      400,
      'BadRequest',
      `error decoding patch: json: cannot unmarshal ${
        Array.isArray(operations) ? 'array element' : 'value'
      } into Go value of type jsonpatch.Operation`,
    );
  }
  if (!operations.every(isOperation)) {
    throw refused();
  }
  try {
    const { newDocument } = applyPatch<unknown>(
      target,
      operations,
      true,
      false,
    );
    if (isObject(newDocument)) {
      return newDocument;
    }
  } catch (error) {
    if (!(error instanceof JsonPatchError) && !(error instanceof TypeError)) {
      throw error;
    }
  }
  throw refused();
}

function isOperation(value: JsonObject): value is JsonObject & Operation {
  return (
    typeof value.op === 'string' &&
    OPERATIONS.has(value.op) &&
    typeof value.path === 'string'
  );
}

function refused(): ApiFailure {
  return new ApiFailure(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
}
