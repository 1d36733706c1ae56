import { differences } from './ownedFields';
import { KubeObject } from './types';

function live(spec: unknown, fields: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: {
      name: 'a',
      managedFields: [
        {
          manager: 'us',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsV1: { 'f:spec': fields },
        },
      ],
    },
    spec,
  };
}

function found(desired: unknown, present: KubeObject): string[] {
  const object = {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'a' },
    spec: desired,
  };
  return differences(object, present, 'us').map(
    ({ path, why }) => `${why} ${path}`,
  );
}

describe('differences', () => {
  it('matches list items by their key, defaulted parts of it included', () => {
    const present = live(
      {
        ports: [
          { port: 443, protocol: 'TCP', name: 'https' },
          { port: 80, protocol: 'TCP' },
        ],
      },
      {
        'f:ports': {
          '.': {},
          'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} },
        },
      },
    );
    expect(found({ ports: [{ port: 80 }] }, present)).toEqual([]);
    expect(found({ ports: [{ port: 81 }] }, present)).toEqual([
      'surplus spec.ports[port=80,protocol=TCP]',
      'unowned spec.ports[{"port":81}]',
    ]);
  });

  it('keeps two ports apart that differ in protocol only', () => {
    const key = (protocol: string) => `k:{"port":53,"protocol":"${protocol}"}`;
    const present = live(
      {
        ports: [
          { port: 53, protocol: 'UDP', name: 'u' },
          { port: 53, protocol: 'TCP', name: 't' },
        ],
      },
      {
        'f:ports': {
          [key('TCP')]: { '.': {}, 'f:port': {}, 'f:name': {} },
          [key('UDP')]: {
            '.': {},
            'f:port': {},
            'f:protocol': {},
            'f:name': {},
          },
        },
      },
    );
    const ports = [
      { port: 53, name: 't' },
      { port: 53, protocol: 'UDP', name: 'u' },
    ];
    expect(found({ ports }, present)).toEqual([]);
    expect(found({ ports: [...ports].reverse() }, present)).toEqual([]);
  });

  it.each([
    [{ tolerations: [{ key: 'gpu', operator: 'Exists' }] }, []],
    [{ tolerations: [{ key: 'tpu', operator: 'Exists' }] }, ['tolerations']],
    [{ tolerations: [{ key: 'gpu' }] }, ['tolerations']],
    [{ tolerations: [] }, ['tolerations']],
    [{ nodeSelector: { zone: 'a', disk: undefined } }, []],
    [{ nodeSelector: { zone: 'a', spot: '' } }, ['nodeSelector']],
    [{ nodeSelector: {} }, ['nodeSelector']],
  ])(
    'compares what is owned as a whole to the last field: %j',
    (wanted, differing) => {
      const spec = {
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        nodeSelector: { zone: 'a' },
      };
      const present = live(spec, { 'f:tolerations': {}, 'f:nodeSelector': {} });
      expect(found({ ...spec, ...wanted }, present)).toEqual(
        differing.map(name => `value spec.${name}`),
      );
    },
  );

  it('compares sets by their values', () => {
    const present = live(
      { finalizers: ['theirs', 'ours'] },
      { 'f:finalizers': { '.': {}, 'v:"ours"': {} } },
    );
    expect(found({ finalizers: ['ours'] }, present)).toEqual([]);
    expect(found({ finalizers: ['ours', 'theirs'] }, present)).toEqual([
      'unowned spec.finalizers[="theirs"]',
    ]);
    expect(found({ finalizers: [] }, present)).toEqual([
      'surplus spec.finalizers[="ours"]',
    ]);
  });

  it.each([
    ['1000m', '1'],
    ['1024Mi', '1Gi'],
    [2, '2'],
    ['1e3', '1k'],
  ])('takes %s and %s for the same quantity', (wanted, stored) => {
    const fields = { 'f:limits': { 'f:cpu': {} } };
    expect(
      found(
        { limits: { cpu: wanted } },
        live({ limits: { cpu: stored } }, fields),
      ),
    ).toEqual([]);
  });

  it('takes the same texts for different where there are no quantities', () => {
    const fields = { 'f:version': {} };
    expect(found({ version: '1000m' }, live({ version: '1' }, fields))).toEqual(
      ['value spec.version'],
    );
  });

  it('compares items that are owned as a whole, such as owner references', () => {
    const key = 'k:{"uid":"1"}';
    const fields = { 'f:owners': { '.': {}, [key]: {} } };
    const owner = { uid: '1', name: 'a', controller: true };
    const present = live({ owners: [owner] }, fields);
    expect(found({ owners: [owner] }, present)).toEqual([]);
    expect(found({ owners: [{ ...owner, name: 'b' }] }, present)).toEqual([
      'value spec.owners[uid=1]',
    ]);
  });

  it('takes an empty value of ours that the server left out for equal', () => {
    const fields = { 'f:text': {}, 'f:flag': {}, 'f:list': {}, 'f:map': {} };
    const present = live({}, fields);
    expect(
      found({ text: '', flag: false, list: [], map: {} }, present),
    ).toEqual([]);
    expect(
      found({ text: 'x', flag: true, list: [1], map: {} }, present),
    ).toEqual(['value spec.text', 'value spec.flag', 'value spec.list']);
  });

  it('leaves out what is undefined or null, and wants it released when we own it', () => {
    const present = live({ a: 1, b: 2 }, { 'f:a': {}, 'f:b': {} });
    expect(found({ a: 1, b: undefined, c: null }, present)).toEqual([
      'surplus spec.b',
    ]);
  });
});
