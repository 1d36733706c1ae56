import fc from 'fast-check';
import { Applier, ForeignObjectError, KindNotServedError } from './applier';
import { Cache } from './cache';
import { keyOf } from './resources';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeApiError, KubeObject, Resource } from './types';

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
const SECRETS: Resource = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};

const OWNERSHIP = {
  labels: { 'app.kubernetes.io/managed-by': 'us' },
  ownerUid: 'owner-1',
};
const metadata = (name: string) => ({
  namespace: 'default',
  name,
  labels: { ...OWNERSHIP.labels },
  ownerReferences: [
    { apiVersion: 'x/v1', kind: 'X', name: 'x', uid: 'owner-1' },
  ],
});

function deployment(
  name = 'web',
  overrides: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: DEPLOYMENTS.apiVersion,
    kind: DEPLOYMENTS.kind,
    metadata: metadata(name),
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'web:1',
              args: ['--a', '--b'],
              ports: [{ containerPort: 80, name: 'http' }],
              resources: { limits: { cpu: '1000m', memory: '1Gi' } },
            },
          ],
        },
      },
      ...overrides,
    },
  };
}

function service(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: { type: 'ClusterIP' },
  };
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(stop => stop()));
});

async function setUp(options: { force?: boolean } = {}) {
  const clock = new FakeClock();
  const server = new FakeKubeClient({ clock });
  const caches = [DEPLOYMENTS, SERVICES, SECRETS].map(
    resource => new Cache({ client: server, resource, clock }),
  );
  caches.forEach(cache => cache.start());
  running.push(async () => {
    await Promise.all(caches.map(cache => cache.stop()));
  });
  await clock.advance(1000);
  const applier = () =>
    new Applier({ client: server, fieldManager: 'us', caches, ...options });
  return { clock, server, caches, applier: applier(), restarted: applier };
}

const WEB = { namespace: 'default', name: 'web' };

function appliesOf(server: FakeKubeClient): number {
  return server.calls.filter(({ verb }) => verb === 'apply').length;
}

describe('Applier', () => {
  it('makes no call when nothing would change, also after a restart', async () => {
    const { applier, restarted, server, clock } = await setUp();
    expect((await applier.apply(deployment())).action).toBe('created');
    // At once: the watch event may not have come yet.
    expect((await applier.apply(deployment())).action).toBe('unchanged');
    await clock.advance(1000);
    expect((await applier.apply(deployment())).action).toBe('unchanged');
    expect((await restarted().apply(deployment())).action).toBe('unchanged');
    expect(appliesOf(server)).toBe(1);
  });

  it('is not disturbed by defaults and by fields of others, and leaves them alone when it writes', async () => {
    const { applier, server, clock } = await setUp();
    await applier.apply(deployment());
    const others = {
      metadata: {
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        finalizers: ['somebody/else'],
        labels: { theirs: 'yes' },
      },
      spec: { replicas: 7, template: { spec: { restartPolicy: 'Always' } } },
    };
    await server.mergePatch(DEPLOYMENTS, WEB, others, {
      fieldManager: 'autoscaler',
    });
    await clock.advance(0);
    expect((await applier.apply(deployment())).action).toBe('unchanged');

    const next = deployment('web', { paused: true });
    expect((await applier.apply(next)).action).toBe('updated');
    expect(server.find(DEPLOYMENTS, WEB)).toMatchObject({
      ...others,
      spec: { replicas: 7, paused: true },
    });
    expect(appliesOf(server)).toBe(2);
  });

  it('repairs a field of ours that somebody changed or removed', async () => {
    const { applier, server, clock } = await setUp();
    await applier.apply(deployment('web', { replicas: 2 }));
    for (const replicas of [5, null]) {
      await server.mergePatch(
        DEPLOYMENTS,
        WEB,
        { spec: { replicas } },
        { fieldManager: 'kubectl' },
      );
      await clock.advance(0);
      expect(
        (await applier.apply(deployment('web', { replicas: 2 }))).action,
      ).toBe('updated');
      expect(server.find(DEPLOYMENTS, WEB)?.spec).toMatchObject({
        replicas: 2,
      });
    }
  });

  it('gives up fields that we no longer want: gone if ours alone, kept if others own them too', async () => {
    const { applier, server, clock } = await setUp();
    await applier.apply(deployment('web', { replicas: 2, paused: true }));
    await server.apply(
      DEPLOYMENTS,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: WEB,
        spec: { replicas: 2 },
      },
      { fieldManager: 'autoscaler' },
    );
    await clock.advance(0);
    expect((await applier.apply(deployment())).action).toBe('updated');
    const spec = server.find(DEPLOYMENTS, WEB)?.spec;
    expect(spec).toMatchObject({ replicas: 2 });
    expect(spec).not.toHaveProperty('paused');
    await clock.advance(0);
    expect((await applier.apply(deployment())).action).toBe('unchanged');
  });

  it('does not repeat an apply that the server answers in its own words, but notices a later change', async () => {
    const { applier, server, clock } = await setUp();
    const apply = server.apply.bind(server);
    server.apply = async (resource, object, options) => {
      const { metadata: same, ...rest } = object;
      // An admission plugin writes the image in full.
      return apply(
        resource,
        JSON.parse(
          JSON.stringify({ metadata: same, ...rest }).replace(
            '"web:1"',
            '"docker.io/web:1"',
          ),
        ),
        options,
      );
    };
    const calls = () =>
      server.calls.filter(({ verb }) => verb === 'apply').length;
    const wish = deployment();
    await applier.apply(wish);
    await applier.apply(wish);
    expect(calls()).toBe(1);
    await server.mergePatch(DEPLOYMENTS, WEB, {
      metadata: { labels: { a: 'b' } },
    });
    for (let pass = 0; pass < 5; pass++) {
      await clock.advance(0);
      const { action } = await applier.apply(deployment());
      expect(pass === 0 || action === 'unchanged').toBe(true);
    }
    // It had to be asked again, because who changed the object might have changed this too.
    expect(calls()).toBeLessThanOrEqual(3);

    const containers = [{ name: 'web', image: 'evil:1' }];
    await server.mergePatch(DEPLOYMENTS, WEB, {
      spec: { template: { spec: { containers } } },
    });
    await clock.advance(0);
    expect((await applier.apply(deployment())).action).toBe('updated');
  });

  it('makes an object anew after it was deleted, and waits while it is being deleted', async () => {
    const { applier, server, clock } = await setUp();
    const { object: first } = await applier.apply(deployment());
    await server.mergePatch(DEPLOYMENTS, WEB, {
      metadata: { finalizers: ['x/y'] },
    });
    await server.delete(DEPLOYMENTS, WEB);
    await clock.advance(0);
    expect((await applier.apply(deployment())).action).toBe('terminating');

    await server.mergePatch(DEPLOYMENTS, WEB, {
      metadata: { finalizers: null },
    });
    await clock.advance(0);
    const { action, object } = await applier.apply(deployment());
    expect(action).toBe('created');
    expect(object.metadata.uid).not.toBe(first.metadata.uid);
  });

  it('refuses to take over an object that somebody else made, unless told to', async () => {
    const { applier, server, clock } = await setUp();
    const theirs = { ...deployment(), metadata: { ...WEB } };
    await server.put(DEPLOYMENTS, theirs, 'kubectl');
    await clock.advance(0);
    await expect(applier.apply(deployment())).rejects.toThrow(
      ForeignObjectError,
    );
    expect(appliesOf(server)).toBe(0);
    expect((await applier.apply(deployment(), { adopt: true })).action).toBe(
      'updated',
    );
  });

  it('does not pass what it made for one owner to another, but to a namesake that takes its place', async () => {
    const { applier, server } = await setUp();
    const ownedBy = (name: string, uid: string) => {
      const object = deployment();
      const owner = { apiVersion: 'v1', kind: 'Shop', name, uid };
      return {
        ...object,
        metadata: {
          ...object.metadata,
          ownerReferences: [{ ...owner, controller: true }],
        },
      };
    };
    await applier.apply(ownedBy('one', '1'));
    await expect(applier.apply(ownedBy('two', '2'))).rejects.toThrow(
      /belongs to Shop one: only one of the two can have that name/,
    );
    expect(appliesOf(server)).toBe(1);
    expect((await applier.apply(ownedBy('one', '3'))).action).toBe('updated');
  });

  it('throws the conflict instead of taking a field, when told so', async () => {
    const { applier, server, clock } = await setUp({ force: false });
    await applier.apply(deployment());
    await server.mergePatch(
      DEPLOYMENTS,
      WEB,
      { spec: { replicas: 5 } },
      { fieldManager: 'kubectl' },
    );
    await clock.advance(0);
    await expect(
      applier.apply(deployment('web', { replicas: 1 })),
    ).rejects.toThrow('kubectl');
    expect(server.find(DEPLOYMENTS, WEB)?.spec).toMatchObject({ replicas: 5 });
  });

  it('says which CRD is missing, and why stringData is not possible', async () => {
    const { applier, server, clock } = await setUp();
    server.unserve(DEPLOYMENTS);
    await clock.advance(1000);
    await expect(applier.apply(deployment())).rejects.toThrow(
      KindNotServedError,
    );
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('s'),
      stringData: { a: 'b' },
    };
    await expect(applier.apply(secret)).rejects.toThrow('use data');
  });

  it('applies only the status, and compares only that', async () => {
    const { applier, server, clock } = await setUp();
    await server.put(DEPLOYMENTS, deployment(), 'kubectl');
    await clock.advance(0);
    const status = (message: string): KubeObject => ({
      ...deployment(),
      spec: undefined,
      status: { conditions: [{ type: 'Ready', status: 'True', message }] },
    });
    const options = { subresource: 'status' };
    expect((await applier.apply(status('a'), options)).action).toBe('updated');
    expect((await applier.apply(status('a'), options)).action).toBe(
      'unchanged',
    );
    expect((await applier.apply(status('b'), options)).action).toBe('updated');
    expect(appliesOf(server)).toBe(2);
  });

  it('prunes what is no longer wanted in the given order, and nothing that is not ours', async () => {
    const { applier, server, clock } = await setUp();
    const pruneOrder = [SERVICES, DEPLOYMENTS];
    await applier.applySet(
      [deployment('a'), deployment('b'), service('a'), service('b')],
      OWNERSHIP,
      {
        pruneOrder,
      },
    );
    const unlabelled = service('unlabelled');
    unlabelled.metadata.labels = {};
    const ownedByOther = service('of-other');
    ownedByOther.metadata.ownerReferences = [
      { apiVersion: 'x/v1', kind: 'X', name: 'y', uid: 'owner-2' },
    ];
    await server.put(SERVICES, unlabelled);
    await server.put(SERVICES, ownedByOther);
    await clock.advance(0);
    server.calls.length = 0;

    const result = await applier.applySet([deployment('a')], OWNERSHIP, {
      pruneOrder,
    });
    expect(result.changed).toBe(true);
    expect(
      server.calls.map(({ verb, plural, key }) => `${verb} ${plural} ${key}`),
    ).toEqual([
      'delete services default/a',
      'delete services default/b',
      'delete deployments default/b',
    ]);
    await clock.advance(0);
    server.calls.length = 0;
    expect(
      (await applier.applySet([deployment('a')], OWNERSHIP, { pruneOrder }))
        .changed,
    ).toBe(false);
    expect(server.calls).toEqual([]);
    expect(server.all(SERVICES).map(keyOf)).toEqual([
      { namespace: 'default', name: 'unlabelled' },
      { namespace: 'default', name: 'of-other' },
    ]);
  });

  it('does not delete an object that was made anew since the cache saw it', async () => {
    const { applier, server, caches } = await setUp();
    await applier.apply(service('a'));
    await Promise.all(caches.map(cache => cache.stop()));
    const key = { namespace: 'default', name: 'a' };
    await server.delete(SERVICES, key);
    await server.put(SERVICES, service('a'));
    await applier.prune([], OWNERSHIP, { pruneOrder: [SERVICES] });
    expect(server.find(SERVICES, key)).toBeDefined();
  });

  it('stops at the first failure, so that nothing is made or deleted that depends on it', async () => {
    const { applier, server } = await setUp();
    await applier.apply(service('old'));
    const refusal = new KubeApiError(
      { code: 422, reason: 'Invalid', message: 'no' },
      'apply',
    );
    server.failNext(({ key }) => key === 'default/a', refusal);
    const all = [service('a'), deployment('b')];
    await expect(
      applier.applySet(all, OWNERSHIP, { pruneOrder: [SERVICES] }),
    ).rejects.toBe(refusal);
    expect(server.all(DEPLOYMENTS)).toEqual([]);
    expect(server.all(SERVICES)).toHaveLength(1);
  });

  it('property: a second apply makes no call, and fields of others are never touched', async () => {
    const fields = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 0, max: 3 }),
    );
    const labels = fc.dictionary(
      fc.constantFrom('l1', 'l2'),
      fc.constantFrom('x', 'y'),
    );
    const wish = fc.record({ fields, labels });
    await fc.assert(
      fc.asyncProperty(
        fc.array(wish, { minLength: 1, maxLength: 4 }),
        fields,
        async (wishes, theirs) => {
          const { applier, server, clock } = await setUp();
          const foreign = {
            spec: { foreign: theirs },
            metadata: { labels: { foreign: 'yes' } },
          };
          for (const each of wishes) {
            const desired = service('a');
            const mine = { mine: each.fields, whole: [each.fields] };
            desired.spec = { ...mine, type: 'ClusterIP' };
            Object.assign(desired.metadata, {
              labels: { ...OWNERSHIP.labels, ...each.labels },
            });
            await applier.apply(desired);
            await server.mergePatch(SERVICES, keyOf(desired), foreign, {
              fieldManager: 'they',
            });
            await clock.advance(0);
            const before = appliesOf(server);
            expect((await applier.apply(desired)).action).toBe('unchanged');
            expect(appliesOf(server)).toBe(before);
            const live = server.find(SERVICES, keyOf(desired));
            expect(live?.spec).toEqual({
              ...mine,
              type: 'ClusterIP',
              foreign: theirs,
            });
            expect(live?.metadata.labels).toEqual({
              ...OWNERSHIP.labels,
              ...each.labels,
              foreign: 'yes',
            });
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
