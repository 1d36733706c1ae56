import { FieldError, JsonObject } from '../api/seams';
import { forbidden, invalid, notSupported, required } from './fieldErrors';
import { PatternError, goPattern } from './goPattern';
import { asObject, asString, isObject, jsonEqual, stringsOf } from './json';
import { prune } from './prune';
import { SchemaNode } from './schemaNode';
import { validateValue } from './validateValue';

/*
 * What is wrong with one schema of a CustomResourceDefinition, without those below it. Source: `pkg/apis/apiextensions/validation/validation.go`
 * and `pkg/apiserver/schema` of apiextensions-apiserver.
 */

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Words of JSON Schema that Kubernetes does not have. */
const NOT_SUPPORTED = [
  '$ref',
  'additionalItems',
  'definitions',
  'dependencies',
  'id',
  'patternProperties',
];

/** Checks that concern every schema, also those within combinators. */
export function schemaChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  for (const word of NOT_SUPPORTED) {
    if (schema[word] !== undefined) {
      errors.push(forbidden(`${path}.${word}`, `${word} is not supported`));
    }
  }
  const { type } = schema;
  if (type === 'null') {
    const detail = 'type cannot be set to null, use nullable as an alternative';
    errors.push(forbidden(`${path}.type`, detail));
  } else if (type && !TYPES.some(known => known === type)) {
    errors.push(notSupported(`${path}.type`, type, TYPES));
  }
  if (schema.uniqueItems === true) {
    const detail =
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(`${path}.uniqueItems`, detail));
  }
  const additional = schema.additionalProperties;
  const hasAdditional = isObject(additional) || additional === false;
  if (Object.keys(asObject(schema.properties) ?? {}).length && hasAdditional) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbidden(`${path}.additionalProperties`, detail));
  }
  const preserve = 'x-kubernetes-preserve-unknown-fields';
  if (schema[preserve] === false) {
    const detail = 'must be true or undefined';
    errors.push(invalid(`${path}.${preserve}`, false, detail));
  }
  patternChecks(schema, path, errors);
  embeddedChecks(schema, path, errors);
  extensionChecks(schema, path, 'map', errors);
  listChecks(schema, path, errors);
}

function patternChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  if (typeof schema.pattern !== 'string') return;
  try {
    goPattern(schema.pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const detail = `must be a valid regular expression, but isn't: ${error.message}`;
    errors.push(invalid(`${path}.pattern`, schema.pattern, detail));
  }
}

function embeddedChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  if (schema['x-kubernetes-embedded-resource'] !== true) return;
  if (schema.type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(
      schema.type
        ? invalid(`${path}.type`, schema.type, detail)
        : required(`${path}.type`, detail),
    );
  }
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (!open && !Object.keys(asObject(schema.properties) ?? {}).length) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${path}.properties`, detail));
  }
}

const EXTENSIONS = {
  list: { type: 'array', values: ['atomic', 'set', 'map'] },
  map: { type: 'object', values: ['atomic', 'granular'] },
};

/** `x-kubernetes-list-type` and `x-kubernetes-map-type`: on the right type, and one of those that there are. */
function extensionChecks(
  schema: JsonObject,
  path: string,
  of: 'list' | 'map',
  errors: FieldError[],
): void {
  const word = `x-kubernetes-${of}-type`;
  const { type, values } = EXTENSIONS[of];
  const value = asString(schema[word]);
  if (value === undefined) return;
  if (schema.type !== type) {
    const detail = `must be ${type} if ${word} is specified`;
    errors.push(
      schema.type
        ? invalid(`${path}.type`, schema.type, detail)
        : required(`${path}.type`, detail),
    );
  }
  if (!values.includes(value)) {
    errors.push(notSupported(`${path}.${word}`, value, values));
  }
}

/** Elements of sets are compared as a whole, so they must be merged as a whole. */
function setChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const items = asObject(schema.items) ?? {};
  const detail =
    'must be atomic as item of a list with x-kubernetes-list-type=set';
  for (const [type, word, open] of [
    ['array', 'x-kubernetes-list-type', true],
    ['object', 'x-kubernetes-map-type', false],
  ] as const) {
    const value = items[word];
    const atomic = value === 'atomic' || (open && value === undefined);
    if (items.type === type && !atomic) {
      errors.push(invalid(`${path}.items.${word}`, value ?? null, detail));
    }
  }
}

function listChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const type = asString(schema['x-kubernetes-list-type']);
  const keys = stringsOf(schema['x-kubernetes-list-map-keys']);
  extensionChecks(schema, path, 'list', errors);
  if (type === 'set') setChecks(schema, path, errors);
  if (keys.length > 0 && type !== 'map') {
    const field = `${path}.x-kubernetes-list-type`;
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(
      type === undefined
        ? required(field, detail)
        : invalid(field, type, detail),
    );
  }
  if (type !== 'map') return;
  if (keys.length === 0) {
    errors.push(
      required(
        `${path}.x-kubernetes-list-map-keys`,
        'must not be empty if x-kubernetes-list-type is map',
      ),
    );
  }
  const properties = asObject(asObject(schema.items)?.properties) ?? {};
  const needed = stringsOf(asObject(schema.items)?.required);
  for (const key of keys) {
    const property = asObject(properties[key]);
    if (!property) {
      errors.push(
        invalid(
          `${path}.x-kubernetes-list-map-keys`,
          key,
          'entries must all be names of item properties',
        ),
      );
    } else if (property.default === undefined && !needed.includes(key)) {
      errors.push(
        required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
  }
}

/** A default has to be an object of its schema: no unknown fields, and nothing that the schema refuses. */
export function defaultChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const value = schema.default;
  if (value === undefined || value === null) return;
  const node = new SchemaNode(schema);
  const at = `${path}.default`;
  const pruned = isObject(value) ? prune(node, value).object : value;
  if (!jsonEqual(pruned, value)) {
    errors.push(invalid(at, value, 'must not have unknown fields'));
  }
  for (const error of validateValue(node, value)) {
    const below = error.field && error.field !== '<nil>';
    errors.push({ ...error, field: below ? `${at}.${error.field}` : at });
  }
}
