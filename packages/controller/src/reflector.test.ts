import { silentLogger } from './logger';
import { Reflector, ReflectorSink } from './reflector';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeObject, Resource } from './types';

const WIDGETS: Resource = {
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

const sink: ReflectorSink<KubeObject> = {
  intake: object => object,
  onState: () => {},
  onChanged: () => {},
  onDeleted: () => {},
  onUnserved: () => {},
  isOwnWrite: () => false,
};

function setUp() {
  const clock = new FakeClock();
  const server = new FakeKubeClient({ clock });
  const restarts: string[] = [];
  const reflector = new Reflector(
    {
      client: server,
      resource: WIDGETS,
      scope: {},
      logger: silentLogger,
      clock,
      random: () => 0.99,
      onWatchRestart: reason => restarts.push(reason),
    },
    sink,
  );
  const watches = () =>
    server.calls.filter(({ verb }) => verb === 'watch').length;
  return { clock, server, reflector, restarts, watches };
}

describe('A watch that breaks', () => {
  it('after it lived for a while is followed by the next within a second, however often that happens', async () => {
    const { clock, server, reflector, restarts, watches } = setUp();
    reflector.start();
    await clock.advance(0);
    for (let round = 1; round <= 10; round++) {
      await clock.advance(60_000);
      expect(watches()).toBe(round);
      server.dropWatches();
      await clock.advance(1_000);
      expect(watches()).toBe(round + 1);
    }
    expect(restarts).toEqual(Array(10).fill('broken'));
    await reflector.stop();
  });

  it('at once is tried again less and less often', async () => {
    const { clock, server, reflector, watches } = setUp();
    reflector.start();
    await clock.advance(0);
    for (let seconds = 0; seconds < 60; seconds++) {
      server.dropWatches();
      await clock.advance(1_000);
    }
    expect(watches()).toBeGreaterThan(4);
    expect(watches()).toBeLessThan(9);
    await reflector.stop();
  });
});
