import fc from 'fast-check';
import { Cache, CacheEvent, CacheOptions } from './cache';
import { silentLogger } from './logger';
import { CUSTOM_RESOURCE_DEFINITIONS, keyOf, keyString } from './resources';
import { ServedKinds } from './servedKinds';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeApiError, KubeObject, Resource } from './types';

const WIDGETS: Resource = {
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

function widget(
  name: string,
  size = 1,
  labels?: Record<string, string>,
): KubeObject {
  return {
    apiVersion: WIDGETS.apiVersion,
    kind: WIDGETS.kind,
    metadata: { namespace: 'default', name, ...(labels && { labels }) },
    spec: { size },
  };
}

const definition = (established: boolean): KubeObject => ({
  apiVersion: CUSTOM_RESOURCE_DEFINITIONS.apiVersion,
  kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
  metadata: { name: 'widgets.example.dev' },
  spec: {
    group: 'example.dev',
    names: { plural: 'widgets' },
    versions: [{ name: 'v1', served: true }],
  },
  status: {
    conditions: [
      { type: 'Established', status: established ? 'True' : 'False' },
    ],
  },
});

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(stop => stop()));
});

function startCache(
  options: Partial<Omit<CacheOptions, 'clock'>> & {
    watchList?: boolean;
    clock?: FakeClock;
    server?: FakeKubeClient;
  } = {},
) {
  const {
    watchList,
    clock = new FakeClock(),
    server = new FakeKubeClient({ clock, watchList }),
    ...rest
  } = options;
  const cache = new Cache({
    client: server,
    resource: WIDGETS,
    clock,
    random: () => 0.5,
    ...rest,
  });
  const events: string[] = [];
  cache.onEvent(({ type, object }) =>
    events.push(`${type} ${object.metadata.name}`),
  );
  cache.start();
  running.push(() => cache.stop());
  return { clock, server, cache, events };
}

function namesOf(objects: KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).sort();
}

const isList = (plural: string) => (call: { verb: string; plural: string }) =>
  call.verb === 'list' && call.plural === plural;

describe.each([
  { way: 'watch-list', watchList: true },
  { way: 'list and watch', watchList: false },
])('Cache over $way', ({ watchList }) => {
  it('holds what is there and follows what changes', async () => {
    const server = new FakeKubeClient({ watchList });
    await server.put(WIDGETS, widget('old'));
    const { cache, clock, events } = startCache({ server });
    await clock.advance(1000);
    expect(cache.hasSynced).toBe(true);

    await server.put(WIDGETS, widget('new'));
    await server.put(WIDGETS, widget('new', 2));
    await server.delete(WIDGETS, { namespace: 'default', name: 'old' });
    await clock.advance(0);
    expect(events).toEqual([
      'added old',
      'added new',
      'updated new',
      'deleted old',
    ]);
    expect(cache.get({ namespace: 'default', name: 'new' })?.spec).toEqual({
      size: 2,
    });
  });

  it('tells what was deleted, changed and made again while the connection was gone for too long', async () => {
    const { cache, clock, server, events } = startCache({ watchList });
    for (const name of ['stays', 'goes', 'changes', 'returns']) {
      await server.put(WIDGETS, widget(name));
    }
    await clock.advance(5000);
    events.length = 0;

    server.expire();
    await server.delete(WIDGETS, { namespace: 'default', name: 'goes' });
    await server.delete(WIDGETS, { namespace: 'default', name: 'returns' });
    await server.put(WIDGETS, widget('returns'));
    await server.put(WIDGETS, widget('changes', 2));
    await clock.advance(60_000);
    expect([...events].sort()).toEqual([
      'added returns',
      'deleted goes',
      'deleted returns',
      'updated changes',
    ]);
    expect(namesOf(cache.list())).toEqual(['changes', 'returns', 'stays']);
  });

  it('keeps what we wrote while the connection was gone for too long', async () => {
    const { cache, clock, server, events } = startCache({ watchList });
    await clock.advance(1000);
    server.dropWatches();
    const written = await server.put(WIDGETS, widget('mine'));
    cache.observeWrite(structuredClone(written));
    server.expire();
    await clock.advance(60_000);
    expect(namesOf(cache.list())).toEqual(['mine']);
    await server.put(WIDGETS, widget('mine', 2));
    expect(events).toEqual(['added mine', 'updated mine']);
  });

  it('goes on from the last version after a dropped connection, without reading everything again', async () => {
    const { cache, clock, server, events } = startCache({ watchList });
    await server.put(WIDGETS, widget('a'));
    await clock.advance(5000);
    events.length = 0;
    server.calls.length = 0;

    server.dropWatches();
    await server.put(WIDGETS, widget('b'));
    await clock.advance(5000);
    expect(events).toEqual(['added b']);
    expect(namesOf(cache.list())).toEqual(['a', 'b']);
    expect(server.calls).toEqual([{ verb: 'watch', plural: 'widgets' }]);
  });

  it('property: converges to the server state whatever happens, and its events add up to it', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('put' as const),
        name,
        size: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ kind: fc.constant('delete' as const), name }),
      fc.record({ kind: fc.constant('drop' as const) }),
      fc.record({ kind: fc.constant('expire' as const) }),
      fc.record({ kind: fc.constant('fail' as const) }),
      fc.record({
        kind: fc.constant('time' as const),
        ms: fc.integer({ min: 0, max: 2000 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const { cache, clock, server } = startCache({ watchList });
        const told = new Map<string, KubeObject>();
        cache.onEvent((event: CacheEvent) => {
          const key = keyString(keyOf(event.object));
          expect(told.has(key)).toBe(event.type !== 'added');
          if (event.type === 'deleted') {
            told.delete(key);
          } else {
            told.set(key, event.object);
          }
        });
        for (const each of steps) {
          if (each.kind === 'put') {
            await server.put(WIDGETS, widget(each.name, each.size));
          } else if (each.kind === 'delete') {
            const key = { namespace: 'default', name: each.name };
            if (server.find(WIDGETS, key)) {
              await server.delete(WIDGETS, key);
            }
          } else if (each.kind === 'drop') {
            server.dropWatches();
          } else if (each.kind === 'expire') {
            server.expire();
          } else if (each.kind === 'fail') {
            server.failNext(
              call => call.verb === 'watch',
              new Error('no route to host'),
            );
          } else {
            await clock.advance(each.ms);
          }
        }
        await clock.advance(300_000);
        const bare = (objects: Iterable<KubeObject>) =>
          [...objects]
            .map(({ metadata, spec }) => ({
              key: metadata.uid,
              rv: metadata.resourceVersion,
              spec,
            }))
            .sort((left, right) =>
              String(left.key).localeCompare(String(right.key)),
            );
        expect(bare(cache.list())).toEqual(bare(server.all(WIDGETS)));
        expect(bare(told.values())).toEqual(bare(server.all(WIDGETS)));
        await cache.stop();
      }),
      { numRuns: 40 },
    );
  });
});

describe('Cache', () => {
  it('asks once for watch-list, then lists in pages where the server does not know it', async () => {
    const server = new FakeKubeClient({ watchList: false });
    for (let index = 0; index < 1200; index++) {
      await server.put(WIDGETS, widget(`w${index}`));
    }
    const { cache, clock } = startCache({ server });
    await clock.advance(2000);
    expect(cache.size).toBe(1200);
    expect(server.calls.map(({ verb }) => verb)).toEqual([
      'watch',
      'list',
      'list',
      'list',
      'watch',
    ]);
  });

  it('starts the list over when its continuation has expired', async () => {
    const server = new FakeKubeClient({ watchList: false });
    await server.put(WIDGETS, widget('a'));
    server.failNext(
      isList('widgets'),
      new KubeApiError(
        { code: 410, reason: 'Expired', message: 'continue expired' },
        'list',
      ),
    );
    const { cache, clock } = startCache({ server });
    await clock.advance(5000);
    expect(namesOf(cache.list())).toEqual(['a']);
  });

  it('waits without polling for a CRD that is missing, fills when it appears, empties when it goes', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    server.unserve(WIDGETS);
    const servedKinds = new ServedKinds({ client: server, clock });
    running.push(() => servedKinds.stop());
    const cache = new Cache({
      client: server,
      resource: WIDGETS,
      clock,
      random: () => 0.5,
      servedKinds,
    });
    running.push(() => cache.stop());
    const served: boolean[] = [];
    const events: string[] = [];
    cache.onServed(now => served.push(now));
    cache.onEvent(({ type, object }) =>
      events.push(`${type} ${object.metadata.name}`),
    );
    cache.start();
    await clock.advance(5000);
    expect(cache.hasSynced).toBe(true);
    expect(cache.served).toBe(false);

    const calls = server.calls.length;
    await clock.advance(250_000);
    expect(server.calls.length).toBe(calls);

    await server.put(CUSTOM_RESOURCE_DEFINITIONS, definition(false));
    await clock.advance(60_000);
    expect(cache.served).toBe(false);

    server.serve(WIDGETS);
    await server.put(WIDGETS, widget('first'));
    await server.put(CUSTOM_RESOURCE_DEFINITIONS, definition(true));
    await clock.advance(5000);
    expect(cache.served).toBe(true);
    expect(events).toEqual(['added first']);

    await server.delete(CUSTOM_RESOURCE_DEFINITIONS, {
      name: 'widgets.example.dev',
    });
    server.unserve(WIDGETS);
    await clock.advance(5000);
    expect(events).toEqual(['added first', 'deleted first']);
    expect(served).toEqual([false, true, false]);

    server.serve(WIDGETS);
    await server.put(WIDGETS, widget('second'));
    await server.put(CUSTOM_RESOURCE_DEFINITIONS, definition(true));
    await clock.advance(60_000);
    expect(namesOf(cache.list())).toEqual(['second']);
  });

  it('looks now and then for a missing kind when it may not read definitions', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    server.unserve(WIDGETS);
    server.failNext(
      isList('customresourcedefinitions'),
      new KubeApiError(
        { code: 403, reason: 'Forbidden', message: 'no' },
        'list',
      ),
    );
    const servedKinds = new ServedKinds({
      client: server,
      clock,
      random: () => 0,
    });
    const { cache } = startCache({ server, servedKinds, clock });
    await clock.advance(5000);
    expect(cache.served).toBe(false);
    const calls = server.calls.length;
    await clock.advance(50_000);
    expect(server.calls.length).toBe(calls);

    server.serve(WIDGETS);
    await server.put(WIDGETS, widget('late'));
    await clock.advance(120_000);
    expect(namesOf(cache.list())).toEqual(['late']);
  });

  it('notices a missing kind at once even if the first question about definitions got no answer', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    server.unserve(WIDGETS);
    server.failNext(
      isList('customresourcedefinitions'),
      new KubeApiError(
        { code: 503, reason: 'ServiceUnavailable', message: 'restarting' },
        'list',
      ),
    );
    const warnings: string[] = [];
    const logger = {
      ...silentLogger,
      warn: (text: string) => warnings.push(text),
    };
    const servedKinds = new ServedKinds({ client: server, clock, logger });
    const { cache } = startCache({ server, servedKinds, clock });
    await clock.advance(10_000);
    expect(cache.served).toBe(false);

    server.serve(WIDGETS);
    await server.put(WIDGETS, widget('late'));
    await server.put(CUSTOM_RESOURCE_DEFINITIONS, definition(true));
    await clock.advance(1_000);
    expect(namesOf(cache.list())).toEqual(['late']);
    expect(warnings).toEqual([]);
    await servedKinds.stop();
  });

  it('shows our own write at once, tells it once, and is not fooled by an answer that comes late', async () => {
    const { cache, clock, server, events } = startCache();
    await clock.advance(1000);
    const written = await server.put(WIDGETS, widget('mine'));
    const ahead = {
      ...written,
      metadata: { ...written.metadata, resourceVersion: '999' },
    };
    cache.observeWrite(structuredClone(ahead));
    expect(cache.get(keyOf(written))?.metadata.resourceVersion).toBe('999');
    await clock.advance(0);
    expect(events).toEqual(['added mine', 'updated mine']);

    await server.put(WIDGETS, widget('other'));
    const stale = structuredClone(await server.put(WIDGETS, widget('gone')));
    await server.delete(WIDGETS, { namespace: 'default', name: 'gone' });
    await clock.advance(0);
    cache.observeWrite(stale);
    expect(cache.get({ namespace: 'default', name: 'gone' })).toBeUndefined();
  });

  it('finds objects by index, and forgets index entries of what changed', async () => {
    const { cache, clock, server } = startCache({
      indexes: { size: ({ spec }) => [JSON.stringify(spec)] },
    });
    await server.put(WIDGETS, widget('a', 1));
    await server.put(WIDGETS, widget('b', 1));
    await clock.advance(1000);
    expect(namesOf(cache.byIndex('size', '{"size":1}'))).toEqual(['a', 'b']);
    await server.put(WIDGETS, widget('a', 2));
    await clock.advance(0);
    expect(namesOf(cache.byIndex('size', '{"size":1}'))).toEqual(['b']);
    expect(namesOf(cache.list('default'))).toEqual(['a', 'b']);
    expect(() => cache.byIndex('colour', 'red')).toThrow('no index "colour"');
  });

  it('holds only what its selector matches', async () => {
    const { cache, clock, server } = startCache({
      scope: { labelSelector: 'app in (web, api)' },
    });
    await server.put(WIDGETS, widget('web', 1, { app: 'web' }));
    await server.put(WIDGETS, widget('db', 1, { app: 'db' }));
    await clock.advance(1000);
    expect(namesOf(cache.list())).toEqual(['web']);
    cache.observeWrite({
      ...widget('db'),
      metadata: { name: 'db', resourceVersion: '9999' },
    });
    expect(namesOf(cache.list())).toEqual(['web']);
  });

  it('goes on when a handler throws', async () => {
    const { cache, clock, server, events } = startCache();
    cache.onEvent(() => {
      throw new Error('broken handler');
    });
    await server.put(WIDGETS, widget('a'));
    await clock.advance(1000);
    await server.put(WIDGETS, widget('b'));
    expect(events).toEqual(['added a', 'added b']);
  });
});
