import { KubeClient, Resource } from '@slipway/controller';
import { FakeClock } from '@slipway/controller/testing';
import { LlmModel } from '@slipway/plugin-llm-common';
import { fakeClient } from '../fakeCluster';
import { DownloadReadings } from './DownloadReadings';
import { ModelService, Viewer } from './ModelService';

const keyOf = (index: number) => `models/m-${index}`;
const keysOf = (count: number) =>
  Array.from({ length: count }, (_, index) => keyOf(index));

function podOf(index: number) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `m-${index}-download-x`,
      namespace: 'models',
      labels: { 'llm.nebari.dev/model': `m-${index}` },
    },
    spec: { containers: [{ name: 'model-downloader' }] },
    status: { phase: 'Running' },
  };
}

/** A cluster in which `count` models download; it counts what it is asked. */
function downloadingCluster(count: number) {
  const calls = { list: 0, logs: 0, most: 0, inFlight: 0 };
  const gone = new Set<string>();
  let bytesDone = 1;
  const client: KubeClient = {
    ...fakeClient(),
    // The fake's pods are written down above in the shape of what is asked for.
    async list<T>(_resource: Resource) {
      calls.list += 1;
      const items = Array.from({ length: count }, (_, index) => podOf(index));
      return { resourceVersion: '1', items: items as T[] };
    },
    async logs({ name }) {
      calls.logs += 1;
      calls.inFlight += 1;
      calls.most = Math.max(calls.most, calls.inFlight);
      await Promise.resolve();
      calls.inFlight -= 1;
      if (gone.has(name)) {
        throw new Error(`pods "${name}" not found`);
      }
      return `{"event":"progress","bytesDone":${bytesDone},"bytesTotal":9}\n`;
    },
  };
  return {
    client,
    calls,
    gone,
    progress: (bytes: number) => {
      bytesDone = bytes;
    },
  };
}

describe('how far downloads are, for a list', () => {
  it.each([10, 100, 1_000])(
    'costs the same calls with %d downloads, and no more when many people look',
    async count => {
      const { client, calls } = downloadingCluster(count);
      const clock = new FakeClock();
      const readings = DownloadReadings.create({ client, clock });
      const lists = Array.from({ length: 50 }, () =>
        readings.of(keysOf(count)),
      );
      const [first] = await Promise.all(lists);
      expect([...first.keys()]).toEqual(keysOf(Math.min(count, 20)));
      expect(calls).toMatchObject({ list: 1, logs: Math.min(count, 20) });
      expect(calls.most).toBeLessThanOrEqual(20);
      await clock.advance(10_000);
      expect(calls.logs).toBeLessThanOrEqual(20 * 11);
      expect(calls.list).toBeLessThanOrEqual(3);
    },
  );

  it('is there for every row of a page after some seconds, and follows the downloads', async () => {
    const { client, progress } = downloadingCluster(100);
    const clock = new FakeClock();
    const readings = DownloadReadings.create({ client, clock });
    await readings.of(keysOf(100));
    await clock.advance(8_000);
    expect((await readings.of(keysOf(100))).size).toBe(100);
    progress(5);
    await readings.of(keysOf(100));
    await clock.advance(8_000);
    const later = await readings.of(keysOf(100));
    expect([...later.values()]).toEqual(
      Array.from({ length: 100 }, () => ({ bytesDone: 5, bytesTotal: 9 })),
    );
  });

  it('is not asked for while nobody looks', async () => {
    const { client, calls } = downloadingCluster(5);
    const clock = new FakeClock();
    await DownloadReadings.create({ client, clock }).of(keysOf(5));
    await clock.advance(600_000);
    expect(calls).toMatchObject({ list: 1, logs: 5 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps a list waiting for half a second at most', async () => {
    const { client } = downloadingCluster(3);
    const clock = new FakeClock();
    const readings = DownloadReadings.create({
      client: { ...client, logs: () => new Promise(() => {}) },
      clock,
    });
    const answer = readings.of(keysOf(3));
    await clock.advance(500);
    expect((await answer).size).toBe(0);
  });

  it('is not shown for a pod that is gone, and comes back with its successor', async () => {
    const { client, calls, gone } = downloadingCluster(2);
    const clock = new FakeClock();
    const readings = DownloadReadings.create({ client, clock });
    gone.add('m-1-download-x');
    expect([...(await readings.of(keysOf(2))).keys()]).toEqual([keyOf(0)]);
    gone.clear();
    await clock.advance(8_000);
    await readings.of(keysOf(2));
    await clock.advance(2_000);
    expect((await readings.of(keysOf(2))).size).toBe(2);
    expect(calls.list).toBe(2);
  });

  it('is unknown where the pods can not be listed; the list is there all the same', async () => {
    const { client } = downloadingCluster(2);
    const refused = { ...client, list: () => Promise.reject(new Error('403')) };
    const readings = DownloadReadings.create({
      client: refused,
      clock: new FakeClock(),
    });
    expect((await readings.of(keysOf(2))).size).toBe(0);
  });
});

describe('the list of models', () => {
  it('asks the cluster no more for a page of 500 downloads than for one of 20', async () => {
    const { client, calls } = downloadingCluster(500);
    const models = keysOf(500).map(
      (_, index): LlmModel => ({
        apiVersion: 'llm.nebari.dev/v1alpha1',
        kind: 'LLMModel',
        metadata: { name: `m-${index}`, namespace: 'models', uid: `${index}` },
        spec: {
          model: { name: `org/m-${index}`, source: 'huggingface' },
          resources: { gpu: { count: 1, type: 'nvidia' } },
          access: { public: true },
        },
        status: { phase: 'Downloading', conditions: [] },
      }),
    );
    const service = ModelService.create({
      client,
      settings: {},
      source: {
        ready: async () => {},
        list: () => models,
        get: () => undefined,
        onChange: () => () => {},
        lastHeard: () => new Date('2026-11-20T10:42:00Z'),
      },
    });
    const viewer: Viewer = {
      userEntityRef: 'user:default/mara',
      ownershipEntityRefs: ['user:default/mara'],
      groups: [],
      mayRead: () => true,
    };
    const { items } = await service.list(viewer, { limit: 500 });
    expect(items).toHaveLength(500);
    expect(items.filter(({ download }) => download)).toHaveLength(20);
    expect(calls).toMatchObject({ list: 1, logs: 20 });
  });
});
