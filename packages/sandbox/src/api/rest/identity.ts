import { ApiFailure, StoredObject } from '../../types';
import { badRequest, conflict, internal, invalid } from '../failures';
import { isCustom } from '../registry';
import { JsonObject, ServedKind } from '../seams';

/** 400: the namespace in the body is not the one of the path. */
const namespaceMismatch = (): ApiFailure =>
  badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  );

/**
 * Gives an object the namespace of its path, or none if its kind has none.
 * @throws ApiFailure 400 when the body says another
 */
export function placeInNamespace(
  kind: ServedKind,
  metadata: JsonObject,
  namespace: string | undefined,
): void {
  if (!kind.namespaced) delete metadata.namespace;
  else if (metadata.namespace && metadata.namespace !== namespace)
    throw namespaceMismatch();
  else metadata.namespace = namespace;
}

/**
 * Name and namespace of what was sent must be those of the path.
 * @throws ApiFailure 400
 */
export function checkIdentity(
  kind: ServedKind,
  metadata: JsonObject,
  namespace: string | undefined,
  name: string,
): void {
  if (!metadata.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${String(
        metadata.name,
      )}) does not match the name on the URL (${name})`,
    );
  }
  placeInNamespace(kind, metadata, namespace);
}

/**
 * The version that was sent must be the present one. A PUT (`replace`) has its uid as a precondition too, and needs a version where the
 * kind is custom.
 * @throws ApiFailure 409, 422 or 500
 */
export function checkVersion(
  kind: ServedKind,
  metadata: JsonObject,
  old: StoredObject,
  replace: boolean,
): void {
  const { name, uid, resourceVersion } = old.metadata;
  const wanted = metadata.resourceVersion;
  if (wanted && !/^\d+$/.test(String(wanted))) {
    throw internal(
      `strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`,
    );
  }
  if (replace && metadata.uid && metadata.uid !== uid) {
    const why = `StorageError: invalid object, Code: 4, Key: /registry/${kind.plural}/${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
    throw conflict(kind, name, why);
  }
  if (replace && isCustom(kind) && (!wanted || wanted === '0')) {
    throw invalid({ group: kind.group, kind: kind.plural }, name, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ]);
  }
  if (wanted && wanted !== '0' && wanted !== resourceVersion)
    throw conflict(kind, name);
}

/** What an update cannot change or need not send: identity, age, deletion, ownership. */
export function carryOver(
  metadata: JsonObject,
  old: StoredObject,
  applied: boolean,
): void {
  const before = old.metadata;
  metadata.resourceVersion = before.resourceVersion;
  metadata.creationTimestamp = before.creationTimestamp;
  metadata.generation = before.generation;
  metadata.uid ??= before.uid;
  metadata.deletionTimestamp ??= before.deletionTimestamp;
  metadata.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds;
  if (!applied) metadata.managedFields ??= before.managedFields;
}
