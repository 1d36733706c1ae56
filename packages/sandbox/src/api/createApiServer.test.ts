import { RequestFaults } from '../admin/requestFaults';
import { ApiFailure } from '../types';
import { ApiServer, createApiServer } from './createApiServer';
import { isObject, objectAt } from './json';
import { TestClient } from './testing/client';

const CONFIG_MAPS = { group: '', plural: 'configmaps' };
const MAPS = '/api/v1/namespaces/default/configmaps';

const map = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});

/** Faults that are taken once, in order. */
const once = (
  ...faults: ReturnType<RequestFaults['take']>[]
): RequestFaults => ({
  get active() {
    return faults.length > 0;
  },
  take: () => faults.shift(),
});

describe('the API server under faults', () => {
  let server: ApiServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await createApiServer();
    client = new TestClient(server);
  });
  afterAll(() => server.stop());

  const version = async () => {
    const { body } = await client.call('GET', MAPS);
    return String(objectAt(body, 'metadata').resourceVersion);
  };

  it('ends open watches with 410, and a watch from before the compaction too', async () => {
    const from = await version();
    const watch = await client.watch(
      `${MAPS}?watch=true&resourceVersion=${from}`,
    );
    expect(server.faults.expireWatches({ plural: 'configmaps' })).toBe(1);
    await watch.ended;
    expect(watch.events).toMatchObject([
      { type: 'ERROR', object: { code: 410, reason: 'Expired' } },
    ]);

    server.cluster.create(CONFIG_MAPS, map('compacted'), 'test');
    server.faults.compactHistory();
    const late = await client.watch(
      `${MAPS}?watch=true&resourceVersion=${from}`,
    );
    await late.ended;
    expect(late.events).toMatchObject([
      { type: 'ERROR', object: { code: 410 } },
    ]);
    const exact = `${MAPS}?resourceVersion=${from}&resourceVersionMatch=Exact`;
    expect(await client.call('GET', exact)).toMatchObject({ status: 410 });
  });

  it('breaks connections of the watches that are meant, and no others', async () => {
    const maps = await client.watch(`${MAPS}?watch=true`);
    const secrets = await client.watch('/api/v1/secrets?watch=true');
    expect(server.faults.dropConnections({ plural: 'secrets' })).toBe(1);
    expect(await secrets.ended).toBe('broken');
    server.cluster.create(CONFIG_MAPS, map('still-watched'), 'test');
    const event = await maps.next(
      ({ object }) => objectAt(object, 'metadata').name === 'still-watched',
    );
    expect(event.type).toBe('ADDED');
    maps.close();
  });

  it('answers the failure of a fault once, without having written', async () => {
    const why = 'the object has been modified';
    server.faults.requests = once({
      failure: new ApiFailure(409, 'Conflict', why),
    });
    const refused = await client.call('POST', MAPS, map('faulty'));
    expect(refused).toMatchObject({
      status: 409,
      body: { kind: 'Status', reason: 'Conflict' },
    });
    expect(
      server.cluster.get(CONFIG_MAPS, 'default', 'faulty'),
    ).toBeUndefined();
    expect(await client.call('POST', MAPS, map('faulty'))).toMatchObject({
      status: 201,
    });
  });

  it('drops the connection of a single request', async () => {
    server.faults.requests = once({ drop: true, delayMs: 1 });
    await expect(client.call('GET', MAPS)).rejects.toThrow(
      /socket hang up|ECONNRESET/,
    );
    expect(await client.call('GET', MAPS)).toMatchObject({ status: 200 });
  });

  it('tells every listener of all changes in the order of the writes, also when a listener writes', () => {
    const seen: string[] = [];
    const end = [
      server.cluster.subscribe(CONFIG_MAPS, ({ type, object }) => {
        if (object.metadata.name !== 'first' || type !== 'ADDED') return;
        server.cluster.create(CONFIG_MAPS, map('second'), 'test');
      }),
      server.cluster.subscribe(CONFIG_MAPS, ({ object }) =>
        seen.push(object.metadata.name),
      ),
    ];
    server.cluster.create(CONFIG_MAPS, map('first'), 'test');
    end.forEach(stop => stop());
    expect(seen).toEqual(['first', 'second']);
  });

  it('writes nothing when an in-process update changes nothing', () => {
    const before = server.cluster.create(
      CONFIG_MAPS,
      map('quiet', { a: '1' }),
      'test',
    );
    const same = server.cluster.update(
      CONFIG_MAPS,
      'default',
      'quiet',
      'test',
      draft => {
        draft.data = { a: '1' };
      },
    );
    expect(same?.metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    const changed = server.cluster.update(
      CONFIG_MAPS,
      'default',
      'quiet',
      'test',
      draft => {
        draft.data = { a: '2' };
      },
    );
    expect(changed?.metadata.resourceVersion).not.toBe(
      before.metadata.resourceVersion,
    );
    expect(before.data).toEqual({ a: '1' });
  });

  it('keeps a defect of a listener away from the client whose write it was told of', async () => {
    const errors: unknown[] = [];
    const own = await createApiServer({ onError: error => errors.push(error) });
    own.cluster.subscribe(CONFIG_MAPS, ({ object }) => {
      if (object.metadata.name === 'trap')
        throw new Error('listener is broken');
    });
    const answer = await new TestClient(own).call('POST', MAPS, map('trap'));
    await own.stop();
    expect(answer.status).toBe(201);
    expect(errors).toMatchObject([{ message: 'listener is broken' }]);
  });

  it('says 501 for what it does not have, never a success', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'scoped' },
      spec: { hard: { pods: '1' }, scopes: ['Terminating'] },
    };
    const path = '/api/v1/namespaces/default/resourcequotas';
    const refused = await client.call('POST', path, quota);
    expect(refused).toMatchObject({
      status: 501,
      body: { reason: 'NotImplemented' },
    });
    expect(refused.body.message).toContain('scopes of a ResourceQuota');
  });

  it('takes tokens away with their service account', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await client.call('POST', accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    });
    const { body } = await client.call('POST', `${accounts}/robot/token`, {
      spec: {},
    });
    const robot = new TestClient(
      server,
      String(objectAt(body, 'status').token),
    );
    expect(await robot.call('GET', MAPS)).toMatchObject({ status: 403 });
    await client.call('DELETE', `${accounts}/robot`);
    expect(await robot.call('GET', MAPS)).toMatchObject({ status: 401 });
  });

  it('serves a kind from its definition until the definition is gone, and its objects go with it', async () => {
    const crds = {
      group: 'apiextensions.k8s.io',
      plural: 'customresourcedefinitions',
    };
    const things = { group: 'example.com', plural: 'things' };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'things', kind: 'Thing' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    };
    const established = new Promise<void>(resolve => {
      server.cluster.subscribe(crds, ({ object }) => {
        if (JSON.stringify(object.status).includes('InitialNamesAccepted'))
          resolve();
      });
    });
    server.cluster.create(crds, definition, 'test');
    await established;
    expect(server.cluster.served(things)).toBe(true);
    const thing = {
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 't' },
    };
    const path = '/apis/example.com/v1/namespaces/default/things';
    expect(await client.call('POST', path, thing)).toMatchObject({
      status: 201,
    });
    const watch = await client.watch(`${path}?watch=true`);
    await client.call(
      'DELETE',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com',
    );
    const gone = await watch.next(({ type }) => type === 'DELETED');
    expect(isObject(gone.object) && gone.object.kind).toBe('Thing');
    expect(await watch.ended).toBe('end');
    expect(server.cluster.served(things)).toBe(false);
  });

  it('shows older objects with the defaults that their definition has got since, in every version', async () => {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const versionOf = (name: string, storage: boolean, size: object) => ({
      name,
      served: true,
      storage,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: { spec: { type: 'object', properties: { size } } },
        },
      },
    });
    const definition = (size: object) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boxes.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'boxes', kind: 'Box' },
        versions: [
          versionOf('v1alpha1', false, size),
          versionOf('v1', true, size),
        ],
      },
    });
    const path = (v: string) =>
      `/apis/example.com/${v}/namespaces/default/boxes`;
    /** Watches of a definition's kind end when it changes; resolves when the change is served. */
    const change = async (size: object) => {
      const watch = await client.watch(`${path('v1')}?watch=true`);
      const patch = { spec: definition(size).spec };
      const merge = 'application/merge-patch+json';
      await client.call('PATCH', `${crds}/boxes.example.com`, patch, merge);
      expect(await watch.ended).toBe('end');
    };
    const served = new Promise<void>(resolve => {
      server.cluster.subscribe(
        { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' },
        ({ object }) => {
          if (JSON.stringify(object.status).includes('InitialNamesAccepted'))
            setImmediate(resolve);
        },
      );
    });
    await client.call('POST', crds, definition({ type: 'integer' }));
    await served;
    const box = {
      apiVersion: 'example.com/v1alpha1',
      kind: 'Box',
      metadata: { name: 'b' },
      spec: {},
    };
    const created = await client.call('POST', path('v1alpha1'), box);
    expect(created).toMatchObject({ status: 201, body: { spec: {} } });

    await change({ type: 'integer', default: 7 });
    for (const v of ['v1', 'v1alpha1']) {
      const { body } = await client.call('GET', `${path(v)}/b`);
      expect(body).toMatchObject({
        apiVersion: `example.com/${v}`,
        spec: { size: 7 },
      });
    }
  });
});
