import { JsonObject } from '../api/seams';
import { thingCrd } from './testing/crd';
import { validateCrd } from './validateCrd';

/** What is wrong with a definition whose `spec` has a field `a` with this schema. */
function refusals(a: JsonObject): string[] {
  const at = 'spec.validation.openAPIV3Schema.properties[spec].properties[a]';
  const crd = thingCrd({ type: 'object', properties: { a } });
  return validateCrd(crd).map(({ field, message }) =>
    `${field}: ${message}`.replace(at, 'a'),
  );
}

describe('schemas that a real server does not take (validation.go and schema/validation.go of apiextensions-apiserver)', () => {
  it.each<[string, JsonObject, string]>([
    [
      'unique items, as comparing them is quadratic',
      { type: 'array', items: { type: 'string' }, uniqueItems: true },
      'a.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    [
      'properties that are listed and closed',
      {
        type: 'object',
        properties: { b: { type: 'string' } },
        additionalProperties: false,
      },
      'a.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    [
      'a type that there is not',
      { type: 'int' },
      'a.type: Unsupported value: "int": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    [
      'references',
      { type: 'object', $ref: '#/definitions/x' },
      'a.$ref: Forbidden: $ref is not supported',
    ],
    [
      'pruning switched on where it is on',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
      'a.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined',
    ],
    [
      'a pattern that looks around',
      { type: 'string', pattern: '^(?!a)' },
      'a.pattern: Invalid value: "^(?!a)": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or unsupported Perl syntax: `(?!`',
    ],
    [
      'a list type that there is not',
      {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'bag',
      },
      'a.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
    ],
    [
      'a set of objects that are merged field by field',
      {
        type: 'array',
        items: { type: 'object' },
        'x-kubernetes-list-type': 'set',
      },
      'a.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
    ],
    [
      'keys of a list that is not a map',
      {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-map-keys': ['name'],
      },
      'a.x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty',
    ],
    [
      'a map type of something else',
      { type: 'string', 'x-kubernetes-map-type': 'atomic' },
      'a.type: Invalid value: "string": must be object if x-kubernetes-map-type is specified',
    ],
    [
      'an object in an object of which nothing is known',
      { type: 'object', 'x-kubernetes-embedded-resource': true },
      'a.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    ],
    [
      'defaults within combinators',
      { type: 'string', anyOf: [{ default: 'b' }] },
      'a.anyOf[0].default: Forbidden: must be undefined to be structural',
    ],
    [
      'a default that the schema refuses',
      { type: 'string', enum: ['b'], default: 'c' },
      'a.default: Unsupported value: "c": supported values: "b"',
    ],
    [
      'a default of another type, below',
      {
        type: 'object',
        properties: { n: { type: 'integer' } },
        default: { n: 'one' },
      },
      'a.default.n: Invalid value: "string": n in body must be of type integer: "string"',
    ],
    [
      'a default with a field that the schema does not know',
      { type: 'object', default: { b: 1 } },
      'a.default: Invalid value: {"b":1}: must not have unknown fields',
    ],
  ])('%s', (_name, schema, message) => {
    expect(refusals(schema)).toEqual([message]);
  });

  it('may have what looks alike and is allowed', () => {
    expect(
      refusals({
        type: 'object',
        properties: {
          port: {
            'x-kubernetes-int-or-string': true,
            anyOf: [{ type: 'integer' }, { type: 'string' }],
            default: 80,
          },
          words: {
            type: 'array',
            items: { type: 'string' },
            'x-kubernetes-list-type': 'set',
            default: [],
          },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
        },
        default: {},
      }),
    ).toEqual([]);
  });
});
