import fc from 'fast-check';
import { covers, same } from './compare';

describe('comparing what is wanted with what is there', () => {
  it('finds every JSON value the same as its copy, whatever the order of fields', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([k, v]) => [k, reversed(v)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(
          same(
            JSON.parse(JSON.stringify(value)),
            reversed(JSON.parse(JSON.stringify(value))),
          ),
        ).toBe(true);
      }),
    );
  });

  it('does not mind defaults, and minds everything else', () => {
    expect(covers({ a: [{ b: 1, weight: 1 }] }, { a: [{ b: 1 }] })).toBe(true);
    expect(covers({ a: [{ b: 1 }, {}] }, { a: [{ b: 1 }] })).toBe(false);
    expect(covers({ a: 1 }, { a: 2 })).toBe(false);
    expect(covers(undefined, { a: 1 })).toBe(false);
    expect(same({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(same({ a: 1, b: 2 }, { a: 1 })).toBe(false);
    expect(same(null, {})).toBe(false);
  });
});
