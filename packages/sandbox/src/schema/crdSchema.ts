import { FieldError, JsonObject } from '../api/seams';
import { defaultChecks, schemaChecks } from './crdSchemaChecks';
import { forbidden, invalid, required } from './fieldErrors';
import { asObject, asString, isObject, objectsOf } from './json';
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
    if (schema.additionalProperties !== undefined) {
      const detail = 'must not be used at the root';
      errors.push(forbidden(`${path}.additionalProperties`, detail));
    }
    schemaChecks(schema, path, errors);
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
    notInCombinators(schema, path, errors);
    schemaChecks(schema, path, errors);
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
  schemaChecks(schema, path, errors);
  defaultChecks(schema, path, errors);
  for (const [next, child] of childSchemas(schema)) {
    structural(child, `${path}.${next}`, next, errors);
  }
}

/** What combinators may not have, with the server's word for how it should be. */
const NOT_IN_COMBINATORS: readonly [string, string][] = [
  ['type', 'empty'],
  ['additionalProperties', 'undefined'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
];

function notInCombinators(
  schema: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  for (const [word, wanted] of NOT_IN_COMBINATORS) {
    const value = schema[word];
    const absent = value === undefined || value === false || value === '';
    const allowed = word === 'type' && intOrStringBranch(schema);
    if (!absent && !allowed) {
      const detail = `must be ${wanted} to be structural`;
      errors.push(forbidden(`${path}.${word}`, detail));
    }
  }
}

function intOrStringBranch(schema: JsonObject): boolean {
  return schema.type === 'integer' || schema.type === 'string';
}
