import { watch, ownersOf } from './controller';
import { createManager, Manager, ManagerOptions } from './manager';
import { keyString } from './resources';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeObject, ObjectKey, Resource } from './types';

const PARENTS: Resource = {
  apiVersion: 'example.dev/v1',
  kind: 'Parent',
  plural: 'parents',
  namespaced: true,
};
const CHILDREN: Resource = { ...PARENTS, kind: 'Child', plural: 'children' };

function parent(name: string, spec: Record<string, unknown> = {}): KubeObject {
  const { apiVersion, kind } = PARENTS;
  return { apiVersion, kind, metadata: { namespace: 'default', name }, spec };
}

const started: { manager: Manager; clock: FakeClock }[] = [];
afterEach(async () => {
  for (const { manager, clock } of started.splice(0)) {
    const stopped = manager.stop();
    await clock.advance(60_000);
    await stopped;
  }
});

function setUp(options: Partial<ManagerOptions> = {}) {
  const clock = new FakeClock();
  const server = new FakeKubeClient({ clock });
  const manager = createManager({
    client: server,
    clock,
    random: () => 0.5,
    ...options,
  });
  started.push({ manager, clock });
  return { clock, server, manager };
}

/** A promise that a test decides. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>(resolve => {
    open = resolve;
  });
  return { passed, open };
}

async function metricsOf(manager: Manager): Promise<string> {
  return manager.metrics.registry.metrics();
}

describe('Manager', () => {
  it('reconciles what is there, what changes, and the owners of what changes', async () => {
    const { clock, server, manager } = setUp();
    await server.put(PARENTS, parent('a'));
    const parents = manager.cache({ resource: PARENTS });
    const children = manager.cache({ resource: CHILDREN });
    const seen: string[] = [];
    manager.add({
      name: 'parents',
      watches: [watch(parents), watch(children, ownersOf('Parent'))],
      reconcile: async key => {
        seen.push(keyString(key));
      },
    });
    await manager.start();
    await clock.advance(1000);
    expect(seen).toEqual(['default/a']);

    await server.put(PARENTS, parent('b'));
    const ownerReferences = [
      { apiVersion: 'example.dev/v1', kind: 'Parent', name: 'a', uid: '1' },
    ];
    const child = { namespace: 'default', name: 'child', ownerReferences };
    await server.put(CHILDREN, {
      apiVersion: 'example.dev/v1',
      kind: 'Child',
      metadata: child,
    });
    await clock.advance(0);
    expect(seen).toEqual(['default/a', 'default/b', 'default/a']);
  });

  it('looks at what an object pointed to before and at what it points to now', async () => {
    const { clock, server, manager } = setUp();
    const seen: string[] = [];
    const parents = manager.cache({ resource: PARENTS });
    manager.add({
      name: 'targets',
      watches: [
        watch(parents, ({ spec }) => [{ name: String(Object(spec).target) }]),
      ],
      reconcile: async ({ name }) => {
        seen.push(name);
      },
    });
    await server.put(PARENTS, parent('a', { target: 'old' }));
    await manager.start();
    await clock.advance(1000);
    await server.put(PARENTS, parent('a', { target: 'new' }));
    await clock.advance(0);
    expect(seen).toEqual(['old', 'old', 'new']);
  });

  it('tries again after a failure with growing pauses, and comes back when asked to', async () => {
    const { clock, server, manager } = setUp();
    await server.put(PARENTS, parent('a'));
    const parents = manager.cache({ resource: PARENTS });
    const failures: number[] = [];
    manager.add({
      name: 'parents',
      watches: [watch(parents)],
      reconcile: async (_key, context) => {
        failures.push(context.failures);
        if (failures.length <= 3) {
          throw new Error('not yet');
        }
        return { requeueAfterMs: 60_000 };
      },
    });
    await manager.start();
    await clock.advance(5_000);
    expect(failures).toEqual([0, 1, 2, 3]);
    await clock.advance(60_000);
    expect(failures).toEqual([0, 1, 2, 3, 0]);

    const metrics = await metricsOf(manager);
    expect(metrics).toContain(
      'slipway_reconciles_total{controller="parents",result="error"} 3',
    );
    expect(metrics).toContain(
      'slipway_reconciles_total{controller="parents",result="requeue"} 2',
    );
    expect(metrics).toContain(
      'slipway_workqueue_retries_total{controller="parents"} 3',
    );
  });

  it('works on several keys at once, never twice on one', async () => {
    const { clock, server, manager } = setUp();
    const parents = manager.cache({ resource: PARENTS });
    const held = gate();
    const inFlight: string[] = [];
    manager.add({
      name: 'parents',
      workers: 3,
      watches: [watch(parents)],
      reconcile: async ({ name }: ObjectKey) => {
        inFlight.push(name);
        await held.passed;
      },
    });
    for (const name of ['a', 'b', 'c', 'd']) {
      await server.put(PARENTS, parent(name));
    }
    await manager.start();
    await clock.advance(1000);
    await server.put(PARENTS, parent('a', { changed: true }));
    await clock.advance(1000);
    expect(inFlight).toEqual(['a', 'b', 'c']);
    expect(await metricsOf(manager)).toContain(
      'slipway_workqueue_depth{controller="parents"} 1',
    );
    held.open();
    await clock.advance(0);
    expect(inFlight).toEqual(['a', 'b', 'c', 'd', 'a']);
  });

  it('lets the work in flight finish at a stop, and starts nothing new', async () => {
    const { clock, server, manager } = setUp();
    const parents = manager.cache({ resource: PARENTS });
    const held = gate();
    const finished: string[] = [];
    manager.add({
      name: 'parents',
      workers: 1,
      watches: [watch(parents)],
      reconcile: async ({ name }) => {
        await held.passed;
        finished.push(name);
      },
    });
    await server.put(PARENTS, parent('a'));
    await server.put(PARENTS, parent('b'));
    await manager.start();
    await clock.advance(1000);
    let stopped = false;
    const stopping = manager.stop().then(() => {
      stopped = true;
    });
    await clock.advance(1000);
    expect(stopped).toBe(false);
    held.open();
    await stopping;
    expect(finished).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('aborts what is still in flight at the deadline of a stop', async () => {
    const { clock, server, manager } = setUp({ stopDeadlineMs: 3_000 });
    const parents = manager.cache({ resource: PARENTS });
    let aborted: unknown;
    manager.add({
      name: 'parents',
      watches: [watch(parents)],
      reconcile: (_key, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    await server.put(PARENTS, parent('a'));
    await manager.start();
    await clock.advance(1000);
    const stopping = manager.stop();
    await clock.advance(2_900);
    expect(aborted).toBeUndefined();
    await clock.advance(200);
    await stopping;
    expect(String(aborted)).toContain('the process stops');
  });

  it('works only while it leads: aborts when the lease is lost, and looks at everything again in a new term', async () => {
    const { clock, server, manager } = setUp({
      leaderElection: {
        lease: { namespace: 'system', name: 'x' },
        identity: 'me',
      },
    });
    await server.put(PARENTS, parent('a'));
    const parents = manager.cache({ resource: PARENTS });
    const signals: AbortSignal[] = [];
    manager.add({
      name: 'parents',
      watches: [watch(parents)],
      reconcile: (_key, { signal }) => {
        signals.push(signal);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    await manager.start();
    await clock.advance(1000);
    expect(signals).toHaveLength(1);
    expect(await metricsOf(manager)).toContain('slipway_leader 1');

    clock.freeze(20_000);
    await expect(manager.client.create(PARENTS, parent('b'))).rejects.toThrow(
      'not the leader',
    );
    await clock.advance(1);
    expect(signals[0].aborted).toBe(true);
    await clock.advance(20_000);
    expect(signals).toHaveLength(2);
    expect(signals[1].aborted).toBe(false);
  });

  it('answers health, readiness and metrics over HTTP', async () => {
    const { clock, server, manager } = setUp({
      statusPort: 0,
      statusHost: '127.0.0.1',
    });
    server.failNext(({ verb }) => verb === 'watch', new Error('not there yet'));
    manager.cache({ resource: PARENTS });
    await manager.start();
    const ask = async (path: string) => {
      const answer = await fetch(
        `http://127.0.0.1:${manager.statusPort}${path}`,
      );
      return { status: answer.status, text: await answer.text() };
    };
    await expect(ask('/healthz')).resolves.toEqual({
      status: 200,
      text: 'ok\n',
    });
    await expect(ask('/readyz')).resolves.toMatchObject({ status: 503 });
    await clock.advance(5_000);
    await expect(ask('/readyz')).resolves.toMatchObject({ status: 200 });
    const { text } = await ask('/metrics');
    expect(text).toContain(
      'slipway_watch_restarts_total{resource="parents",reason="broken"} 1',
    );
    await expect(ask('/other')).resolves.toMatchObject({ status: 404 });
  });
});
