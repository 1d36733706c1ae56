import path from 'node:path';
import { JsonObject } from '../../api/seams';
import { asObject } from '../json';
import { thingCrd } from '../testing/crd';
import { withShared, readCrds } from '../testing/sharedFolder';
import { celErrors, costWarnings, ruleCosts } from './checkRules';

const chart = path.resolve(__dirname, '../../../../../charts/slipway/crds');

const schema = (rule: string, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties: {
    s: { type: 'string' },
    n: { type: 'integer' },
    list: { type: 'array', items: { type: 'string' } },
    short: {
      type: 'array',
      maxItems: 8,
      items: { type: 'string', maxLength: 16 },
    },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
  },
  'x-kubernetes-validations': [{ rule, ...more }],
});

const at =
  'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0]';

describe('a rule that cannot be right is refused with the definition', () => {
  it.each([
    ['self.nope == 1', "undefined field 'nope'"],
    ['self.s.nope == 1', "type 'string' does not support field selection"],
    [
      'self.s == 1',
      "found no matching overload for '_==_' applied to '(string, int)'",
    ],
    [
      'self.list.all(x, x > 1)',
      "found no matching overload for '_>_' applied to '(string, int)'",
    ],
    [
      'self.list.filter(x, x != "").all(y, y == 1)',
      "found no matching overload for '_==_' applied to '(string, int)'",
    ],
    [
      'self.n.startsWith("a")',
      "found no matching overload for 'startsWith' applied to '(int, string)'",
    ],
    [
      'has(self.s) && self.n',
      "found no matching overload for '_&&_' applied to '(bool, int)'",
    ],
    [
      'self.n.all(x, true)',
      "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ['that.n == 1', "undeclared reference to 'that' (in container '')"],
    ['shout(self.s)', "undeclared reference to 'shout' (in container '')"],
    ['self.n', 'must evaluate to a bool'],
  ])('%s', (rule, why) => {
    expect(celErrors(thingCrd(schema(rule)).spec)).toEqual([
      expect.objectContaining({
        field: `${at}.rule`,
        message: `Invalid value: ${JSON.stringify(
          rule,
        )}: compilation failed: ERROR: ${why}`,
      }),
    ]);
  });

  it('so is one that does not parse, is empty, or has a message that is no text', () => {
    const fieldsOf = (rule: string, more?: JsonObject) =>
      celErrors(thingCrd(schema(rule, more)).spec).map(error => error.field);
    expect(fieldsOf('self.n ==')).toEqual([`${at}.rule`]);
    expect(fieldsOf(' ')).toEqual([`${at}.rule`]);
    expect(fieldsOf('true', { messageExpression: 'self.n' })).toEqual([
      `${at}.messageExpression`,
    ]);
  });

  it.each([
    'self.map.all(k, self.map[k] > 0 && k.startsWith("a"))',
    'self.list.map(x, x + "!").exists(x, x == "a!")',
    'oldSelf.n == self.n || self.n / 2 > 1.5',
    'self.list.size() == size(self.short) ? true : self.s in self.list',
    'isURL(self.s) && url(self.s).getScheme() == "https"',
    'quantity(self.s).isGreaterThan(quantity("1Gi"))',
    'sets.contains(self.list, ["a"]) && !semver(self.s).isLessThan(semver("1.2.3"))',
  ])('but not %s', rule => {
    expect(celErrors(thingCrd(schema(rule)).spec)).toEqual([]);
  });
});

describe('the cost of rules', () => {
  it('is too high where a list or a string in a loop has no limit', () => {
    const unbounded = thingCrd(
      schema('self.list.all(x, self.list.exists_one(y, x == y))'),
    );
    expect(costWarnings(unbounded.spec)[0]).toContain(
      `${at}.rule: estimated rule cost exceeds budget by factor of`,
    );
    const bounded = thingCrd(
      schema('self.short.all(x, self.short.exists_one(y, x == y))'),
    );
    expect(costWarnings(bounded.spec)).toEqual([]);
  });

  it('counts the elements that a rule runs on', () => {
    const nested = (maxItems: number) =>
      ruleCosts(
        thingCrd({
          type: 'object',
          properties: {
            list: {
              type: 'array',
              maxItems,
              items: schema('self.short.all(x, x != "")'),
            },
          },
        }).spec,
      )[0].cost;
    expect(nested(20)).toBe(2 * nested(10));
  });

  it('of the model definitions in the chart is within the budget of an API server', () => {
    const crds = readCrds(chart);
    expect(crds.length).toBeGreaterThan(0);
    for (const crd of crds) {
      const spec = asObject(crd.spec) ?? {};
      expect(celErrors(spec)).toEqual([]);
      expect(costWarnings(spec)).toEqual([]);
    }
  });
});

withShared({ describe, it }, 'rules of upstream definitions', shared => {
  it.each([
    'gateway-api',
    'envoy-gateway',
    'envoy-ai-gateway',
    'kueue',
    'external-secrets',
  ])(
    '%s: API servers take them, so no type error, and no estimate far beyond the budget',
    folder => {
      for (const crd of readCrds(shared, 'crds', folder)) {
        const spec = asObject(crd.spec) ?? {};
        expect(celErrors(spec)).toEqual([]);
        for (const { cost } of ruleCosts(spec)) {
          expect(cost).toBeLessThan(20_000_000);
        }
      }
    },
  );
});
