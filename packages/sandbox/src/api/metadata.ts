import { StoredObject } from '../types';
import { equalJson, isObject, listAt, objectAt } from './json';
import { checkLabelValue, checkQualifiedName, checkSubdomain } from './names';
import { isCustom } from './registry';
import { FieldError, JsonObject, ServedKind } from './seams';

const bad = (field: string, value: unknown, why: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

/** The fields of ObjectMeta that are kept; others (selfLink) are dropped. */
export const METADATA_FIELDS: readonly string[] = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/** Finalizers that need no domain. */
const STANDARD_FINALIZERS = new Set([
  'foregroundDeletion',
  'orphan',
  'kubernetes',
]);

function labelErrors(metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(objectAt(metadata, 'labels'))) {
    for (const why of checkQualifiedName(key))
      errors.push(bad('metadata.labels', key, why));
    const why = checkLabelValue(String(value));
    if (why) errors.push(bad('metadata.labels', value, why));
  }
  return errors;
}

function annotationErrors(metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(
    objectAt(metadata, 'annotations'),
  )) {
    for (const why of checkQualifiedName(key.toLowerCase())) {
      errors.push(
        bad('metadata.annotations', key, why.replace(key.toLowerCase(), key)),
      );
    }
    size += key.length + String(value).length;
  }
  if (size > 256 * 1024) {
    errors.push({
      reason: 'FieldValueTooLong',
      message: 'Too long: may not be more than 262144 bytes',
      field: 'metadata.annotations',
    });
  }
  return errors;
}

function finalizerErrors(kind: ServedKind, metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, finalizer] of listAt(metadata, 'finalizers').entries()) {
    const text = String(finalizer);
    const field = isCustom(kind)
      ? 'metadata.finalizers'
      : `metadata.finalizers[${i}]`;
    const problems = checkQualifiedName(text);
    for (const why of problems) errors.push(bad(field, text, why));
    const plain = !text.includes('/') && !STANDARD_FINALIZERS.has(text);
    if (problems.length === 0 && plain && !isCustom(kind)) {
      const why =
        'name is neither a standard finalizer name nor is it fully qualified';
      errors.push(bad(field, text, why));
    }
  }
  return errors;
}

/** The version of a GroupVersion; none where it has more than one slash (`schema.FromAPIVersionAndKind`). */
function versionIn(apiVersion: unknown): string {
  const [first = '', second, ...more] = String(apiVersion ?? '').split('/');
  return more.length > 0 ? '' : second ?? first;
}

/** What is wrong with one owner (`validateOwnerReference` of apimachinery). */
function ownerReferenceErrors(owner: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (versionIn(owner.apiVersion) === '') {
    const why = 'version must not be empty';
    errors.push(bad(`${field}.apiVersion`, owner.apiVersion ?? '', why));
  }
  for (const part of ['kind', 'name', 'uid']) {
    if (!owner[part]) {
      errors.push(bad(`${field}.${part}`, '', 'must not be empty'));
    }
  }
  // Events of the core group may own nothing (`BannedOwners`).
  if (/^\/?v1$/.test(String(owner.apiVersion)) && owner.kind === 'Event') {
    const why = '/v1, Kind=Event is disallowed from being an owner';
    errors.push(bad(field, owner, why));
  }
  return errors;
}

function ownerErrors(metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'metadata.ownerReferences';
  const owners = listAt(metadata, 'ownerReferences').filter(isObject);
  let first: JsonObject | undefined;
  for (const owner of owners) {
    errors.push(...ownerReferenceErrors(owner, field));
    if (owner.controller !== true) continue;
    if (first) {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${owner.kind}/${owner.name}`;
      errors.push(bad(field, owners, why));
    } else first = owner;
  }
  return errors;
}

/** Errors in metadata that create and update share. */
function commonErrors(kind: ServedKind, metadata: JsonObject): FieldError[] {
  return [
    ...labelErrors(metadata),
    ...annotationErrors(metadata),
    ...ownerErrors(metadata),
    ...finalizerErrors(kind, metadata),
  ];
}

/** What is wrong with the metadata of a new object, in the words and order of the real server. */
export function metadataErrorsOnCreate(
  kind: ServedKind,
  metadata: JsonObject,
): FieldError[] {
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const errors: FieldError[] = [];
  if (name === '') {
    errors.push({
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
      field: 'metadata.name',
    });
  } else {
    const why = (kind.checkName ?? checkSubdomain)(name);
    if (why) errors.push(bad('metadata.name', name, why));
  }
  const { generation } = metadata;
  if (typeof generation === 'number' && generation < 0) {
    const why = 'must be greater than or equal to 0';
    errors.push(bad('metadata.generation', generation, why));
  }
  return [...errors, ...commonErrors(kind, metadata)];
}

const immutable = (field: string, value: unknown): FieldError =>
  bad(field, value, 'field is immutable');

/**
 * What is wrong with changed metadata. Every error comes twice, as from the real server, which runs this check in the generic part and in
 * the kind's own.
 */
export function metadataErrorsOnUpdate(
  kind: ServedKind,
  metadata: JsonObject,
  old: StoredObject['metadata'],
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const before = new Set(old.finalizers ?? []);
    const added = listAt(metadata, 'finalizers').filter(
      item => !before.has(String(item)),
    );
    if (added.length > 0) {
      errors.push({
        reason: 'FieldValueForbidden',
        message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added
          .map(item => JSON.stringify(item))
          .join(', ')}}`,
        field: 'metadata.finalizers',
      });
    }
  }
  if (metadata.uid !== old.uid)
    errors.push(immutable('metadata.uid', metadata.uid));
  if (metadata.deletionTimestamp !== old.deletionTimestamp) {
    errors.push(
      immutable('metadata.deletionTimestamp', metadata.deletionTimestamp),
    );
  }
  if (metadata.deletionGracePeriodSeconds !== old.deletionGracePeriodSeconds) {
    errors.push(
      immutable(
        'metadata.deletionGracePeriodSeconds',
        metadata.deletionGracePeriodSeconds,
      ),
    );
  }
  const unchanged =
    equalJson(metadata.labels, old.labels) &&
    equalJson(metadata.annotations, old.annotations) &&
    equalJson(metadata.finalizers, old.finalizers) &&
    equalJson(metadata.ownerReferences, old.ownerReferences);
  if (!unchanged) errors.push(...commonErrors(kind, metadata));
  return [...errors, ...errors];
}

/** Fields of metadata in the order that the real server writes them; empty ones are left out. */
export function orderedMetadata(metadata: JsonObject): JsonObject {
  const ordered: JsonObject = {};
  for (const field of METADATA_FIELDS) {
    const value = metadata[field];
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value) && value.length === 0) continue;
    if (isObject(value) && Object.keys(value).length === 0) continue;
    ordered[field] = value;
  }
  return ordered;
}
