import { createKubeClient, KubeClient } from '@slipway/controller';
import { FakeClock } from '@slipway/controller/testing';
import { ApiServer, createApiServer } from '@slipway/sandbox';
import { EventReadings, ModelParts } from './EventReadings';

const EVENTS = { group: '', plural: 'events' };
const KEY = { namespace: 'models', name: 'chat' };

const pod = (name: string, ready = true) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'models' },
  spec: { containers: [{ name: 'vllm' }] },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});

const object = (kind: string, name: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'models' },
});

const PARTS: ModelParts = {
  pods: [pod('chat-7f9c'), pod('chat-epp-5d')],
  objects: [
    object('Deployment', 'chat'),
    object('Service', 'chat'),
    object('ConfigMap', 'chat-download'),
    object('Job', 'chat-download-1a'),
    object('AIGatewayRoute', 'chat-internal'),
  ],
};

describe('the events of a model', () => {
  let server: ApiServer;
  let client: KubeClient & { close(): void };
  let readings: EventReadings;
  const clock = new FakeClock();
  /** What the cluster was asked: field selector, or `all`; and how many events it answered. */
  const asked: string[] = [];
  let answered = 0;
  let failure: Error | undefined;
  let minute = 0;

  /** An event a minute after the one before. */
  const tell = (kind: string, name: string, count = 1) => {
    for (let i = 0; i < count; i += 1) {
      minute += 1;
      const at = new Date(Date.UTC(2026, 10, 20, 0, minute)).toISOString();
      server.cluster.create(
        EVENTS,
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: {
            name: `${name}.${minute.toString(16).padStart(8, '0')}`,
            namespace: 'models',
          },
          involvedObject: { kind, name, namespace: 'models' },
          reason: `R${minute}`,
          message: 'm',
          type: 'Normal',
          lastTimestamp: at,
        },
        'test',
      );
    }
  };

  beforeEach(async () => {
    server = await createApiServer({ now: () => Date.UTC(2026, 10, 20) });
    const real = await createKubeClient({
      kubeconfigText: server.kubeconfig(),
    });
    client = real;
    server.cluster.create(
      { group: '', plural: 'namespaces' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'models' } },
      'test',
    );
    asked.length = 0;
    answered = 0;
    failure = undefined;
    const list: KubeClient['list'] = async (resource, scope, options) => {
      asked.push(scope?.fieldSelector ?? 'all');
      if (failure) {
        throw failure;
      }
      const page = await real.list<never>(resource, scope, options);
      answered += page.items.length;
      return page;
    };
    readings = EventReadings.create({
      clock,
      client: new Proxy<KubeClient>(real, {
        get: (target, name) =>
          name === 'list' ? list : Reflect.get(target, name, target),
      }),
    });
    tell('LLMModel', 'chat');
    tell('Deployment', 'chat');
    tell('StatefulSet', 'chat');
    tell('Pod', 'chat-7f9c');
    tell('Job', 'chat-download-1a');
    tell('AIGatewayRoute', 'chat-internal');
    tell('Pod', 'chat-2-7f9c');
  });

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  const objects = async (parts = PARTS) =>
    (await readings.of(KEY, parts)).map(event => event.object);
  const OWN = [
    'AIGatewayRoute/chat-internal',
    'Job/chat-download-1a',
    'Pod/chat-7f9c',
    'Deployment/chat',
    'LLMModel/chat',
  ];

  it('are its own and those of its parts, the newest first, by one question in a quiet namespace', async () => {
    expect(await objects()).toEqual(OWN);
    expect(asked).toEqual(['all']);
  });

  it('are the same beside a neighbour who fills the namespace, and the server sends no more for it', async () => {
    tell('Pod', 'aaa-crash-looping', 3_000);
    expect(await objects()).toEqual(OWN);
    expect(asked).toEqual([
      'all',
      'involvedObject.name=chat',
      'involvedObject.name=chat-download-1a',
      'involvedObject.name=chat-internal',
      'involvedObject.name=chat-7f9c',
      'involvedObject.name=chat-epp-5d',
    ]);
    // One small page told that the namespace is crowded.
    expect(answered).toBe(200 + OWN.length + 1);
  });

  it('cost no more with many viewers: what was read is shared for some seconds', async () => {
    tell('Pod', 'aaa-crash-looping', 300);
    await objects();
    asked.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => objects()));
    expect(asked).toEqual([]);
    tell('LLMModel', 'chat');
    await clock.advance(10_000);
    expect(await objects()).toEqual(['LLMModel/chat', ...OWN]);
    expect(asked).not.toContain('all');
    await clock.advance(60_000);
    await objects();
    expect(asked).toContain('all');
  });

  it('are the newest hundred, and of a model with many pods those in trouble', async () => {
    tell('Pod', 'aaa-crash-looping', 300);
    tell('Deployment', 'chat', 400);
    const pods = Array.from({ length: 40 }, (_, i) => pod(`chat-${i}`, i < 38));
    const list = await readings.of(KEY, { ...PARTS, pods });
    expect(list.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 100 }, (_, i) => `R${minute - i}`),
    );
    const podsAsked = asked.filter(text => /=chat-\d+$/.test(text));
    expect(podsAsked).toHaveLength(8);
    expect(podsAsked.slice(0, 2)).toEqual([
      'involvedObject.name=chat-38',
      'involvedObject.name=chat-39',
    ]);
  });

  it('are asked for again after a failure', async () => {
    tell('Pod', 'aaa-crash-looping', 300);
    await objects();
    await clock.advance(10_000);
    failure = new Error('no answer');
    await expect(objects()).rejects.toThrow('no answer');
    failure = undefined;
    expect(await objects()).toEqual(OWN);
  });
});
