import { StoredObject } from '../types';
import { compileCrd } from './compileCrd';
import { checkCrdNames } from './crdNames';
import { thing, thingCrd, thingKind } from './testing/crd';
import { validateCrd } from './validateCrd';

const crd = (change: (draft: StoredObject) => void = () => {}) => {
  const draft = thingCrd({ type: 'object' });
  change(draft);
  return draft;
};
const fields = (draft: StoredObject, old?: StoredObject) =>
  validateCrd(draft, old).map(error => `${error.field}: ${error.message}`);
const context = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'u', groups: [] },
};

describe('a CustomResourceDefinition', () => {
  it('gets its defaults', () => {
    expect(crd().spec).toMatchObject({
      names: { singular: 'thing', listKind: 'ThingList' },
      conversion: { strategy: 'None' },
    });
    expect(crd().status).toEqual({
      conditions: [],
      acceptedNames: { plural: '', kind: '' },
      storedVersions: ['v1'],
    });
  });

  it.each<[string, (draft: StoredObject) => void, string]>([
    ['no group', d => (d.spec.group = ''), 'spec.group: Required value'],
    [
      'an unknown scope',
      d => (d.spec.scope = 'World'),
      'spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"',
    ],
    [
      'no version to store',
      d => (d.spec.versions[0].storage = false),
      'must have exactly one version marked as storage version',
    ],
    [
      'a stored version that is gone',
      d => (d.status.storedVersions = ['v0']),
      'status.storedVersions[0]: Invalid value: "v0"',
    ],
    [
      'an array without items',
      d =>
        (d.spec.versions[0].schema.openAPIV3Schema.properties.spec = {
          type: 'object',
          properties: { a: { type: 'array' } },
        }),
      'spec.validation.openAPIV3Schema.properties[spec].properties[a].items: Required value: must be specified',
    ],
    [
      'a key of a map list that may be missing',
      d =>
        (d.spec.versions[0].schema.openAPIV3Schema.properties.spec = {
          type: 'object',
          properties: {
            a: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['k'],
              items: { type: 'object', properties: { k: { type: 'string' } } },
            },
          },
        }),
      'properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys',
    ],
  ])('with %s is refused', (_name, change, message) => {
    expect(fields(crd(change)).join('\n')).toContain(message);
  });

  it('with several versions and a conversion webhook is not taken, rather than converted wrongly', () => {
    const converted = crd(d => {
      const [first] = d.spec.versions;
      d.spec.versions = [first, { ...first, name: 'v2', storage: false }];
      d.spec.conversion = { strategy: 'Webhook', webhook: {} };
    });
    expect(() => fields(converted)).toThrow(
      'the sandbox does not call conversion webhooks',
    );
  });

  it('keeps group, scope, plural and kind', () => {
    const renamed = crd(d => {
      d.spec.scope = 'Cluster';
    });
    expect(fields(renamed, crd())).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
    ]);
  });

  it('gets its names unless another of its group has them', () => {
    expect(checkCrdNames(crd(), [])).toEqual({
      acceptedNames: {
        plural: 'things',
        singular: 'thing',
        kind: 'Thing',
        listKind: 'ThingList',
      },
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
        },
      ],
    });
    const other = crd(d => {
      d.metadata.name = 'others.example.com';
      d.status.acceptedNames = { plural: 'others', kind: 'Thing' };
    });
    expect(checkCrdNames(crd(), [other])).toMatchObject({
      acceptedNames: { plural: 'things', kind: '' },
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'False',
          reason: 'KindConflict',
          message: '"Thing" is already in use',
        },
      ],
    });
  });
});

describe('a kind that a definition serves', () => {
  it('is not served in versions that are off, and warns in deprecated ones', () => {
    const kinds = compileCrd(
      crd(d => {
        const [first] = d.spec.versions;
        d.spec.versions = [
          { ...first, name: 'v1alpha1', storage: false, deprecated: true },
          { ...first, name: 'v1beta1', storage: false, served: false },
          first,
        ];
      }),
    );
    expect(
      kinds.map(kind => [kind.version, kind.storage, kind.deprecationWarning]),
    ).toEqual([
      ['v1alpha1', false, 'example.com/v1alpha1 Thing is deprecated'],
      ['v1', true, undefined],
    ]);
  });

  it('counts generations by what is not metadata or status', () => {
    const kind = thingKind({
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    });
    const created = thing({ a: 1 });
    created.status = { x: 1 };
    kind.prepareCreate(created, context);
    expect(created).not.toHaveProperty('status');
    const update = (change: object, subresource?: string) => {
      const draft = { ...structuredClone(created), ...change };
      kind.prepareUpdate(draft, created, { ...context, subresource });
      return draft;
    };
    expect(update({ spec: { a: 2 } }).metadata.generation).toBe(2);
    expect(update({ status: { y: 1 } })).not.toHaveProperty('status');
    expect(update({ status: { y: 1 } }).metadata.generation).toBe(1);
    expect(
      update({ status: { y: 1 }, spec: { a: 3 } }, 'status'),
    ).toMatchObject({
      spec: { a: 1 },
      status: { y: 1 },
      metadata: { generation: 1 },
    });
  });

  it('shows its columns', () => {
    const kind = thingKind(
      { type: 'object' },
      {
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          {
            name: 'Ready',
            type: 'string',
            jsonPath: '.status.conditions[?(@.type=="Ready")].status',
          },
          { name: 'First', type: 'string', jsonPath: '.spec.list[0]' },
          {
            name: 'Label',
            type: 'string',
            jsonPath: '.metadata.labels.a\\.b/c',
            description: 'A label',
            priority: 1,
          },
          {
            name: 'Age',
            type: 'date',
            jsonPath: '.metadata.creationTimestamp',
          },
        ],
      },
    );
    const object = thing({ size: 3, list: [{ b: 2, a: 1 }] });
    object.metadata.labels = { 'a.b/c': 'd' };
    object.status = {
      conditions: [
        { type: 'Other', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    };
    const nowMs = Date.parse('2026-01-01T00:03:05Z');
    expect(kind.cells(object, nowMs)).toEqual([
      'a',
      3,
      'True',
      '{"a":1,"b":2}',
      'd',
      '3m5s',
    ]);
    expect(kind.cells(thing({}), nowMs)).toEqual([
      'a',
      null,
      null,
      null,
      null,
      '3m5s',
    ]);
    expect(kind.columns.map(column => column.name)).toEqual([
      'Name',
      'Size',
      'Ready',
      'First',
      'Label',
      'Age',
    ]);
    expect(kind.columns[4]).toMatchObject({
      description: 'A label',
      priority: 1,
    });
  });

  it('has a scale that is not negative', () => {
    const kind = thingKind(
      {
        type: 'object',
        properties: { replicas: { type: 'integer' } },
      },
      {
        subresources: {
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    );
    expect(kind.scale).toEqual({
      specReplicasPath: ['spec', 'replicas'],
      statusReplicasPath: ['status', 'replicas'],
      labelSelectorPath: ['status', 'selector'],
    });
    expect(kind.validateCreate(thing({ replicas: -1 }), context)).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: '.spec.replicas',
        message: 'Invalid value: -1: should be a non-negative integer',
      },
    ]);
  });

  it('is selected by the fields it lists', () => {
    const kind = thingKind(
      { type: 'object' },
      { selectableFields: [{ jsonPath: '.spec.color' }] },
    );
    expect(kind.selectableFields['spec.color'](thing({ color: 'red' }))).toBe(
      'red',
    );
    expect(kind.selectableFields['spec.color'](thing({}))).toBe('');
  });

  it('is merged by its list and map types', () => {
    const { fields: root } = thingKind({
      type: 'object',
      properties: {
        port: { 'x-kubernetes-int-or-string': true },
        set: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'string' },
        },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'zone'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string' },
              zone: { type: 'string', default: 'z0' },
            },
          },
        },
        plain: { type: 'array', items: { type: 'string' } },
        whole: {
          type: 'object',
          'x-kubernetes-map-type': 'atomic',
          additionalProperties: { type: 'string' },
        },
        open: { 'x-kubernetes-preserve-unknown-fields': true },
      },
    }).mergeSchema;
    expect(root?.metadata.fields?.finalizers.listType).toBe('set');
    expect(root?.spec.fields).toMatchObject({
      port: { type: 'scalar' },
      set: { type: 'list', listType: 'set' },
      map: {
        type: 'list',
        listType: 'map',
        listKeys: ['name', 'zone'],
        listKeyDefaults: { zone: 'z0' },
      },
      plain: { type: 'list', listType: 'atomic' },
      whole: { type: 'object', atomic: true, values: { type: 'scalar' } },
      open: { type: 'deduced' },
    });
  });
});
