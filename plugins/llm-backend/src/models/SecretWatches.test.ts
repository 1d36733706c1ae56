import {
  Cache,
  KubeApiError,
  KubeObject,
  Resource,
  silentLogger,
  WatchOptions,
  WatchScope,
} from '@slipway/controller';
import { FakeClock, FakeKubeClient } from '@slipway/controller/testing';
import { model, NAMESPACE } from './__testUtils__/onSandbox';
import { LLM_MODELS, READ_KINDS } from './kinds';
import { SecretWatches } from './SecretWatches';

/** Knows which watches of Secrets are open. */
class WatchedServer extends FakeKubeClient {
  readonly open: string[] = [];

  async watch<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope: WatchScope,
    options: WatchOptions<T>,
  ): Promise<void> {
    if (resource.kind !== 'Secret') {
      return super.watch<T>(resource, scope, options);
    }
    const name = `${scope.namespace} ${scope.fieldSelector}`;
    this.open.push(name);
    try {
      return await super.watch<T>(resource, scope, options);
    } finally {
      this.open.splice(this.open.indexOf(name), 1);
    }
  }
}

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(each => each.stop()));
});

const gated = (name: string, authSecretName: string) =>
  model(name, { model: { name: `acme/${name}`, authSecretName } });

async function setUp() {
  const clock = new FakeClock();
  const server = new WatchedServer({ clock });
  const models = new Cache({ client: server, resource: LLM_MODELS, clock });
  const secrets = new SecretWatches({
    client: server,
    clock,
    logger: silentLogger,
    models,
  });
  running.push(models, secrets);
  models.start();
  await clock.advance(0);
  const told: string[] = [];
  secrets.changes.subscribe(({ name }) => told.push(name));
  return { clock, server, secrets, told };
}

describe('SecretWatches', () => {
  it('watch a Secret as long as a model names it', async () => {
    const { clock, server, secrets } = await setUp();
    const names = Array.from({ length: 10 }, (_, index) => `m${index}`);
    for (const name of names) {
      await server.put(LLM_MODELS, gated(name, `hf-${name}`));
    }
    await server.put(LLM_MODELS, gated('rival', 'hf-m0'));
    await clock.advance(0);
    names.forEach(name => secrets.find(NAMESPACE, `hf-${name}`));
    await clock.advance(0);
    expect(server.open).toHaveLength(10);

    await server.put(LLM_MODELS, gated('m9', 'another'));
    for (const name of names.slice(0, 9)) {
      await server.delete(LLM_MODELS, { namespace: NAMESPACE, name });
    }
    await clock.advance(0);
    expect(server.open).toEqual([`${NAMESPACE} metadata.name=hf-m0`]);
    await server.delete(LLM_MODELS, { namespace: NAMESPACE, name: 'rival' });
    await clock.advance(0);
    expect(server.open).toEqual([]);
  });

  it('open nothing for a model that goes while they ask whether they may', async () => {
    const { clock, server, secrets } = await setUp();
    await server.put(LLM_MODELS, gated('brief', 'hf'));
    await clock.advance(0);
    secrets.find(NAMESPACE, 'hf');
    await server.delete(LLM_MODELS, { namespace: NAMESPACE, name: 'brief' });
    await clock.advance(0);
    expect(server.open).toEqual([]);
  });

  it('tell the models that name it when a Secret comes', async () => {
    const { clock, server, secrets, told } = await setUp();
    await server.put(LLM_MODELS, gated('mine', 'hf'));
    await server.put(LLM_MODELS, gated('other', 'else'));
    await clock.advance(0);
    secrets.find(NAMESPACE, 'hf');
    await clock.advance(0);
    expect(secrets.find(NAMESPACE, 'hf')).toMatchObject({ found: false });
    told.length = 0;
    await server.put(READ_KINDS.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: NAMESPACE, name: 'hf' },
      data: { HF_TOKEN: 'dG9rZW4=' },
    });
    await clock.advance(0);
    expect(told).toEqual(['mine']);
    expect(secrets.find(NAMESPACE, 'hf')).toMatchObject({
      found: true,
      hasToken: true,
    });
  });

  it('look again later whether they may read a Secret', async () => {
    const { clock, server, secrets } = await setUp();
    await server.put(LLM_MODELS, gated('mine', 'hf'));
    await clock.advance(0);
    server.failNext(
      ({ verb, plural }) => verb === 'list' && plural === 'secrets',
      new KubeApiError(
        { code: 403, reason: 'Forbidden', message: 'no' },
        'list',
      ),
    );
    secrets.find(NAMESPACE, 'hf');
    await clock.advance(599_000);
    secrets.find(NAMESPACE, 'hf');
    await clock.advance(2_000);
    expect(server.open).toEqual([]);
    secrets.find(NAMESPACE, 'hf');
    await clock.advance(0);
    expect(server.open).toHaveLength(1);
  });
});
