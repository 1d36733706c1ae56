import { equalJson, isObject, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import {
  forbidden,
  invalid,
  required,
  tooLong,
} from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { AGE, defineKind } from '../defineKind';

const KEY = /^[-._a-zA-Z0-9]+$/;

/** Keys of a ConfigMap or Secret, as they may be file names. */
function keyErrors(object: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of Object.keys(objectAt(object, field))) {
    const path = `${field}[${key}]`;
    if (!KEY.test(key)) {
      errors.push(
        invalid(
          path,
          key,
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
      );
    } else if (key === '.' || key === '..') {
      errors.push(invalid(path, key, `must not be '${key}'`));
    }
  }
  return errors;
}

/** `MaxSecretSize` of `pkg/apis/core`: what all values together may have, keys not counted. */
const MAX_BYTES = 1024 * 1024;

const bytesOf = (
  object: JsonObject,
  field: string,
  encoding: 'utf8' | 'base64',
): number =>
  Object.values(objectAt(object, field)).reduce<number>(
    (sum, value) => sum + Buffer.byteLength(String(value), encoding),
    0,
  );

/** @param field - where the server says that it is: `[]` for a ConfigMap (`field.NewPath("")`), `data` for a Secret */
function sizeErrors(bytes: number, field: string): FieldError[] {
  return bytes > MAX_BYTES ? [tooLong(field, MAX_BYTES)] : [];
}

const FROZEN = 'field is immutable when `immutable` is set';

function immutableErrors(
  object: JsonObject,
  old: StoredObject,
  fields: readonly string[],
): FieldError[] {
  if (old.immutable !== true) {
    return [];
  }
  const changed = fields.filter(field => !equalJson(object[field], old[field]));
  return [
    ...(object.immutable === true ? [] : [forbidden('immutable', FROZEN)]),
    ...changed.map(field => forbidden(field, FROZEN)),
  ];
}

function count(object: StoredObject, ...fields: string[]): number {
  return fields.reduce(
    (sum, field) => sum + Object.keys(objectAt(object, field)).length,
    0,
  );
}

const configMap = defineKind({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  validate: object => [
    ...keyErrors(object, 'data'),
    ...keyErrors(object, 'binaryData'),
    ...Object.keys(objectAt(object, 'binaryData'))
      .filter(key => Object.hasOwn(objectAt(object, 'data'), key))
      .map(key =>
        invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'),
      ),
    ...sizeErrors(
      bytesOf(object, 'data', 'utf8') + bytesOf(object, 'binaryData', 'base64'),
      '[]',
    ),
  ],
  validateChange: (object, old) =>
    immutableErrors(object, old, ['data', 'binaryData']),
  columns: [
    { name: 'Data', cell: object => count(object, 'data', 'binaryData') },
    AGE,
  ],
});

/** Keys that a Secret of a type must have. */
const REQUIRED_KEYS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
]);

function requiredKeyErrors(object: JsonObject): FieldError[] {
  const data = objectAt(object, 'data');
  if (object.type === 'kubernetes.io/basic-auth') {
    return 'username' in data || 'password' in data
      ? []
      : [required('data[username]'), required('data[password]')];
  }
  const keys = REQUIRED_KEYS.get(object.type) ?? [];
  return keys
    .filter(key => !(key in data))
    .map(key => required(`data[${key}]`));
}

const secret = defineKind({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  default: draft => {
    draft.type ??= 'Opaque';
    if (isObject(draft.stringData)) {
      const data = { ...objectAt(draft, 'data') };
      for (const [key, text] of Object.entries(draft.stringData)) {
        data[key] = Buffer.from(String(text), 'utf8').toString('base64');
      }
      draft.data = data;
    }
    delete draft.stringData;
  },
  validate: object => [
    ...keyErrors(object, 'data'),
    ...sizeErrors(bytesOf(object, 'data', 'base64'), 'data'),
    ...requiredKeyErrors(object),
  ],
  validateChange: (object, old) => [
    ...(object.type === old.type
      ? []
      : [invalid('type', object.type, 'field is immutable')]),
    ...immutableErrors(object, old, ['data']),
  ],
  fields: { type: object => String(object.type ?? '') },
  columns: [
    { name: 'Type', cell: object => object.type },
    { name: 'Data', cell: object => count(object, 'data') },
    AGE,
  ],
});

/** ConfigMap and Secret. */
export const configurationKinds = [configMap, secret];
