import { changeRefusals, refusals, thingKind } from './testing/crd';

const checked = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
    size: { type: 'integer', minimum: 1, maximum: 9, multipleOf: 2 },
    ratio: {
      type: 'number',
      minimum: 0,
      exclusiveMinimum: true,
      maximum: 1,
      exclusiveMaximum: true,
    },
    count: { type: 'integer', format: 'int32' },
    port: { 'x-kubernetes-int-or-string': true },
    mode: { type: 'string', enum: ['a', 'b'] },
    list: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      items: { type: 'string' },
    },
    map: {
      type: 'object',
      minProperties: 1,
      maxProperties: 2,
      additionalProperties: { type: 'integer' },
    },
    maybe: { type: 'string', nullable: true },
    time: { type: 'string', format: 'date-time' },
    either: {
      type: 'object',
      properties: { x: { type: 'string' }, y: { type: 'string' } },
      oneOf: [{ required: ['x'] }, { required: ['y'] }],
    },
    any: {
      type: 'object',
      properties: { x: { type: 'string' }, y: { type: 'string' } },
      anyOf: [{ required: ['x'] }, { required: ['y'] }],
      not: { required: ['x', 'y'] },
    },
  },
};

const kind = thingKind(checked);
const whole = (value: unknown) => ({ name: 'abc', ...Object(value) });

describe('a value that the schema does not allow is refused in the words of an API server', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing wrong', {}, []],
    [
      'too short',
      { name: 'a' },
      [
        'spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long',
      ],
    ],
    [
      'too long, counted in characters',
      { name: 'äöüäö' },
      [
        'spec.name: Too long: may not be more than 4 bytes',
        'spec.name: Invalid value: "äöüäö": spec.name in body should match \'^[a-z]+$\'',
      ],
    ],
    [
      'null',
      { name: null },
      [
        'spec.name: Invalid value: "null": spec.name in body must be of type string: "null"',
      ],
    ],
    [
      'out of range',
      { size: 10 },
      [
        'spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9',
      ],
    ],
    [
      'not a multiple',
      { size: 3 },
      [
        'spec.size: Invalid value: 3: spec.size in body should be a multiple of 2',
      ],
    ],
    [
      'on an exclusive bound',
      { ratio: 1 },
      [
        'spec.ratio: Invalid value: 1: spec.ratio in body should be less than 1',
      ],
    ],
    [
      'no whole number',
      { size: 2.5 },
      [
        'spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.size',
        'spec.size: Invalid value: 2.5: spec.size in body should be a multiple of 2',
      ],
    ],
    [
      'beyond int32',
      { count: 2 ** 31 },
      [
        '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.count',
      ],
    ],
    [
      'a boolean for an int32',
      { count: true },
      [
        'spec.count: Invalid value: "": spec.count in body must be of type int32: ""',
      ],
    ],
    [
      'neither integer nor string',
      { port: true },
      [
        'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
      ],
    ],
    [
      'not in the enum',
      { mode: 'c' },
      ['spec.mode: Unsupported value: "c": supported values: "a", "b"'],
    ],
    [
      'a list too short',
      { list: [] },
      [
        'spec.list: Invalid value: 0: spec.list in body should have at least 1 items',
      ],
    ],
    [
      'a list too long, an element of the wrong type',
      { list: ['a', 1, 'c'] },
      [
        'spec.list[1]: Invalid value: "integer": spec.list[1] in body must be of type string: "integer"',
        'spec.list: Too many: 3: must have at most 2 items',
      ],
    ],
    [
      'a map with a wrong value',
      { map: { a: 'x' } },
      [
        'spec.map.a: Invalid value: "string": spec.map.a in body must be of type integer: "string"',
      ],
    ],
    ['null where it is allowed', { maybe: null }, []],
    [
      'not a time',
      { time: 'noon' },
      [
        'spec.time: Invalid value: "noon": spec.time in body must be of type date-time: "noon"',
      ],
    ],
    [
      'none of oneOf',
      { either: {} },
      [
        '<nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). Found none valid',
        'spec.either.x: Required value',
      ],
    ],
    [
      'two of oneOf',
      { either: { x: '', y: '' } },
      [
        '<nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    [
      'what not forbids',
      { any: { x: '', y: '' } },
      [
        '<nil>: Invalid value: "": "spec.any" must not validate the schema (not)',
      ],
    ],
  ])('%s', (_name, value, messages) => {
    expect(refusals(kind, whole(value))).toEqual(messages);
  });

  it('a missing field is named, and a field called like an inherited one is not there', () => {
    expect(refusals(kind, {})).toEqual(['spec.name: Required value']);
    const inherited = thingKind({
      type: 'object',
      required: ['constructor'],
      properties: { constructor: { type: 'string' } },
    });
    expect(refusals(inherited, {})).toEqual([
      'spec.constructor: Required value',
    ]);
  });

  it('a kind or version that is not the one of the URL is refused', () => {
    const errors = kind.validateCreate(
      { apiVersion: 'example.com/v2', kind: 'Other', metadata: {} },
      { now: '', user: { name: '', groups: [] } },
    );
    expect(errors.map(error => `${error.field}: ${error.message}`)).toEqual([
      'kind: Invalid value: "Other": must be Thing',
      'apiVersion: Invalid value: "example.com/v2": must be example.com/v1',
    ]);
  });
});

describe('lists of type set and map have no duplicates', () => {
  const lists = thingKind({
    type: 'object',
    properties: {
      set: {
        type: 'array',
        'x-kubernetes-list-type': 'set',
        items: { type: 'string' },
      },
      map: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'name'],
        items: {
          type: 'object',
          required: ['name', 'port'],
          properties: { name: { type: 'string' }, port: { type: 'integer' } },
        },
      },
    },
  });

  it('each duplicate is reported once, at its second place', () => {
    expect(
      refusals(lists, {
        set: ['a', 'b', 'a', 'a'],
        map: [
          { name: 'x', port: 1 },
          { name: 'x', port: 2 },
          { port: 1, name: 'x' },
        ],
      }),
    ).toEqual([
      'spec.set[2]: Duplicate value: "a"',
      'spec.map[2]: Duplicate value: {"name":"x","port":1}',
    ]);
  });

  it('duplicates that were stored before do not stop an update', () => {
    expect(
      changeRefusals(lists, { set: ['a', 'a'] }, { set: ['a', 'a', 'b'] }),
    ).toEqual([]);
  });
});

describe('an update is only refused for what it changes', () => {
  const strict = thingKind({
    type: 'object',
    properties: {
      a: { type: 'string', maxLength: 1 },
      b: { type: 'string', maxLength: 1 },
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: {
          type: 'object',
          required: ['k'],
          properties: {
            k: { type: 'string' },
            v: {
              type: 'string',
              'x-kubernetes-validations': [{ rule: 'self == "good"' }],
            },
          },
        },
      },
    },
  });

  it('what was already wrong and stays as it was is forgiven', () => {
    expect(
      changeRefusals(strict, { a: 'long' }, { a: 'long', b: 'x' }),
    ).toEqual([]);
    expect(
      changeRefusals(strict, { a: 'long' }, { a: 'long', b: 'xx' })[0],
    ).toBe(
      'spec.b: Too long: may not be more than 1 bytes'.replace('bytes', 'byte'),
    );
  });

  it('elements of map lists are matched by their keys, in values and in rules', () => {
    const old = { list: [{ k: '1', v: 'bad' }] };
    expect(
      changeRefusals(strict, old, {
        list: [
          { k: '0', v: 'good' },
          { k: '1', v: 'bad' },
        ],
      }),
    ).toEqual([]);
    expect(
      changeRefusals(strict, old, { list: [{ k: '2', v: 'bad' }] }),
    ).toEqual([
      'spec.list[0].v: Invalid value: "bad": failed rule: self == "good"',
    ]);
  });
});

test('a change of a long map list costs what the list is long, not its square', () => {
  const listed = thingKind({
    type: 'object',
    properties: {
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string' },
            size: { type: 'integer', maximum: 5 },
          },
        },
      },
    },
  });
  let reads = 0;
  const element = (index: number, size: number) => ({
    get name() {
      reads += 1;
      return `n${index}`;
    },
    size,
  });
  const list = (size: number, length = 300) =>
    Array.from({ length }, (_, index) => element(index, size));
  const now = [...list(9), element(300, 9)].reverse();
  // What was too great before is forgiven, wherever it stands now; what is new is not.
  expect(changeRefusals(listed, { list: list(9) }, { list: now })).toEqual([
    'spec.list[0].size: Invalid value: 9: spec.list[0].size in body should be less than or equal to 5',
  ]);
  expect(reads).toBeLessThan(300 * 30);
});
