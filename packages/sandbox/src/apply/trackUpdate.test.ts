import fc from 'fast-check';
import { OneObject, PART, part } from './testing';
import { trackUpdate } from './trackUpdate';

describe('ownership after other writes', () => {
  it('a create owns everything, containers included', () => {
    const server = new OneObject();
    server.update('creator', part({ a: 'x', labels: { l: 'v' } }));
    expect(server.owners()).toEqual({
      creator: {
        'f:spec': { '.': {}, 'f:a': {}, 'f:labels': { '.': {}, 'f:l': {} } },
      },
    });
  });

  it('a writer takes what it changes without asking, and loses what it removes', () => {
    const server = new OneObject();
    server.apply('applier', part({ a: 'x', labels: { l: '1', m: '1' } }));
    server.update('user', {
      ...server.stored,
      spec: { a: 'y', labels: { l: '1' } },
    });
    expect(server.owners()).toEqual({
      applier: { 'f:spec': { 'f:labels': { 'f:l': {} } } },
      user: { 'f:spec': { 'f:a': {} } },
    });
  });

  it('a write that changes nothing leaves every entry as it is', () => {
    const server = new OneObject();
    server.update('creator', part({ a: 'x' }));
    const before = server.stored?.metadata.managedFields;
    server.update('other', { ...server.stored });
    expect(server.stored?.metadata.managedFields).toEqual(before);
  });

  it('what a subresource resets is not owned through it', () => {
    const owners = trackUpdate({
      old: undefined,
      updated: part({ a: 'x' }, { status: { phase: 'Ready' } }),
      schema: PART,
      manager: 'kubelet',
      subresource: 'status',
      resetFields: [['spec'], ['metadata']],
      now: '2026-01-01T00:00:00Z',
    });
    expect(owners).toEqual([
      {
        manager: 'kubelet',
        operation: 'Update',
        apiVersion: 'example.com/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:status': { '.': {}, 'f:phase': {} } },
        subresource: 'status',
      },
    ]);
  });

  it('one empty entry resets ownership; nothing is tracked from then on; a broken list is ignored', () => {
    const server = new OneObject();
    server.update('creator', part({ a: 'x' }));
    const broken = {
      name: 'p',
      managedFields: [{ manager: 'x', operation: 'Steal' }],
    };
    server.update('user', { ...part({ a: 'x' }), metadata: broken });
    expect(Object.keys(server.owners())).toEqual(['creator']);
    server.update('user', {
      ...part({ a: 'x' }),
      metadata: { name: 'p', managedFields: [{}] },
    });
    expect(server.owners()).toEqual({});
    server.update('user', { ...server.stored, spec: { a: 'z' } });
    expect(server.owners()).toEqual({});
  });

  it('every field has its last writer among its owners, for any sequence of updates', () => {
    const spec = fc.record(
      {
        a: fc.constantFrom('1', '2'),
        list: fc.array(fc.constantFrom('1', '2'), { maxLength: 2 }),
        labels: fc.dictionary(
          fc.constantFrom('l', 'm'),
          fc.constantFrom('1', '2'),
        ),
      },
      { requiredKeys: [] },
    );
    const writes = fc.array(
      fc.tuple(fc.constantFrom('one', 'two', 'three'), spec),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(writes, sequence => {
        const server = new OneObject();
        let lastWriterOfA: string | undefined;
        let a: string | undefined;
        for (const [manager, wanted] of sequence) {
          server.update(manager, { ...server.stored, ...part(wanted) });
          if (wanted.a !== a) {
            a = wanted.a;
            lastWriterOfA = a === undefined ? undefined : manager;
          }
        }
        const owners = Object.entries(server.owners())
          .filter(([, fields]) => JSON.stringify(fields).includes('"f:a"'))
          .map(([manager]) => manager);
        expect(owners).toEqual(
          lastWriterOfA === undefined ? [] : [lastWriterOfA],
        );
      }),
    );
  });
});
