import fc from 'fast-check';
import { JsonObject, ServedKind, WriteContext } from '../api/seams';
import { ApiFailure, StoredObject } from '../types';
import { builtinKinds } from '.';
import { types } from './types';
import { FieldType, Scalar } from './types/parseTypes';

/*
 * Whatever a client sends, a real API server refuses it with 400 or 422 or takes it; it never breaks. These tests send objects that have the
 * fields of their kind but nonsense in them.
 */

const context: WriteContext = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'test', groups: [] },
};

/** Among others what JavaScript objects inherit: code that forgets it finds functions where it looks for data. */
const word = fc.constantFrom(
  ...['', 'a', 'a/b/c', '/', '-1', '1e999', 'None', 'kubernetes.io/tls'],
  ...['constructor', '__proto__', 'toString', 'x'.repeat(300), '\u0000'],
);

const anything: fc.Arbitrary<unknown> = fc.oneof(
  word,
  fc.constantFrom(0, -1, 1.5, 2 ** 31, -(2 ** 53), 1e300, true, null),
  fc.jsonValue({ maxDepth: 2 }),
);

const scalars: Record<Scalar, fc.Arbitrary<unknown>> = {
  string: word,
  boolean: fc.boolean(),
  integer: fc.constantFrom(-1, 0, 1, 80, 65536, 2 ** 31 - 1),
  long: fc.constantFrom(-1, 0, 2 ** 53),
  number: fc.constantFrom(-1, 0, 0.5),
  quantity: fc.constantFrom('0', '-1', '5500m', '10Gi', 3),
  time: fc.constant('2026-01-01T00:00:00Z'),
  microTime: fc.constant('2026-01-01T00:00:00.000000Z'),
  intOrString: fc.oneof(word, fc.constantFrom(-1, 0, 80)),
  bytes: fc.constantFrom('', 'eA=='),
};

function valueOf(type: FieldType, depth: number): fc.Arbitrary<unknown> {
  switch (type.type) {
    case 'struct':
      return structOf(type.name, depth);
    case 'list':
      return fc.array(valueOf(type.items, depth), { maxLength: 3 });
    case 'map':
      return fc.dictionary(word, valueOf(type.values, depth), { maxKeys: 3 });
    case 'scalar':
      return scalars[type.scalar];
    default:
      return anything;
  }
}

function structOf(name: string, depth = 0): fc.Arbitrary<JsonObject> {
  const fields = [...(types.get(name)?.fields ?? [])];
  if (fields.length === 0 || depth > 5) return fc.constant({});
  return fc
    .subarray(fields, { maxLength: Math.min(fields.length, 4) })
    .chain(chosen =>
      fc.record(
        Object.fromEntries(
          chosen.map(([field, type]) => [
            field,
            fc.oneof(
              { weight: 8, arbitrary: valueOf(type, depth + 1) },
              { weight: 1, arbitrary: anything },
            ),
          ]),
        ),
      ),
    );
}

/** Everything that a write and a read of an object ask of its kind. Undefined when it is refused by an exception. */
function write(
  kind: ServedKind,
  sent: JsonObject,
  old?: StoredObject,
): StoredObject | undefined {
  const metadata = {
    name: 'x',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  try {
    const { object } = kind.decode(sent);
    const draft = { ...object, apiVersion: 'v1', kind: kind.kind, metadata };
    kind.default(draft);
    if (old) kind.prepareUpdate(draft, old, context);
    else kind.prepareCreate(draft, context);
    const errors = old
      ? kind.validateUpdate(draft, old, context)
      : kind.validateCreate(draft, context);
    for (const { field, message, reason } of errors) {
      if (!field || !message || !/^FieldValue/.test(reason)) {
        throw new Error(`no refusal: ${reason} at ${field}: ${message}`);
      }
    }
    kind.cells(draft, 0);
    for (const [name, read] of Object.entries(kind.selectableFields)) {
      if (typeof read(draft) !== 'string') throw new Error(`no text: ${name}`);
    }
    return draft;
  } catch (error) {
    if (error instanceof ApiFailure && [400, 422, 501].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
}

describe('nonsense in a built-in kind is refused or taken, and never breaks the server', () => {
  const cases = builtinKinds.map(
    kind => [`${kind.plural}.${kind.group}`, kind] as const,
  );

  it.each(cases)('%s', (_, kind) => {
    const object = structOf(kind.storedAs ? 'EventsEvent' : kind.kind);
    const writes = fc.property(object, object, (first, second) => {
      const old = write(kind, first);
      if (old) write(kind, second, old);
    });
    expect(() => fc.assert(writes, { numRuns: 200 })).not.toThrow();
  });

  it('values of the wrong type are refused with the field that they are in', () => {
    const pods = builtinKinds.find(kind => kind.kind === 'Pod');
    const wrong = anything.filter(
      value => typeof value !== 'string' && value !== null,
    );
    fc.assert(
      fc.property(wrong, value => {
        expect(() => pods?.decode({ spec: { hostname: value } })).toThrow(
          expect.objectContaining({
            code: 400,
            message: expect.stringContaining('PodSpec.spec.hostname'),
          }),
        );
      }),
    );
  });
});
