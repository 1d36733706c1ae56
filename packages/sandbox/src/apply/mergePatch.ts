import { JsonObject } from '../api/seams';
import { isObject } from './structure';

/** JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. Shares unchanged subtrees with `target`. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  let result: JsonObject | undefined;
  for (const field of Object.keys(patch)) {
    const value = patched(target[field], patch[field]);
    if (value !== target[field]) {
      result ??= { ...target };
      if (value === undefined) {
        delete result[field];
      } else {
        // Not an assignment: `__proto__` is a field like any other.
        Object.defineProperty(result, field, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
    }
  }
  return result ?? target;
}

function patched(target: unknown, patch: unknown): unknown {
  if (patch === null) {
    return undefined;
  }
  return isObject(patch)
    ? mergePatch(isObject(target) ? target : {}, patch)
    : patch;
}
