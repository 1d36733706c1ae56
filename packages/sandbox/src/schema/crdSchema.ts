import { FieldError, JsonObject } from '../api/seams';
import { forbidden, invalid, required } from './fieldErrors';
import { PatternError, goPattern } from './goPattern';
import { asObject, asString, isObject, objectsOf, stringsOf } from './json';
import { childSchemas } from './schemaNode';

const inVersion = (index: number) =>
  `spec.versions[${index}].schema.openAPIV3Schema`;
/** Where the server reports schemas that are the same in every version. */
const inAll = 'spec.validation.openAPIV3Schema';

/** A schema of a CustomResourceDefinition with the path under which the server speaks of it. */
interface LocatedSchema {
  path: string;
  schema: JsonObject;
}

/** The schemas of all versions; with one version (or equal ones) the server says `spec.validation`. */
export function schemasOf(spec: JsonObject): LocatedSchema[] {
  const versions = objectsOf(spec.versions);
  const schemas = versions.map(version =>
    asObject(asObject(version.schema)?.openAPIV3Schema),
  );
  const texts = new Set(schemas.map(schema => JSON.stringify(schema)));
  if (texts.size === 1) {
    const [schema] = schemas;
    return schema ? [{ path: inAll, schema }] : [];
  }
  return schemas.flatMap((schema, index) =>
    schema ? [{ path: inVersion(index), schema }] : [],
  );
}

/**
 * What is wrong with the schemas of a CustomResourceDefinition: missing ones, and what keeps them from being structural
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 */
export function crdSchemaErrors(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  objectsOf(spec.versions).forEach((version, index) => {
    if (!isObject(asObject(version.schema)?.openAPIV3Schema)) {
      errors.push(required(inVersion(index)));
    }
  });
  for (const { path, schema } of schemasOf(spec)) {
    if (schema.type !== 'object') {
      errors.push(
        schema.type === undefined
          ? required(`${path}.type`, 'must not be empty at the root')
          : invalid(`${path}.type`, schema.type, 'must be object at the root'),
      );
    }
    for (const [step, child] of childSchemas(schema)) {
      structural(child, `${path}.${step}`, step, errors);
    }
    valueChecks(schema, path, errors);
  }
  return errors;
}

/** Kind of place that a schema stands in, for the server's wording. */
function place(step: string): string {
  if (step.startsWith('properties[')) return 'specified object fields';
  if (step === 'items') return 'specified array items';
  return 'specified object fields';
}

function structural(
  schema: JsonObject,
  path: string,
  step: string,
  errors: FieldError[],
): void {
  const combinator = /^(allOf|anyOf|oneOf|not)/.test(step);
  if (combinator) {
    for (const word of [
      'type',
      'default',
      'nullable',
      'title',
      'description',
      'additionalProperties',
    ]) {
      const allowed = word === 'type' && intOrStringBranch(schema);
      if (schema[word] !== undefined && !allowed && word !== 'type') {
        errors.push(
          forbidden(`${path}.${word}`, 'must be empty to be structural'),
        );
      } else if (word === 'type' && schema.type && !allowed) {
        errors.push(
          forbidden(`${path}.type`, 'must be empty to be structural'),
        );
      }
    }
    return;
  }
  const untyped =
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (!asString(schema.type) && !untyped) {
    errors.push(
      required(`${path}.type`, `must not be empty for ${place(step)}`),
    );
  }
  if (schema.type === 'array' && !isObject(schema.items)) {
    errors.push(required(`${path}.items`, 'must be specified'));
  }
  valueChecks(schema, path, errors);
  listChecks(schema, path, errors);
  for (const [next, child] of childSchemas(schema)) {
    structural(child, `${path}.${next}`, next, errors);
  }
}

function intOrStringBranch(schema: JsonObject): boolean {
  return schema.type === 'integer' || schema.type === 'string';
}

function valueChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  if (typeof schema.pattern === 'string') {
    try {
      goPattern(schema.pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      errors.push(invalid(`${path}.pattern`, schema.pattern, error.message));
    }
  }
  if (isObject(schema.properties) && isObject(schema.additionalProperties)) {
    errors.push(
      forbidden(
        `${path}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      ),
    );
  }
}

function listChecks(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const type = asString(schema['x-kubernetes-list-type']);
  const keys = stringsOf(schema['x-kubernetes-list-map-keys']);
  if (type !== undefined && schema.type !== 'array') {
    errors.push(
      invalid(
        `${path}.type`,
        schema.type,
        'must be array if x-kubernetes-list-type is specified',
      ),
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
