import { StoredObject } from '../../types';
import { badRequest, invalid } from '../failures';
import { cloneJson, isObject, valueAt } from '../json';
import { isCustom } from '../registry';
import { selectorText } from '../selectors';
import { JsonObject, ServedKind } from '../seams';

/** The `Scale` of an object. */
export function scaleOf(kind: ServedKind, object: StoredObject): StoredObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } =
    object.metadata;
  const paths = kind.scale;
  const wanted = Number(valueAt(object, paths?.specReplicasPath ?? []) ?? 0);
  const present = Number(valueAt(object, paths?.statusReplicasPath ?? []) ?? 0);
  const selector = paths?.labelSelectorPath
    ? String(valueAt(object, paths.labelSelectorPath) ?? '')
    : selectorText(object.spec?.selector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: { replicas: present, ...(selector ? { selector } : {}) },
  };
}

/**
 * The object with the replicas of a `Scale` that a client sent.
 * @throws ApiFailure 400, 422
 */
export function scaled(
  kind: ServedKind,
  object: StoredObject,
  scale: JsonObject,
): JsonObject {
  if (scale.kind !== 'Scale' || scale.apiVersion !== 'autoscaling/v1') {
    throw badRequest(
      `wrong object passed to scale subresource: ${String(
        scale.apiVersion,
      )}, Kind=${String(scale.kind)}; send autoscaling/v1, Kind=Scale`,
    );
  }
  const replicas = Number(valueAt(scale, ['spec', 'replicas']) ?? 0);
  const { name } = object.metadata;
  if (replicas < 0) {
    if (isCustom(kind)) {
      throw invalid(kind, name, [
        {
          reason: 'FieldValueInvalid',
          message: `Invalid value: ${replicas}: should be a non-negative integer`,
          field: `.${(kind.scale?.specReplicasPath ?? []).join('.')}`,
        },
      ]);
    }
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
        field: 'spec.replicas',
      },
    ]);
  }
  const draft: JsonObject = cloneJson(object);
  const version = valueAt(scale, ['metadata', 'resourceVersion']);
  if (isObject(draft.metadata) && version)
    draft.metadata.resourceVersion = version;
  setAt(draft, kind.scale?.specReplicasPath ?? [], replicas);
  return draft;
}

function setAt(
  target: JsonObject,
  path: readonly string[],
  value: unknown,
): void {
  let current = target;
  for (const field of path.slice(0, -1)) {
    const next = current[field];
    if (isObject(next)) current = next;
    else {
      const created: JsonObject = {};
      current[field] = created;
      current = created;
    }
  }
  current[path[path.length - 1]] = value;
}
