import { unknownFields } from './unknownFields';

describe('fields that nobody has looked at', () => {
  const known = { a: true, list: { name: true, deep: { x: true } } } as const;

  it.each<[unknown, string[]]>([
    [{ a: { anything: 1 }, list: [{ name: 'x', deep: { x: 1 } }] }, []],
    [{ b: 1 }, ['b']],
    [{ b: [], c: undefined, d: null }, []],
    [{ b: false }, ['b']],
    [{ list: [{ other: 1 }, { other: 2 }] }, ['list[].other']],
    [{ list: { deep: { y: {} } } }, ['list.deep.y']],
    [{ constructor: 1 }, ['constructor']],
    ['text', []],
    [undefined, []],
  ])('%j: %j', (value, paths) => {
    expect(unknownFields(value, known)).toEqual(paths);
  });
});
