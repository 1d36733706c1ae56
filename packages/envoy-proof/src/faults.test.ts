import { loadTranslation } from './cases';
import { decide, grantedKey, modelInJson } from './chain';
import { eventually } from './envoy';
import { modelDigest, modelId } from './objects';
import { describeOnEnvoy } from './testing/describeOnEnvoy';

const [granted, alsoGranted, notGranted, fourth] = [0, 1, 2, 3].map(modelId);
const protocols = ['grpc', 'http'] as const;

describeOnEnvoy('what fails, fails closed', start => {
  describe.each(protocols)('over %s', protocol => {
    it('an authorizer that is down: 503, at once', async () => {
      const chain = await start(protocol);
      await chain.authorizer.close();
      expect(await chain.chat({ model: granted })).toMatchObject({
        status: 503,
        body: '',
      });
      expect(chain.modelServer.arrived).toEqual([]);
    });

    it('an authorizer that does not answer within its timeout of 2 s: 503', async () => {
      const chain = await start(protocol, {
        decide: () => new Promise(() => {}),
      });
      const startedAt = Date.now();
      expect(await chain.chat({ model: granted })).toMatchObject({
        status: 503,
      });
      expect(Date.now() - startedAt).toBeGreaterThan(1_900);
      expect(chain.modelServer.arrived).toEqual([]);
    });

    it('an authorizer that breaks while it answers: 503', async () => {
      const chain = await start(protocol, {
        decide: () => {
          throw new Error('broken');
        },
      });
      expect(await chain.chat({ model: granted })).toMatchObject({
        status: 503,
      });
      expect(chain.modelServer.arrived).toEqual([]);
    });
  });

  it('without `statusOnError` clients are told 403, as if they had no right, when the authorizer is down', async () => {
    const chain = await start('default-status');
    await chain.authorizer.close();
    expect(await chain.chat({ model: granted })).toMatchObject({ status: 403 });
  });

  it("the listener's policy deleted: the rules of the routes refuse everybody, forged headers or not", async () => {
    const chain = await start('no-listener-policy');
    for (const model of [granted, notGranted]) {
      const reply = await chain.chat({ model }, [
        ['x-slipway-model', modelDigest(model)],
      ]);
      expect(reply).toMatchObject({ status: 403, body: 'RBAC: access denied' });
    }
    expect(chain.questions).toEqual([]);
    expect(chain.modelServer.arrived).toEqual([]);
  });

  it("a route's policy deleted: its model is refused to all, others are not", async () => {
    const chain = await start('no-route-policy');
    expect(await chain.chat({ model: alsoGranted })).toMatchObject({
      status: 403,
      body: 'RBAC: access denied',
    });
    expect(await chain.chat({ model: granted })).toMatchObject({ status: 200 });
  });

  it("a stranger's route on the listener is refused to all; a stranger's policy for it opens it, and takes the keys with the requests", async () => {
    const alone = await start('strangers-route');
    expect(await alone.chat({ model: granted })).toMatchObject({ status: 403 });
    expect(alone.modelServer.arrived).toEqual([]);
    // Why `allowedRoutes` must not let strangers attach to this listener.
    const open = await start('strangers-policy');
    expect(await open.chat({ model: granted })).toMatchObject({ status: 200 });
    expect(open.questions).toEqual([]);
    expect(open.modelServer.arrived[0].headers.authorization).toBe(grantedKey);
  });

  it("the authorizer's Service deleted: nobody gets through", async () => {
    const chain = await start('no-authorizer-service');
    expect(await chain.chat({ model: granted })).toMatchObject({ status: 403 });
    expect(chain.modelServer.arrived).toEqual([]);
  });

  it('without the policy that strips headers, a forged header is still overwritten; where the authorizer names no model it counts', async () => {
    const forged = [['x-slipway-model', modelDigest(notGranted)]] as const;
    const chain = await start('no-header-stripping');
    expect(await chain.chat({ model: granted }, [...forged])).toMatchObject({
      status: 200,
    });
    expect(chain.modelServer.arrived[0].headers['x-slipway-model']).toBe(
      modelDigest(granted),
    );
    const forgetful = await start('no-header-stripping', {
      decide: () => ({ pass: true, headers: {}, remove: [] }),
    });
    expect(
      await forgetful.chat({ model: notGranted }, [...forged]),
    ).toMatchObject({ status: 200 });
  });

  it("without `bufferLimit` large bodies pass too: `bodyToExtAuth` raises Envoy Gateway's 32 KiB for the whole chain", async () => {
    const chain = await start('default-buffer');
    for (const bytes of [100_000, 20_000_000]) {
      const body = { model: granted, pad: 'x'.repeat(bytes) };
      expect(await chain.chat(body)).toMatchObject({ status: 200 });
    }
  });
});

describeOnEnvoy('a change of the gateway', start => {
  it('leaves a running stream alone when a model arrives and when it goes', async () => {
    const chain = await start('grpc', {
      decide: question => {
        const answer = decide(question);
        const model = modelInJson(question.body);
        return model === fourth
          ? {
              pass: true,
              headers: { 'x-slipway-model': modelDigest(fourth) },
              remove: [],
            }
          : answer;
      },
    });
    // No route yet: what no rule matches is refused too.
    expect(await chain.chat({ model: fourth })).toMatchObject({ status: 403 });

    const stream = await chain.open(
      'POST',
      '/v1/stream',
      [
        ['authorization', grantedKey],
        ['content-type', 'application/json'],
      ],
      JSON.stringify({ model: granted, stream: true }),
    );
    let received = '';
    stream.on('data', chunk => {
      received += chunk;
    });
    const [upstream] = chain.modelServer.streams;
    const say = async (text: string) => {
      upstream.write(text);
      await eventually(`"${text}" at the client`, async () =>
        received.endsWith(text) ? true : undefined,
      );
    };
    await say('before ');
    await chain.envoy.update(await loadTranslation('fourth-model'));
    expect(await chain.chat({ model: fourth })).toMatchObject({ status: 200 });
    await say('with a fourth model ');
    await chain.envoy.update(await loadTranslation('grpc'));
    expect(await chain.chat({ model: fourth })).toMatchObject({ status: 403 });
    await say('and without it');
    upstream.end();
    await eventually('end of the stream', async () =>
      stream.complete ? true : undefined,
    );
    expect(received).toBe('before with a fourth model and without it');
  });

  it('a thousand models: the last one is served, and the first to whom it is not granted is refused', async () => {
    const last = modelId(999);
    const chain = await start('thousand-models', {
      decide: question =>
        modelInJson(question.body) === last
          ? {
              pass: true,
              headers: { 'x-slipway-model': modelDigest(last) },
              remove: [],
            }
          : decide(question),
    });
    expect(await chain.chat({ model: last })).toMatchObject({ status: 200 });
    expect(chain.modelServer.arrived[0].headers['x-ai-eg-model']).toBe(last);
    expect(await chain.chat({ model: modelId(998) })).toMatchObject({
      status: 404,
    });
  });
});

describeOnEnvoy('the fallback with a header for each granted model', start => {
  const grants = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [
        `x-slipway-may-${modelDigest(modelId(n))}`,
        '1',
      ]),
    );

  it.each([
    [80, 200],
    [100, 500],
  ])(
    '%i grants of a key: %i (Envoy takes at most 100 headers)',
    async (count, status) => {
      const chain = await start('header-per-model', {
        decide: () => ({ pass: true, headers: grants(count), remove: [] }),
      });
      expect(await chain.chat({ model: granted })).toMatchObject({ status });
    },
  );
});
