import fc from 'fast-check';
import { ApiServer, createApiServer } from '../createApiServer';
import { TestClient } from '../testing/client';

const MAPS = '/api/v1/namespaces/default/configmaps';

const prefix =
  'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal';

/** Sources: `encoding/json` and the Go types of `metav1.ObjectMeta`. */
const refused: [object, string][] = [
  [
    { finalizers: [1] },
    'number into Go struct field ObjectMeta.metadata.finalizers of type string',
  ],
  [
    { finalizers: 'a.b/c' },
    'string into Go struct field ObjectMeta.metadata.finalizers of type []string',
  ],
  [
    { labels: { a: true } },
    'bool into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    { annotations: ['a'] },
    'array into Go struct field ObjectMeta.metadata.annotations of type map[string]string',
  ],
  [
    { ownerReferences: ['me'] },
    'string into Go struct field ObjectMeta.metadata.ownerReferences of type v1.OwnerReference',
  ],
  [
    { ownerReferences: [{ controller: 'yes' }] },
    'string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool',
  ],
  [
    { ownerReferences: [{ uid: 7 }] },
    'number into Go struct field OwnerReference.metadata.ownerReferences.uid of type types.UID',
  ],
  [
    { generation: 1.5 },
    'number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64',
  ],
  [
    { managedFields: [{ manager: 1 }] },
    'number into Go struct field ManagedFieldsEntry.metadata.managedFields.manager of type string',
  ],
  [
    { selfLink: 1 },
    'number into Go struct field ObjectMeta.metadata.selfLink of type string',
  ],
];

describe('metadata', () => {
  let server: ApiServer;
  let client: TestClient;
  const post = (metadata: unknown) =>
    client.call('POST', `${MAPS}?dryRun=All`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
    });

  beforeAll(async () => {
    server = await createApiServer();
    client = new TestClient(server);
  });
  afterAll(() => server.stop());

  it.each(refused)('%j is refused in Go’s words', async (fields, message) => {
    const { body } = await post({ name: 'x', ...fields });
    expect(body).toMatchObject({ code: 400, message: `${prefix} ${message}` });
  });

  it('of a custom resource is read by itself: its fields have no path', async () => {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { body } = await client.call('POST', crds, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.org', finalizers: [{}] },
    });
    expect(body).toMatchObject({ code: 400 });
    await client.call('POST', crds, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.org' },
      spec: {
        group: 'example.org',
        scope: 'Cluster',
        names: { kind: 'Thing', plural: 'things' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    });
    const thing = (metadata: object) =>
      client.call(
        'POST',
        '/apis/example.org/v1/things?fieldValidation=Strict',
        {
          apiVersion: 'example.org/v1',
          kind: 'Thing',
          metadata: { name: 'x', ...metadata },
        },
      );
    expect((await thing({ annotations: { a: 1 } })).body).toMatchObject({
      code: 400,
      message:
        'Thing in version "v1" cannot be handled as a Thing: json: cannot unmarshal number into Go struct field ObjectMeta.annotations of type string',
    });
    expect((await thing({ colour: 'red' })).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('unknown field "metadata.colour"'),
    });
  });

  it('is brought into the form that the server writes', async () => {
    const { body } = await post({
      name: 'x',
      labels: { a: null },
      finalizers: null,
      selfLink: '/x',
      managedFields: [],
      generation: 3,
    });
    expect(body).toMatchObject({
      metadata: { name: 'x', labels: { a: '' }, generation: 3 },
    });
    expect(body).not.toHaveProperty('metadata.selfLink');
    const bad = await post({ name: 'x', creationTimestamp: 'yesterday' });
    expect(bad.body).toMatchObject({
      code: 400,
      message: expect.stringContaining('parsing time "yesterday"'),
    });
    const late = '2026-01-01T02:00:00.5+01:00';
    expect((await post({ name: 'x', creationTimestamp: late })).status).toBe(
      201,
    );
  });

  it.each([
    [
      { ownerReferences: [{ apiVersion: 'apps/', kind: '', name: 'a' }] },
      [
        'metadata.ownerReferences.apiVersion',
        'metadata.ownerReferences.kind',
        'metadata.ownerReferences.uid',
      ],
    ],
    [
      {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Event', name: 'a', uid: 'b' },
        ],
      },
      ['metadata.ownerReferences'],
    ],
    [{ finalizers: ['a b/c'] }, ['metadata.finalizers[0]']],
    [{ generation: -1 }, ['metadata.generation']],
  ])('%j is refused field by field', async (fields, wrong) => {
    const { body } = await post({ name: 'x', ...fields });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    const causes = Object(Object(body).details).causes;
    const found = new Set(causes.map(({ field }: { field: string }) => field));
    expect([...found]).toEqual(wrong);
  });

  it('of any kind is refused or taken, and never breaks the server', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(
        fc.dictionary(
          fc.constantFrom('apiVersion', 'kind', 'uid', 'time', '__proto__'),
          fc.jsonValue({ maxDepth: 1 }),
        ),
      ),
    );
    const field = fc.constantFrom(
      ...['finalizers', 'ownerReferences', 'managedFields', 'labels'],
      ...['generation', 'creationTimestamp', 'uid', 'constructor', '__proto__'],
    );
    const failures: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(field, value), async metadata => {
        const { status } = await post({ name: 'x', ...metadata });
        if (![201, 400, 422].includes(status)) failures.push(metadata);
      }),
      { numRuns: 100 },
    );
    expect(failures).toEqual([]);
  });
});
