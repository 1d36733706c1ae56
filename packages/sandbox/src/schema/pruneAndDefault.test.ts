import fc from 'fast-check';
import { JsonObject } from '../api/seams';
import { refusals, thing, thingKind } from './testing/crd';

const schema: JsonObject = {
  type: 'object',
  properties: {
    a: { type: 'string', default: 'x' },
    n: { type: 'integer', nullable: true, default: 1 },
    inner: {
      type: 'object',
      properties: { deep: { type: 'boolean', default: true } },
    },
    whole: {
      type: 'object',
      default: { b: 'set' },
      properties: {
        b: { type: 'string' },
        c: { type: 'integer', default: 3 },
      },
    },
    list: {
      type: 'array',
      items: {
        type: 'object',
        properties: { d: { type: 'string', default: 'd' } },
      },
    },
    map: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { e: { type: 'string', default: 'e' } },
      },
    },
    open: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        known: { type: 'object', properties: { f: { type: 'string' } } },
      },
    },
    template: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: { type: 'object' } },
    },
  },
};
const kind = thingKind(schema);

function defaulted(spec: unknown): unknown {
  const draft = structuredClone(thing(spec));
  kind.default(draft);
  return draft.spec;
}

describe('defaults', () => {
  it.each<[string, unknown, unknown]>([
    [
      'are set in objects that are there, in lists and maps, and in other defaults',
      { inner: {}, list: [{}], map: { k: {} } },
      {
        a: 'x',
        n: 1,
        inner: { deep: true },
        whole: { b: 'set', c: 3 },
        list: [{ d: 'd' }],
        map: { k: { e: 'e' } },
      },
    ],
    [
      'replace null, but not where null is allowed',
      { a: null, n: null, whole: {} },
      { a: 'x', n: null, whole: { c: 3 } },
    ],
    [
      'leave what is there, and null without a default is dropped',
      { a: '', n: 0, whole: { c: 0, b: null }, inner: null },
      { a: '', n: 0, whole: { c: 0 } },
    ],
  ])('%s', (_name, spec, expected) => {
    expect(defaulted(spec)).toEqual(expected);
  });

  it('are not shared between objects', () => {
    const first = defaulted({});
    const second = defaulted({});
    expect(first).toEqual(second);
    expect(Object(first).whole).not.toBe(Object(second).whole);
  });
});

describe('pruning', () => {
  it('drops what the schema does not know, names it, and changes nothing in place', () => {
    const input = thing({
      zzz: 1,
      list: [{ d: 'x', y: 1 }],
      map: { k: { e: 'x', y: 1 } },
      open: { any: { thing: [1, null] }, known: { f: '', g: 1 } },
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { x: 1 }, y: 1 },
    });
    const before = structuredClone(input);
    const { object, unknownFields } = kind.decode(input);
    expect(unknownFields).toEqual([
      'spec.list[0].y',
      'spec.map.k.y',
      'spec.open.known.g',
      'spec.template.y',
      'spec.zzz',
    ]);
    expect(object.spec).toEqual({
      list: [{ d: 'x' }],
      map: { k: { e: 'x' } },
      open: { any: { thing: [1, null] }, known: { f: '' } },
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { x: 1 } },
    });
    expect(input).toEqual(before);
  });

  it('returns a known object as it is', () => {
    const input = thing({ a: 'x', list: [{ d: 'y' }] });
    expect(kind.decode(input).object).toBe(input);
  });
});

/** Values that fit the schema here and there, and do not elsewhere. */
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.string(),
);
const field = fc.constantFrom(
  'a',
  'n',
  'inner',
  'whole',
  'list',
  'map',
  'open',
  'known',
  'template',
  'b',
  'c',
  'd',
  'e',
  'deep',
  'spec',
  'stray',
);
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.dictionary(field, tie('tree'), { maxKeys: 5 }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));

describe('for any value', () => {
  it('defaulting twice is defaulting once', () => {
    fc.assert(
      fc.property(tree, spec => {
        const once = defaulted(spec);
        expect(defaulted(once)).toEqual(once);
      }),
    );
  });

  it('nothing unknown is left after pruning, and defaults bring nothing unknown', () => {
    fc.assert(
      fc.property(tree, spec => {
        const { object } = kind.decode(thing(spec));
        expect(kind.decode(object).unknownFields).toEqual([]);
        const draft = structuredClone(object);
        kind.default(draft);
        expect(kind.decode(draft).unknownFields).toEqual([]);
      }),
    );
  });

  it('validation ends with a list of errors, never with an exception', () => {
    fc.assert(
      fc.property(tree, spec => {
        expect(Array.isArray(refusals(kind, spec))).toBe(true);
      }),
    );
  });
});
