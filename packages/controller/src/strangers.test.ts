import { Applier, ForeignObjectError } from './applier';
import { Cache } from './cache';
import { keyOf } from './resources';
import { Strangers } from './strangers';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeObject, Resource } from './types';

const SERVICES: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
};
const LABEL = { 'managed-by': 'us' };
const OWNER = {
  apiVersion: 'x/v1',
  kind: 'X',
  name: 'x',
  uid: '1',
  controller: true,
};

const service = (
  name: string,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name, ...metadata },
  spec: { selector: { app: name } },
});
const ours = (name: string) =>
  service(name, { labels: LABEL, ownerReferences: [OWNER] });

async function setUp() {
  const clock = new FakeClock();
  const server = new FakeKubeClient({ clock });
  const cache = new Cache({
    client: server,
    resource: SERVICES,
    scope: { labelSelector: 'managed-by=us' },
    clock,
  });
  cache.start();
  await clock.advance(1000);
  const applier = new Applier({
    client: server,
    fieldManager: 'us',
    caches: [cache],
    clock,
  });
  server.calls.length = 0;
  const calls = (verb: string) =>
    server.calls.filter(call => call.verb === verb).length;
  return { clock, server, cache, applier, calls, stop: () => cache.stop() };
}

describe('an object that somebody else made under a name that we want', () => {
  it('is refused and left as it is, though the cache holds only what has our label', async () => {
    const { server, applier, calls, stop } = await setUp();
    await server.put(SERVICES, service('web'), 'kubectl');
    const before = server.find(SERVICES, keyOf(ours('web')));
    await expect(applier.apply(ours('web'))).rejects.toThrow(
      ForeignObjectError,
    );
    expect(server.find(SERVICES, keyOf(ours('web')))).toBe(before);
    expect(calls('apply')).toBe(0);
    await stop();
  });

  it.each([
    ['applied it', service('web'), 'us'],
    ['own it', service('web', { ownerReferences: [OWNER] }), 'somebody'],
  ])(
    'is no stranger when we %s, and it only lacks the label',
    async (_, present, manager) => {
      const { server, applier, stop } = await setUp();
      await server.apply(SERVICES, present, { fieldManager: manager });
      expect((await applier.apply(ours('web'))).object.metadata.labels).toEqual(
        LABEL,
      );
      await stop();
    },
  );

  it('makes way when it is deleted', async () => {
    const { server, clock, applier, stop } = await setUp();
    await server.put(SERVICES, service('web'), 'kubectl');
    await expect(applier.apply(ours('web'))).rejects.toThrow('is not ours');
    await server.delete(SERVICES, keyOf(ours('web')));
    await clock.advance(6_000);
    expect((await applier.apply(ours('web'))).action).toBe('created');
    await stop();
  });

  it('costs one question for each kind and namespace in five seconds, and none for what is there', async () => {
    const { clock, applier, calls, stop } = await setUp();
    for (const name of ['a', 'b', 'c']) {
      await applier.apply(ours(name));
      await applier.apply(ours(name));
    }
    expect(calls('list')).toBe(1);
    await clock.advance(6_000);
    await applier.apply(ours('a'));
    expect(calls('list')).toBe(1);
    await applier.apply(ours('d'));
    expect(calls('list')).toBe(2);
    await stop();
  });
});

describe('Strangers', () => {
  it('asks again after a failure, and says what selector it can not turn round', async () => {
    const { server, cache, stop } = await setUp();
    await server.put(SERVICES, service('web'), 'kubectl');
    const strangers = new Strangers(server);
    const key = keyOf(service('web'));
    server.failNext(({ verb }) => verb === 'list', new Error('timeout'));
    await expect(strangers.find(cache, key)).rejects.toThrow('timeout');
    expect((await strangers.find(cache, key))?.metadata.name).toBe('web');
    const narrow = { ...cache, resource: SERVICES };
    await expect(
      strangers.find(
        { ...narrow, scope: { labelSelector: 'a in (b)' } },
        {
          namespace: 'another',
          name: 'web',
        },
      ),
    ).rejects.toThrow('narrow the cache by one label');
    await stop();
  });
});
