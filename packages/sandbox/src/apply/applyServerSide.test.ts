import fc from 'fast-check';
import { JsonObject } from '../api/seams';
import { ApiFailure } from '../types';
import { applyServerSide } from './applyServerSide';
import { OneObject, PART, part } from './testing';

function failureOf(write: () => unknown): ApiFailure {
  try {
    write();
  } catch (error) {
    if (error instanceof ApiFailure) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('server-side apply', () => {
  it('owns what it applies: map entries, set elements and keyed elements one by one, atomic values whole', () => {
    const server = new OneObject();
    server.apply(
      'one',
      part({
        a: 'x',
        list: ['1', '2'],
        set: ['r', 's'],
        map: [{ name: 'm', v: 1 }],
        obj: { p: '1' },
        labels: { l: 'v' },
      }),
    );
    expect(server.owners()).toEqual({
      one: {
        'f:spec': {
          'f:a': {},
          'f:list': {},
          'f:set': { 'v:"r"': {}, 'v:"s"': {} },
          'f:map': {
            'k:{"name":"m","zone":"z0"}': { '.': {}, 'f:name': {}, 'f:v': {} },
          },
          'f:obj': {},
          'f:labels': { 'f:l': {} },
        },
      },
    });
  });

  it('adds to the lists of others, and takes its elements away again when it leaves', () => {
    const server = new OneObject();
    server.apply('one', part({ set: ['r'], map: [{ name: 'm', v: 1 }] }));
    server.apply(
      'two',
      part({ set: ['t'], map: [{ name: 'm', zone: 'z1', v: 2 }] }),
    );
    expect(server.stored?.spec).toEqual({
      set: ['r', 't'],
      map: [
        { name: 'm', v: 1 },
        { name: 'm', zone: 'z1', v: 2 },
      ],
    });
    server.apply('one', part({}));
    expect(server.stored?.spec).toEqual({
      set: ['t'],
      map: [{ name: 'm', zone: 'z1', v: 2 }],
    });
    expect(Object.keys(server.owners())).toContain('two');
  });

  it('names each conflict with its owner and path, and changes nothing', () => {
    const server = new OneObject();
    server.apply(
      'one',
      part({ a: 'x', map: [{ name: 'm', v: 1 }], obj: { p: '1' } }),
    );
    server.update('kubectl-edit', {
      ...server.stored,
      spec: { ...server.stored?.spec, obj: { p: '2' } },
    });
    const before = server.stored;
    const failure = failureOf(() =>
      server.apply(
        'two',
        part({ a: 'y', map: [{ name: 'm', v: 2 }], obj: { q: '1' } }),
      ),
    );
    expect(failure).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(failure.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "kubectl-edit" using example.com/v1:\n- .spec.obj\nconflicts with "one":\n- .spec.a\n- .spec.map[name="m",zone="z0"].v',
    );
    expect(failure.details).toEqual({
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-edit" using example.com/v1',
          field: '.spec.obj',
        },
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "one"',
          field: '.spec.a',
        },
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "one"',
          field: '.spec.map[name="m",zone="z0"].v',
        },
      ],
    });
    expect(server.stored).toBe(before);
  });

  it('takes the fields of others with force, and no more than it applies', () => {
    const server = new OneObject();
    server.apply('one', part({ a: 'x', obj: { p: '1' } }));
    server.apply('two', part({ a: 'y' }), { force: true });
    expect(server.stored?.spec).toEqual({ a: 'y', obj: { p: '1' } });
    expect(server.owners()).toEqual({
      one: { 'f:spec': { 'f:obj': {} } },
      two: { 'f:spec': { 'f:a': {} } },
    });
  });

  it('keeps the time of its entry when nothing changes, also when an owner is added', () => {
    const server = new OneObject();
    server.apply('one', part({ a: 'x' }));
    const time = server.timeOf('one');
    server.apply('one', part({ a: 'x' }));
    expect(server.timeOf('one')).toBe(time);
    server.apply('two', part({ a: 'x' }));
    expect(server.timeOf('two')).toBeUndefined();
    server.apply('one', part({ a: 'x', set: ['n'] }));
    expect(server.timeOf('one')).not.toBe(time);
  });

  it('puts shared elements of a list into its own order, new ones where it has them, and leaves those of others (transcript 104)', () => {
    const server = new OneObject();
    const elements = (...names: string[]) =>
      part({ map: names.map(name => ({ name, zone: 'z' })) });
    server.apply('one', elements('a'));
    server.apply('two', elements('c'));
    server.apply('one', elements('z', 'a'));
    const { map } = server.stored?.spec ?? {};
    expect(map.map((item: JsonObject) => item.name)).toEqual(['z', 'a', 'c']);
  });

  it('keeps spec and status apart: what an endpoint resets is neither owned nor in conflict', () => {
    const server = new OneObject();
    server.apply('spec', part({ a: 'x' }, { status: { phase: 'Ignored' } }));
    expect(server.owners()).toEqual({ spec: { 'f:spec': { 'f:a': {} } } });
    server.apply('st', part({ a: 'y' }, { status: { phase: 'Ready' } }), {
      subresource: 'status',
    });
    expect(server.owners()).toMatchObject({
      st: { 'f:status': { 'f:phase': {} } },
    });
    const failure = failureOf(() =>
      server.apply('other', part({}, { status: { phase: 'Failed' } }), {
        subresource: 'status',
      }),
    );
    expect(failure.message).toBe(
      'Apply failed with 1 conflict: conflict with "st" with subresource "status": .status.phase',
    );
  });

  it('lets kubectl go over from client-side apply: no conflict with what only it has written, and the annotation keeps step', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const config = part({ a: 'x', set: ['r'] });
    const metadata = {
      name: 'p',
      annotations: { [annotation]: JSON.stringify(config) },
    };
    const server = new OneObject();
    server.update('kubectl-client-side-apply', { ...config, metadata });
    expect(
      failureOf(() => server.apply('somebody', part({ a: 'y' }))).code,
    ).toBe(409);
    server.apply('kubectl', part({ a: 'y' }));
    expect(server.stored?.spec).toEqual({ a: 'y', set: ['r'] });
    const kept = server.stored?.metadata.annotations?.[annotation] ?? '';
    expect(JSON.parse(kept)).toMatchObject({ spec: { a: 'y' } });
    server.update('controller', { ...server.stored, spec: { a: 'z' } });
    expect(
      failureOf(() => server.apply('kubectl', part({ a: 'y' }))).code,
    ).toBe(409);
  });

  it('gives an object without ownership to before-first-apply', () => {
    const server = new OneObject();
    server.update('creator', part({ a: 'x' }));
    delete server.stored?.metadata.managedFields;
    expect(failureOf(() => server.apply('one', part({ a: 'y' }))).message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using example.com/v1: .spec.a',
    );
  });

  it.each([
    [
      'a field that the schema does not know',
      part({ nope: 1 }),
      '.spec.nope: field not declared in schema',
    ],
    [
      'two elements with one key',
      part({ map: [{ name: 'm' }, { name: 'm', zone: 'z0' }] }),
      '.spec.map: duplicate entries for key [name="m",zone="z0"]',
    ],
    [
      'an element without its key',
      part({ map: [{ v: 1 }] }),
      '.spec.map: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    ],
    [
      'a map where a list belongs',
      part({ list: {} }),
      '.spec.list: expected list, got &{{}}',
    ],
  ])('refuses %s with a 500', (_, applied, problem) => {
    const failure = failureOf(() => new OneObject().apply('one', applied));
    expect(failure.code).toBe(500);
    expect(failure.message).toBe(
      `failed to create typed patch object (/p; example.com/v1, Kind=Part): ${problem}`,
    );
  });

  it('refuses managedFields in what is applied', () => {
    const applied = { ...part({}), metadata: { name: 'p', managedFields: [] } };
    expect(
      failureOf(() => new OneObject().apply('one', applied)),
    ).toMatchObject({
      code: 400,
      message: 'metadata.managedFields must be nil',
    });
  });
});

function applyUnlessConflict(server: OneObject, applied: JsonObject): void {
  try {
    server.apply('me', applied);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code !== 409) {
      throw error;
    }
  }
}

/** A spec with its sets and keyed lists in one order. */
function sorted(value: unknown): unknown {
  const entries = Object.entries(
    typeof value === 'object' && value !== null ? value : {},
  );
  return Object.fromEntries(
    entries.map(([field, item]) => [
      field,
      Array.isArray(item) && field !== 'list'
        ? [...item].sort((a, b) =>
            JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
          )
        : item,
    ]),
  );
}

/** Empty lists that nobody owns are the one thing that may stay or not. */
function withoutBlanks(value: unknown): unknown {
  const entries = Object.entries(
    typeof value === 'object' && value !== null ? value : {},
  );
  return Object.fromEntries(
    entries.filter(([, item]) => !(Array.isArray(item) && item.length === 0)),
  );
}

const name = fc.constantFrom('a', 'b', 'c', 'd');
const value = fc.constantFrom('1', '2', '3');
const element = fc.record(
  { name, zone: fc.constantFrom('z0', 'z1'), v: value },
  { requiredKeys: ['name'] },
);
const spec = fc.record(
  {
    a: value,
    list: fc.array(value, { maxLength: 3 }),
    set: fc.uniqueArray(value),
    map: fc.uniqueArray(element, {
      selector: item => `${item.name}/${item.zone ?? 'z0'}`,
    }),
    obj: fc.dictionary(fc.constantFrom('p', 'q'), value),
    labels: fc.dictionary(name, value),
  },
  { requiredKeys: [] },
);

describe('server-side apply, for any objects', () => {
  it('a second time changes nothing', () => {
    fc.assert(
      fc.property(spec, spec, spec, (first, foreign, second) => {
        const server = new OneObject();
        server.apply('one', part(first));
        server.apply('two', part(foreign), { force: true });
        const once = server.apply('one', part(second), { force: true });
        const twice = server.apply('one', part(second));
        expect(twice).toEqual(once);
      }),
    );
  });

  it('never changes what only somebody else owns', () => {
    fc.assert(
      fc.property(spec, spec, spec, (theirs, first, second) => {
        const server = new OneObject();
        server.apply('them', part(theirs));
        for (const mine of [first, second]) {
          applyUnlessConflict(server, part(mine));
        }
        // They still own what they applied: applying it again meets no conflict and changes nothing but the order of shared elements.
        const before = sorted(server.stored?.spec);
        expect(sorted(server.apply('them', part(theirs)).spec)).toEqual(before);
      }),
    );
  });

  it('leaves nothing behind when everybody leaves', () => {
    fc.assert(
      fc.property(spec, spec, (first, second) => {
        const server = new OneObject();
        server.apply('one', part(first));
        server.apply('two', part(second), { force: true });
        server.apply('one', {
          apiVersion: 'example.com/v1',
          kind: 'Part',
          metadata: { name: 'p' },
        });
        const last = server.apply('two', {
          apiVersion: 'example.com/v1',
          kind: 'Part',
          metadata: { name: 'p' },
        });
        expect(last.spec ?? {}).toEqual({});
        expect(server.owners()).toEqual({});
      }),
    );
  });

  it('an alone applier gets exactly what it asks for, also over what it applied before', () => {
    fc.assert(
      fc.property(spec, spec, (first, second) => {
        const server = new OneObject();
        server.apply('one', part(first));
        server.apply('one', part(second));
        const fresh = applyServerSide({
          live: undefined,
          applied: part(second),
          schema: PART,
          manager: 'one',
          force: false,
          resetFields: [['status']],
          now: '2026-01-01T00:00:00Z',
        });
        expect(withoutBlanks(server.stored?.spec)).toEqual(
          withoutBlanks(fresh.spec),
        );
      }),
    );
  });
});
