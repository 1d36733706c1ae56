import fc from 'fast-check';
import { JsonObject } from '../api/seams';
import { ApiFailure } from '../types';
import { compileCrd } from './compileCrd';
import { defaultCrd } from './crdDefaults';
import { thing, thingCrd, thingKind } from './testing/crd';
import { validateCrd } from './validateCrd';

const context = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'test', groups: [] },
};

/** Names of fields, among them those that JavaScript objects inherit. */
const name = fc.constantFrom('a', 'b', 'constructor', '__proto__', 'toString');
const value = fc.oneof(
  fc.constantFrom('', 'constructor', -1, 1.5, 2 ** 63, 1e300, true, null),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Schemas of values; structural, or nearly so. */
const { schema } = fc.letrec<{ schema: JsonObject }>(tie => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record(
      {
        type: fc.constantFrom('string', 'integer', 'number', 'boolean'),
        nullable: fc.boolean(),
        default: value,
        enum: fc.array(value, { minLength: 1, maxLength: 2 }),
        format: fc.constantFrom('date-time', 'int32', 'constructor', 'byte'),
        minLength: fc.nat(3),
        maximum: fc.integer(),
        pattern: fc.constantFrom('^a+$', '(', '(?=a)', '[[:constructor:]]'),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('array'),
        items: tie('schema'),
        'x-kubernetes-list-type': fc.constantFrom('set', 'map', 'atomic', ''),
        'x-kubernetes-list-map-keys': fc.array(name, { maxLength: 2 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
        additionalProperties: fc.oneof(tie('schema'), fc.boolean()),
        required: fc.array(name, { maxLength: 2 }),
        anyOf: fc.array(tie('schema'), { maxLength: 2 }),
        'x-kubernetes-preserve-unknown-fields': fc.boolean(),
        'x-kubernetes-embedded-resource': fc.boolean(),
        'x-kubernetes-map-type': fc.constantFrom('atomic', 'granular', ''),
      },
      { requiredKeys: ['type'] },
    ),
  ),
}));

test('a definition with an object for a name is refused', () => {
  const names = { plural: { toString: null } };
  const crd = { metadata: { name: 'x' }, spec: { names } };
  expect(validateCrd(crd).map(error => error.field)).toContain('metadata.name');
});

describe('nonsense in custom resources is refused or taken, and never breaks the server', () => {
  it('with any schema, valid or not, and any object', () => {
    const writes = fc.property(schema, value, value, (spec, first, second) => {
      const kind = thingKind(spec);
      const write = (sent: unknown, old?: unknown) => {
        const { object } = kind.decode(thing(sent));
        const draft = { ...thing(undefined), ...structuredClone(object) };
        kind.default(draft);
        const errors = old
          ? kind.validateUpdate(draft, thing(old), context)
          : kind.validateCreate(draft, context);
        for (const { field, message, reason } of errors) {
          if (!field || !message || !/^FieldValue/.test(reason)) {
            throw new Error(`no refusal: ${reason} at ${field}: ${message}`);
          }
        }
        kind.cells(draft, 0);
      };
      write(first);
      write(second, first);
    });
    expect(() => fc.assert(writes, { numRuns: 200 })).not.toThrow();
  });

  it('in definitions, whatever their schemas are', () => {
    const definitions = fc.property(schema, spec => {
      const crd = thingCrd(spec);
      if (validateCrd(crd).length === 0) compileCrd(crd);
    });
    expect(() => fc.assert(definitions, { numRuns: 200 })).not.toThrow();
  });

  it('in definitions, whatever stands where', () => {
    const definitions = fc.property(
      fc.record({
        group: value,
        scope: value,
        names: fc.oneof(value, fc.record({ kind: value, plural: value })),
        versions: fc.oneof(value, fc.array(value, { maxLength: 2 })),
        conversion: value,
      }),
      spec => {
        const crd: JsonObject = { metadata: { name: 'x' }, spec };
        try {
          defaultCrd(crd);
          if (validateCrd(crd).length === 0) throw new Error('taken');
        } catch (error) {
          if (!(error instanceof ApiFailure)) throw error;
        }
      },
    );
    expect(() => fc.assert(definitions, { numRuns: 200 })).not.toThrow();
  });
});
