import fc from 'fast-check';
import { JsonObject, MergeSchema } from '../api/seams';
import { ApiFailure } from '../types';
import { jsonPatch } from './jsonPatch';
import { mergePatch } from './mergePatch';
import { isObject } from './structure';
import { strategicMergePatch } from './strategicMergePatch';

/** The merge patch that makes `after` out of `before` (RFC 7386 read backwards); nulls in `after` can't be expressed. */
function diff(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const field of Object.keys(before)) {
    if (!Object.hasOwn(after, field)) {
      patch[field] = null;
    }
  }
  for (const field of Object.keys(after)) {
    const [was, is] = [before[field], after[field]];
    patch[field] = isObject(was) && isObject(is) ? diff(was, is) : is;
  }
  return patch;
}

describe('merge patch', () => {
  it('removes with null, merges objects, replaces everything else', () => {
    const target = { a: { b: 1, c: [1, 2] }, d: 'x' };
    expect(
      mergePatch(target, { a: { b: null, c: [3] }, e: { f: null, g: 1 } }),
    ).toEqual({
      a: { c: [3] },
      d: 'x',
      e: { g: 1 },
    });
    expect(target).toEqual({ a: { b: 1, c: [1, 2] }, d: 'x' });
  });

  it('shares what it does not change, and is the target itself when it changes nothing', () => {
    const target = { a: { b: 1 }, c: { d: 1 } };
    expect(mergePatch(target, {})).toBe(target);
    expect(mergePatch(target, { a: { b: 2 } }).c).toBe(target.c);
  });

  it('makes any object out of any other with the patch between them', () => {
    const json = fc.letrec(tie => ({
      value: fc.oneof(
        fc.integer(),
        fc.string(),
        fc.array(fc.integer()),
        tie('object'),
      ),
      object: fc.dictionary(
        fc.constantFrom('a', 'b', 'c', 'constructor'),
        tie('value'),
        {
          noNullPrototype: true,
        },
      ),
    }));
    fc.assert(
      fc.property(json.object, json.object, (before, after) => {
        const [from, to] = [before, after].filter(isObject);
        expect(
          JSON.parse(JSON.stringify(mergePatch(from, diff(from, to)))),
        ).toEqual(JSON.parse(JSON.stringify(to)));
      }),
    );
  });
});

test('a merge patch treats __proto__ as a field like any other', () => {
  const patch: JsonObject = JSON.parse('{"__proto__": {"polluted": true}}');
  const result = mergePatch({}, patch);
  expect(Object.keys(result)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
});

describe('JSON patch', () => {
  const target = { data: { x: '1' }, list: [1] };

  it('carries out all operations in order', () => {
    expect(
      jsonPatch(target, [
        { op: 'test', path: '/data/x', value: '1' },
        { op: 'replace', path: '/data/x', value: '9' },
        { op: 'add', path: '/data/a~1b', value: 'n' },
        { op: 'copy', from: '/data/x', path: '/data/copied' },
        { op: 'move', from: '/data/a~1b', path: '/data/moved' },
        { op: 'add', path: '/list/-', value: 2 },
      ]),
    ).toEqual({ data: { x: '9', copied: '9', moved: 'n' }, list: [1, 2] });
    expect(target).toEqual({ data: { x: '1' }, list: [1] });
  });

  it.each([
    ['a failed test', [{ op: 'test', path: '/data/x', value: 'other' }], 422],
    ['the removal of nothing', [{ op: 'remove', path: '/data/none' }], 422],
    [
      'a parent that is missing',
      [{ op: 'add', path: '/labels/x', value: 'y' }],
      422,
    ],
    ['an unknown operation', [{ op: 'twist', path: '/data/x' }], 422],
    ['no path', [{ op: 'remove' }], 422],
    [
      'a path into a prototype',
      [{ op: 'add', path: '/__proto__/x', value: 1 }],
      422,
    ],
    ['an object instead of a list', { op: 'remove', path: '/data/x' }, 400],
    ['a list of something else', ['remove'], 400],
  ])('refuses %s', (_, operations, code) => {
    expect(() => jsonPatch(target, operations)).toThrow(ApiFailure);
    expect(() => jsonPatch(target, operations)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(target).toEqual({ data: { x: '1' }, list: [1] });
  });
});

describe('strategic merge patch', () => {
  const scalar: MergeSchema = { type: 'scalar' };
  const schema: MergeSchema = {
    type: 'object',
    fields: {
      containers: {
        type: 'list',
        patchStrategy: 'merge',
        patchMergeKey: 'name',
        items: {
          type: 'object',
          fields: {
            name: scalar,
            image: scalar,
            args: { type: 'list', items: scalar },
          },
        },
      },
      finalizers: { type: 'list', patchStrategy: 'merge', items: scalar },
      strategy: { type: 'object', patchStrategy: 'retainKeys' },
    },
  };
  const target = {
    containers: [
      { name: 'a', image: '1', args: ['x'] },
      { name: 'b', image: '1' },
    ],
    finalizers: ['f', 'g'],
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
  };
  const patch = (body: JsonObject) => strategicMergePatch(target, body, schema);

  it('merges elements by their key; new ones come before, unless the patch also names one of before them', () => {
    expect(
      patch({ containers: [{ name: 'n', image: '2' }] }).containers,
    ).toEqual([{ name: 'n', image: '2' }, ...target.containers]);
    const named = patch({
      containers: [{ name: 'b', args: ['y'] }, { name: 'n' }],
    });
    expect(named.containers).toEqual([
      target.containers[0],
      { name: 'b', image: '1', args: ['y'] },
      { name: 'n' },
    ]);
  });

  it('carries out the directives: delete, replace, retainKeys, setElementOrder, deleteFromPrimitiveList', () => {
    expect(
      patch({ containers: [{ name: 'a', $patch: 'delete' }] }).containers,
    ).toEqual([target.containers[1]]);
    expect(
      patch({ containers: [{ $patch: 'replace' }, { name: 'z' }] }).containers,
    ).toEqual([{ name: 'z' }]);
    expect(
      patch({ strategy: { $retainKeys: ['type'], type: 'Recreate' } }).strategy,
    ).toEqual({
      type: 'Recreate',
    });
    expect(
      patch({ strategy: { $patch: 'replace', type: 'Recreate' } }).strategy,
    ).toEqual({
      type: 'Recreate',
    });
    const ordered = patch({
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
    });
    expect(ordered.containers).toEqual([...target.containers].reverse());
    const fewer = patch({
      '$deleteFromPrimitiveList/finalizers': ['f'],
      finalizers: ['h'],
    });
    expect(fewer.finalizers).toEqual(['h', 'g']);
    expect(patch({ containers: null }).containers).toBeUndefined();
  });

  it('says which element lacks its key, as Go prints it', () => {
    expect(() =>
      patch({ containers: [{ image: 'x', args: ['p', 'q'] }] }),
    ).toThrow(
      'map: map[args:[p q] image:x] does not contain declared merge key: name',
    );
    expect(() => patch({ strategy: { $patch: 'shred' } })).toThrow(
      'unknown patch type found',
    );
    expect(() =>
      patch({ strategy: { $retainKeys: ['a'], type: 'x' } }),
    ).toThrow('$retainKeys');
  });
});
