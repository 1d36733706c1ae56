import { Applier } from './applier';
import { Cache } from './cache';
import { createKubeClient } from './client';
import { openTestCluster, TestCluster } from './__testUtils__/testCluster';
import { isNotFound } from './errors';
import { HttpKubeClient } from './httpKubeClient';
import { CUSTOM_RESOURCE_DEFINITIONS } from './resources';
import { ServedKinds } from './servedKinds';
import { waitFor } from './testing';
import { KubeObject, Resource } from './types';

const NAMESPACES: Resource = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
const CONFIG_MAPS: Resource = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const DEPLOYMENTS: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const SERVICES: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
};
const group = `test${process.pid}.example.dev`;
const WIDGETS: Resource = {
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};
const namespace = `controller-${process.pid}`;

const definition: KubeObject = {
  apiVersion: CUSTOM_RESOURCE_DEFINITIONS.apiVersion,
  kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: {
      plural: 'widgets',
      singular: 'widget',
      kind: 'Widget',
      listKind: 'WidgetList',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer', default: 3 } },
              },
            },
          },
        },
      },
    ],
  },
};

function deployment(image: string, ownerUid: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      namespace,
      name: 'web',
      labels: { app: 'web' },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          name: namespace,
          uid: ownerUid,
          controller: true,
        },
      ],
    },
    spec: {
      replicas: 0,
      paused: true,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          tolerations: [{ key: 'gpu', operator: 'Exists' }],
          containers: [
            {
              name: 'web',
              image,
              args: ['--port', '80'],
              env: [
                { name: 'A', value: 'b' },
                { name: 'EMPTY', value: '' },
              ],
              ports: [
                { containerPort: 80 },
                { containerPort: 53, protocol: 'UDP' },
              ],
              resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
              readinessProbe: { httpGet: { path: '/', port: 80 } },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '0.5Gi' } }],
        },
      },
    },
  };
}

const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
};

describe('against a cluster', () => {
  let cluster: TestCluster;
  let client: HttpKubeClient;
  const calls: string[] = [];
  const stopping: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    cluster = await openTestCluster();
    client = await createKubeClient({
      kubeconfigText: cluster.kubeconfig,
      onCall: ({ verb, resource }) => calls.push(`${verb} ${resource}`),
    });
    await client.create(NAMESPACES, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
  });
  afterEach(async () => {
    await Promise.all(stopping.splice(0).map(stop => stop()));
  });
  afterAll(async () => {
    await client.delete(NAMESPACES, { name: namespace });
    await client
      .delete(CUSTOM_RESOURCE_DEFINITIONS, { name: definition.metadata.name })
      .catch(() => {});
    client.close();
    await cluster.stop();
  });

  async function open(resource: Resource): Promise<Cache> {
    const cache = new Cache({ client, resource, scope: { namespace } });
    stopping.push(() => cache.stop());
    cache.start();
    await cache.waitForSync();
    return cache;
  }

  async function openApplier() {
    const caches = await Promise.all(
      [DEPLOYMENTS, SERVICES, CONFIG_MAPS].map(open),
    );
    return new Applier({ client, fieldManager: 'controller-test', caches });
  }

  it('applies twice with one call, whatever the server adds, also after a restart', async () => {
    const owner = await client.get(NAMESPACES, { name: namespace });
    const ownerUid = owner.metadata.uid ?? '';
    const first = await openApplier();
    expect((await first.apply(deployment('web:1', ownerUid))).action).toBe(
      'created',
    );
    expect((await first.apply(service)).action).toBe('created');
    expect((await first.apply(deployment('web:1', ownerUid))).action).toBe(
      'unchanged',
    );
    expect((await first.apply(service)).action).toBe('unchanged');

    const second = await openApplier();
    calls.length = 0;
    expect((await second.apply(deployment('web:1', ownerUid))).action).toBe(
      'unchanged',
    );
    expect((await second.apply(service)).action).toBe('unchanged');
    expect(calls.filter(call => call.startsWith('apply'))).toEqual([]);
    expect((await second.apply(deployment('web:2', ownerUid))).action).toBe(
      'updated',
    );
  });

  it('repairs what others change in our fields, and leaves theirs', async () => {
    const applier = await openApplier();
    const desired = {
      ...service,
      metadata: { ...service.metadata, name: 'repaired' },
    };
    await applier.apply(desired);
    const key = { namespace, name: 'repaired' };
    await client.mergePatch(SERVICES, key, {
      metadata: { labels: { theirs: 'yes' } },
      spec: { selector: { app: 'other' } },
    });
    await waitFor(
      async () => (await applier.apply(desired)).action === 'updated',
    );
    const live = await client.get(SERVICES, key);
    expect(live).toMatchObject({
      metadata: { labels: { theirs: 'yes' } },
      spec: { selector: { app: 'web' } },
    });
    expect((await applier.apply(desired)).action).toBe('unchanged');
  });

  it('refuses a field that the schema does not know, and names it', async () => {
    const applier = await openApplier();
    const typo = {
      ...service,
      metadata: { namespace, name: 'typo' },
      spec: { ...Object(service.spec), selecter: {} },
    };
    await expect(applier.apply(typo)).rejects.toThrow('selecter');
  });

  it('fills a cache when a CRD appears and empties it when it goes', async () => {
    const servedKinds = new ServedKinds({ client });
    const cache = new Cache({
      client,
      resource: WIDGETS,
      scope: { namespace },
      servedKinds,
    });
    stopping.push(
      () => cache.stop(),
      () => servedKinds.stop(),
    );
    cache.start();
    await cache.waitForSync();
    expect(cache.served).toBe(false);

    await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition);
    await waitFor(() => cache.served);
    const { apiVersion, kind } = WIDGETS;
    await client.create(WIDGETS, {
      apiVersion,
      kind,
      metadata: { namespace, name: 'a' },
      spec: {},
    });
    await waitFor(() => cache.size === 1);
    expect(cache.get({ namespace, name: 'a' })?.spec).toEqual({ size: 3 });

    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, {
      name: definition.metadata.name,
    });
    await waitFor(() => !cache.served);
    expect(cache.size).toBe(0);
  });

  it('converges after broken connections and expired watches, deletions included', async () => {
    const cache = await open(CONFIG_MAPS);
    const make = (name: string) =>
      client.create(CONFIG_MAPS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace, name },
      });
    await make('kept');
    await make('deleted');
    await waitFor(() => cache.get({ namespace, name: 'deleted' }));
    const faults = cluster.faults ?? {
      dropConnections: () => {},
      expireWatches: () => {},
    };
    faults.dropConnections();
    await client.delete(CONFIG_MAPS, { namespace, name: 'deleted' });
    faults.expireWatches();
    await make('new');
    await waitFor(
      () =>
        cache.get({ namespace, name: 'new' }) &&
        !cache.get({ namespace, name: 'deleted' }),
    );
    expect(cache.get({ namespace, name: 'kept' })).toBeDefined();
  });

  it('deletes only the object that was meant', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'other' },
    };
    await client.create(CONFIG_MAPS, object);
    const uid = '00000000-0000-0000-0000-000000000000';
    const refused = client.delete(CONFIG_MAPS, object.metadata, {
      preconditions: { uid },
    });
    await expect(refused).rejects.toMatchObject({ status: { code: 409 } });
    const missing = await client
      .get(CONFIG_MAPS, { namespace, name: 'missing' })
      .catch(error => error);
    expect(isNotFound(missing)).toBe(true);
  });
});
