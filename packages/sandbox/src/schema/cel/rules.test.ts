import { ApiFailure } from '../../types';
import { changeRefusals, refusals, thingKind } from '../testing/crd';

/** Whether the rule holds for a `spec` of this schema. */
function holds(rule: string, spec: unknown, properties = {}): boolean {
  const kind = thingKind({
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    properties,
    'x-kubernetes-validations': [{ rule }],
  });
  const found = refusals(kind, spec);
  if (found.length === 0) return true;
  expect(found).toEqual([`spec: Invalid value: failed rule: ${rule}`]);
  return false;
}

describe('a rule sees values as their schema types them', () => {
  const properties = {
    i: { type: 'integer' },
    d: { type: 'number' },
    s: { type: 'string' },
    t: { type: 'string', format: 'date-time' },
    u: { type: 'string', format: 'duration' },
    b: { type: 'string', format: 'byte' },
    port: { 'x-kubernetes-int-or-string': true },
    'dashed-name': { type: 'string' },
    namespace: { type: 'string' },
    list: { type: 'array', items: { type: 'integer' } },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
  };
  const spec = {
    i: 3,
    d: 2,
    s: 'x',
    t: '2026-01-02T03:04:05Z',
    u: '90s',
    b: 'aGk=',
    port: 80,
    'dashed-name': 'dash',
    namespace: 'ns',
    list: [1, 2, 3],
    map: { 'a-b': 1 },
  };

  it.each([
    'self.i / 2 == 1',
    'self.d / 4.0 == 0.5',
    'self.t < timestamp("2027-01-01T00:00:00Z")',
    'self.u == duration("1m30s")',
    'self.b == b"hi"',
    'type(self.port) == int && self.port == 80',
    'self.dashed__dash__name == "dash"',
    'self.__namespace__ == "ns"',
    'self.list.all(x, x < 4) && self.list.exists_one(x, x == 2)',
    'self.map["a-b"] == 1 && "a-b" in self.map && self.map.all(k, k.size() == 3)',
    'has(self.s) && !has(self.missing)',
    'self.list.map(x, x * 2).filter(x, x > 2) == [4, 6]',
    'has(self.i) ? self.i == 3 : false',
  ])('%s', rule => {
    expect(holds(rule, spec, properties)).toBe(true);
  });
});

describe("Kubernetes' own functions", () => {
  it.each([
    'isQuantity("1.5Gi") && !isQuantity("1 GB") && !isQuantity("")',
    'quantity("1.5Gi").compareTo(quantity("1536Mi")) == 0',
    'quantity("50M").isGreaterThan(quantity("50k")) && quantity("100m").isLessThan(quantity("1"))',
    'quantity("1k").asInteger() == 1000 && quantity("1").add(2).sub(quantity("500m")) == quantity("2500m")',
    'quantity("-1e3").sign() == -1 && quantity("1.5").isInteger() == false',
    'isURL("https://a.b:8080/c?d=e") && !isURL("../a") && isURL("/a")',
    'url("https://a.b:8080/c?d=e").getScheme() == "https"',
    'url("https://a.b:8080/c?d=e").getHost() == "a.b:8080"',
    'url("https://a.b:443/c").getPort() == "443" && url("https://[::1]:80/").getHostname() == "::1"',
    'url("https://a.b/c/d?e").getEscapedPath() == "/c/d"',
    'isIP("10.0.0.1") && isIP("::1") && !isIP("10.0.0.256") && !isIP("fe80::1%eth0")',
    'ip("::1").family() == 6 && isCIDR("10.0.0.0/8") && cidr("10.0.0.0/8").prefixLength() == 8',
    '[1, 2, 2].isSorted() && [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3',
    '["a", "b", "a"].indexOf("a") == 0 && ["a", "b", "a"].lastIndexOf("a") == 2',
    'sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])',
    '"a,b,c".split(",", 2) == ["a", "b,c"] && "a,b".split(",") == ["a", "b"] && "a".split(",", 0) == []',
    '"Hello".lowerAscii() == "hello" && " x ".trim() == "x" && ["a", "b"].join("-") == "a-b"',
    '"abc 123".find("[0-9]+") == "123" && "a1b2".findAll("[0-9]") == ["1", "2"] && "a1b2".findAll("[0-9]", 1) == ["1"]',
    '"ABC".matches("(?i)^abc$") && !"xabc".matches("^abc$")',
  ])('%s', rule => {
    expect(holds(rule, {})).toBe(true);
  });
});

describe('what a failed rule says', () => {
  const properties = {
    min: { type: 'integer' },
    name: { type: 'string' },
  };
  const say = (rule: object, spec: unknown, of = 'spec') => {
    const rules = { 'x-kubernetes-validations': [rule] };
    return refusals(
      thingKind({
        type: 'object',
        properties:
          of === 'spec'
            ? properties
            : { ...properties, name: { type: 'string', ...rules } },
        ...(of === 'spec' ? rules : {}),
      }),
      spec,
    );
  };

  it.each<[string, object, string]>([
    [
      'its message',
      { rule: 'false', message: 'no' },
      'spec: Invalid value: no',
    ],
    [
      'its message expression, before the message',
      {
        rule: 'false',
        message: 'no',
        messageExpression: '"min is " + string(self.min)',
      },
      'spec: Invalid value: min is 1',
    ],
    [
      'the message, when the expression fails',
      { rule: 'false', message: 'no', messageExpression: 'self.name' },
      'spec: Invalid value: no',
    ],
    [
      'its reason and its path',
      {
        rule: 'false',
        message: 'no',
        reason: 'FieldValueForbidden',
        fieldPath: '.min',
      },
      'spec.min: Forbidden: no',
    ],
    [
      'that it could not be computed',
      { rule: 'self.name == ""', message: 'no' },
      'spec: Invalid value: no such key: name evaluating rule: no',
    ],
  ])('%s', (_name, rule, message) => {
    expect(say(rule, { min: 1 })).toEqual([message]);
  });

  it('prints a scalar, not an object', () => {
    expect(
      say({ rule: 'false', message: 'no' }, { name: 'x' }, 'name'),
    ).toEqual(['spec.name: Invalid value: "x": no']);
  });

  it('says that rules were not looked at when the values are wrong already', () => {
    expect(say({ rule: 'true' }, { min: 'x' })).toEqual([
      'spec.min: Invalid value: "string": spec.min in body must be of type integer: "string"',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });
});

describe('a transition rule', () => {
  const kind = thingKind({
    type: 'object',
    properties: {
      fixed: {
        type: 'string',
        'x-kubernetes-validations': [
          { rule: 'self == oldSelf', message: 'fixed' },
        ],
      },
      grows: {
        type: 'integer',
        'x-kubernetes-validations': [
          {
            rule: 'oldSelf.hasValue() ? self > oldSelf.value() : self == 1',
            optionalOldSelf: true,
            message: 'must grow from 1',
          },
        ],
      },
    },
  });

  it('runs only where there was a value', () => {
    expect(refusals(kind, { fixed: 'a' })).toEqual([]);
    expect(changeRefusals(kind, {}, { fixed: 'a' })).toEqual([]);
    expect(changeRefusals(kind, { fixed: 'a' }, { fixed: 'b' })).toEqual([
      'spec.fixed: Invalid value: "b": fixed',
    ]);
  });

  it('runs on create, too, with an optional oldSelf, and on unchanged values', () => {
    const refused = (value: number) =>
      `spec.grows: Invalid value: ${value}: must grow from 1`;
    expect(refusals(kind, { grows: 2 })).toEqual([refused(2)]);
    expect(refusals(kind, { grows: 1 })).toEqual([]);
    expect(changeRefusals(kind, { grows: 1 }, { grows: 1 })).toEqual([
      refused(1),
    ]);
    expect(changeRefusals(kind, { grows: 1 }, { grows: 2 })).toEqual([]);
  });
});

describe('values that come again', () => {
  const item = (rule: string) => ({
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-validations': [{ rule, message: rule }],
  });
  const kind = thingKind({
    type: 'object',
    properties: {
      small: { type: 'array', items: item('self.n < 3') },
      large: { type: 'array', items: item('self.n > 3') },
    },
  });

  it('pass or fail by the rules of their own place, however often they come and in whatever number', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => ({ n: n % 600 }));
    for (let time = 0; time < 2; time++) {
      expect(refusals(kind, { small: [{ n: 1 }], large: [{ n: 5 }] })).toEqual(
        [],
      );
      expect(refusals(kind, { small: [{ n: 5 }], large: [{ n: 1 }] })).toEqual([
        'spec.small[0]: Invalid value: self.n < 3',
        'spec.large[0]: Invalid value: self.n > 3',
      ]);
      expect(refusals(kind, { large: many })).toHaveLength(8);
      expect(refusals(kind, { small: many })).toHaveLength(994);
    }
  });
});

describe('a rule that cannot be evaluated here', () => {
  it('fails the write with 501 and names the rule, and never passes', () => {
    const kind = thingKind({
      type: 'object',
      'x-kubernetes-validations': [
        { rule: 'format.dns1123Label().validate("x") == 1' },
      ],
    });
    const write = () => refusals(kind, {});
    expect(write).toThrow(ApiFailure);
    expect(write).toThrow(
      'the validation rule "format.dns1123Label().validate(\\"x\\") == 1" of spec was not evaluated: the sandbox has no CEL function',
    );
  });
});
