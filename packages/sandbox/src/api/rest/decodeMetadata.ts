import { decodeStruct } from '../../builtin/types/decode';
import { isCanonicalTime } from '../../builtin/types/times';
import { badRequest } from '../failures';
import { isObject } from '../json';
import { METADATA_FIELDS } from '../metadata';
import { isCustom } from '../registry';
import { JsonObject, ServedKind } from '../seams';

/*
 * Nearly all metadata is as the server would write it and is taken as it is. What isn't goes the long way, through the type `ObjectMeta`, which
 * refuses it or brings it into form.
 */

type Fits = (value: unknown) => boolean;

const isString: Fits = value => typeof value === 'string';

/** `int64`, as far as JavaScript has it. */
const isInteger: Fits = value => Number.isSafeInteger(value);

const isTime: Fits = value =>
  typeof value === 'string' && isCanonicalTime(value);

const isStringMap: Fits = value => {
  if (!isObject(value)) return false;
  for (const key of Object.keys(value)) {
    if (typeof value[key] !== 'string') return false;
  }
  return true;
};

/** A struct with these fields and no others, none of them null. */
const isStruct =
  (fields: ReadonlyMap<string, Fits>): Fits =>
  value => {
    if (!isObject(value)) return false;
    for (const field of Object.keys(value)) {
      const fits = fields.get(field);
      if (!fits || !fits(value[field])) return false;
    }
    return true;
  };

const isListOf =
  (fits: Fits): Fits =>
  value =>
    Array.isArray(value) && value.every(fits);

const isOwner = isStruct(
  new Map<string, Fits>([
    ...['apiVersion', 'kind', 'name', 'uid'].map(
      field => [field, isString] as const,
    ),
    ...['blockOwnerDeletion', 'controller'].map(
      field => [field, (value: unknown) => typeof value === 'boolean'] as const,
    ),
  ]),
);

const isManagedFieldsEntry = isStruct(
  new Map<string, Fits>([
    ...['apiVersion', 'fieldsType', 'manager', 'operation', 'subresource'].map(
      field => [field, isString] as const,
    ),
    ['fieldsV1', isObject],
    ['time', isTime],
  ]),
);

const FITS: ReadonlyMap<string, Fits> = new Map<string, Fits>([
  ...METADATA_FIELDS.map(field => [field, isString] as const),
  ['labels', isStringMap],
  ['annotations', isStringMap],
  ['finalizers', isListOf(isString)],
  ['ownerReferences', isListOf(isOwner)],
  ['managedFields', isListOf(isManagedFieldsEntry)],
  ['generation', isInteger],
  ['deletionGracePeriodSeconds', isInteger],
  ['creationTimestamp', isTime],
  ['deletionTimestamp', isTime],
]);

/** Metadata as it was read, and the paths of fields that there are not. */
export interface DecodedMetadata {
  metadata: JsonObject;
  unknown: string[];
}

/**
 * Reads metadata as Go reads `metav1.ObjectMeta`. Null is left out.
 *
 * @throws ApiFailure 400 for what has another type
 */
export function decodeMetadata(
  kind: ServedKind,
  input: unknown,
): DecodedMetadata {
  if (!isObject(input)) return decodeSlowly(kind, input ?? {});
  const metadata: JsonObject = {};
  for (const field of Object.keys(input)) {
    const value = input[field];
    if (value === null || value === undefined) continue;
    const fits = FITS.get(field);
    if (!fits || !fits(value)) return decodeSlowly(kind, input);
    metadata[field] = value;
  }
  return { metadata, unknown: [] };
}

function decodeSlowly(kind: ServedKind, input: unknown): DecodedMetadata {
  // Metadata of custom resources is read by itself (`GetObjectMeta` of apiextensions-apiserver), that of others within its object.
  const path = isCustom(kind) && isObject(input) ? '' : 'metadata';
  const { object, unknownFields } = decodeStruct(
    'ObjectMeta',
    input,
    { path, owner: isObject(input) ? 'ObjectMeta' : kind.kind },
    message =>
      badRequest(
        `${kind.kind} in version "${kind.version}" cannot be handled as a ${
          kind.kind
        }: ${message.replace(/(\buid of type )string$/, '$1types.UID')}`,
      ),
  );
  delete object.selfLink;
  return {
    metadata: object,
    unknown: unknownFields.map(field =>
      path === '' ? `metadata.${field}` : field,
    ),
  };
}
