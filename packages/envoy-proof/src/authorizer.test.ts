import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Chain, Header, Reply } from './chain';
import { modelInJson } from './chain';
import { eventually } from './envoy';
import { modelDigest, modelId } from './objects';
import { describeOnEnvoy } from './testing/describeOnEnvoy';
import { RealAuthorizer, showHeaders } from './testing/RealAuthorizer';

const [granted, open, notGranted] = [0, 1, 2].map(modelId);
const completions = '/v1/chat/completions';

describeOnEnvoy('the real authorizer on a real Envoy', start => {
  const running: RealAuthorizer[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map(each => each.close()));
  });

  async function startReal(
    options: { stalenessSeconds?: number } & Parameters<typeof start>[1] = {},
  ) {
    const { stalenessSeconds, ...rest } = options;
    const authorizer = await RealAuthorizer.start(stalenessSeconds);
    running.push(authorizer);
    const chain = await start('grpc', {
      authorizer,
      change: showHeaders,
      ...rest,
    });
    return { authorizer, chain };
  }

  const call = (
    chain: Chain,
    credential: string,
    model = granted,
    headers: Header[] = [],
  ) =>
    chain.request(
      'POST',
      completions,
      [
        ['authorization', `Bearer ${credential}`],
        ['content-type', 'application/json'],
        ...headers,
      ],
      JSON.stringify({ model, messages: [] }),
    );

  /** Status, and code of the error as OpenAI's clients read it. */
  function outcome({ status, headers, body }: Reply): string {
    if (status === 200) {
      return '200';
    }
    const json = headers['content-type']?.includes('application/json');
    return `${status} ${json ? JSON.parse(body).error.code : body}`;
  }

  it('lets a key through with the four headers, and without anything that could be a credential', async () => {
    const { authorizer, chain } = await startReal();
    const secret = await authorizer.issue('k1');
    const sent: Header[] = [
      ['x-api-key', secret],
      ['api-key', secret],
      ['cookie', `key=${secret}`],
      ['proxy-authorization', `Bearer ${secret}`],
    ];
    expect(outcome(await call(chain, secret, granted, sent))).toBe('200');
    expect(
      outcome(
        await chain.request(
          'POST',
          completions,
          [
            ['x-api-key', secret],
            ['content-type', 'application/json'],
          ],
          JSON.stringify({ model: open }),
        ),
      ),
    ).toBe('200');
    expect(chain.modelServer.arrived).toHaveLength(2);
    expect(chain.modelServer.arrived[0].headers).toMatchObject({
      'x-slipway-tenant': 'apps',
      'x-slipway-key': 'k1',
      'x-slipway-owner': 'user:default/mara',
      'x-slipway-model': modelDigest(granted),
      'x-ai-eg-model': granted,
    });
    expect(JSON.stringify(chain.modelServer.arrived)).not.toContain(secret);
  });

  it('lets nobody else through: no key, unknown, expired, revoked, of another tenant, of another model', async () => {
    const { authorizer, chain } = await startReal();
    const secret = await authorizer.issue('k1');
    const expired = await authorizer.issue('expired', {
      expiresAt: new Date(Date.now() - 1).toISOString(),
    });
    const others = await authorizer.issue('others', {
      tenant: 'research',
      service: 'batch',
    });
    const noMember = await authorizer.issue('no-member', {
      tenant: 'research',
    });
    const narrow = await authorizer.issue('narrow', {
      models: [{ model: 'models/m1' }],
    });
    const gone = await authorizer.issue('gone');
    expect(outcome(await call(chain, gone))).toBe('200');
    await authorizer.revoke('gone');
    chain.modelServer.arrived.splice(0);
    const refused: [Promise<Reply>, string][] = [
      [
        chain.request('POST', completions, [], JSON.stringify({ model: open })),
        '401 missing_api_key',
      ],
      [call(chain, ''), '401 missing_api_key'],
      [call(chain, `${secret}0`), '401 invalid_api_key'],
      [call(chain, expired), '401 invalid_api_key'],
      [call(chain, gone), '401 invalid_api_key'],
      [call(chain, others), '404 model_not_found'],
      [call(chain, noMember), '403 no_tenant'],
      [call(chain, narrow), '404 model_not_found'],
      [call(chain, secret, notGranted), '404 model_not_found'],
      [call(chain, secret, 'acme/never-heard-of'), '404 model_not_found'],
    ];
    for (const [reply, expected] of refused) {
      expect(outcome(await reply)).toBe(expected);
    }
    expect(chain.modelServer.arrived).toEqual([]);
  });

  it('is not impressed by headers that only it may set', async () => {
    const { authorizer, chain } = await startReal();
    const secret = await authorizer.issue('k1');
    const forged: Header[] = [
      ['X-Slipway-Model', modelDigest(notGranted)],
      ['x-slipway-model', modelDigest(notGranted)],
      ['x-slipway-tenant', 'research'],
      ['x-slipway-owner', 'user:default/priya'],
      ['x-slipway-key', 'k2'],
      ['x-ai-eg-model', notGranted],
    ];
    expect(outcome(await call(chain, secret, notGranted, forged))).toBe(
      '404 model_not_found',
    );
    expect(outcome(await call(chain, secret, granted, forged))).toBe('200');
    expect(chain.modelServer.arrived).toHaveLength(1);
    expect(chain.modelServer.arrived[0].headers).toMatchObject({
      'x-slipway-tenant': 'apps',
      'x-slipway-key': 'k1',
      'x-slipway-owner': 'user:default/mara',
      'x-slipway-model': modelDigest(granted),
      'x-ai-eg-model': granted,
    });
  });

  it.each([
    [
      'two fields, the granted one first',
      `{"model":"${granted}","model":"${notGranted}"}`,
      [],
      modelInJson,
      '404 model_not_found',
    ],
    [
      'two fields that a gateway reads the other way round',
      `{"model":"${notGranted}","model":"${granted}"}`,
      [],
      () => notGranted,
      '403 RBAC: access denied',
    ],
    [
      'gzip',
      gzipSync(JSON.stringify({ model: granted })),
      [['content-encoding', 'gzip'] as const],
      () => notGranted,
      '415 unsupported_encoding',
    ],
    [
      'UTF-16',
      Buffer.from(JSON.stringify({ model: granted }), 'utf16le'),
      [['content-type', 'application/json; charset=utf-16'] as const],
      () => notGranted,
      '415 unsupported_encoding',
    ],
    [
      'a form',
      `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${granted}\r\n--b--`,
      [['content-type', 'multipart/form-data; boundary=b'] as const],
      () => notGranted,
      '415 unsupported_media_type',
    ],
    ['no model', '{}', [], () => notGranted, '400 missing_model'],
    [
      'bytes that are no text',
      Buffer.from([0xff, 0xfe]),
      [],
      () => notGranted,
      '400 missing_model',
    ],
  ])(
    'is not fooled by a body with %s',
    async (_, body, headers, readModel, expected) => {
      const { authorizer, chain } = await startReal({ readModel });
      const secret = await authorizer.issue('k1');
      const typed = headers.some(([name]) => name === 'content-type');
      const reply = await chain.request(
        'POST',
        completions,
        [
          ['authorization', `Bearer ${secret}`],
          ...(typed ? [] : [['content-type', 'application/json'] as const]),
          ...headers,
        ],
        body,
      );
      expect(outcome(reply)).toBe(expected);
      expect(chain.modelServer.arrived).toEqual([]);
    },
  );

  it('reads large bodies and forms with a file; one over the limit is refused before it is asked', async () => {
    const { authorizer, chain } = await startReal({
      readModel: (body, type) =>
        type.startsWith('multipart/') ? granted : modelInJson(body),
    });
    const secret = await authorizer.issue('k1');
    const headers: Header[] = [['authorization', `Bearer ${secret}`]];
    const json: Header[] = [...headers, ['content-type', 'application/json']];
    const padded = (bytes: number) =>
      JSON.stringify({ model: granted, pad: 'x'.repeat(bytes) });
    for (const [bytes, expected] of [
      [1_000_000, '200'],
      [33_000_000, '200'],
      [33_600_000, '413 Payload Too Large'],
    ] as const) {
      const reply = await chain.request(
        'POST',
        completions,
        json,
        padded(bytes),
      );
      expect([bytes, outcome(reply)]).toEqual([bytes, expected]);
    }
    const form = Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; '),
      Buffer.from('filename="a.wav"\r\n\r\n'),
      Buffer.from([0x00, 0xff, 0xfe, 0x80]),
      Buffer.from('\r\n--b\r\ncontent-disposition: form-data; name="model"'),
      Buffer.from(`\r\n\r\n${granted}\r\n--b--\r\n`),
    ]);
    const multipart: Header = [
      'content-type',
      'multipart/form-data; boundary=b',
    ];
    expect(
      outcome(
        await chain.request(
          'POST',
          '/v1/audio/transcriptions',
          [...headers, multipart],
          form,
        ),
      ),
    ).toBe('200');
    expect(chain.modelServer.arrived[2].bodyBytes).toBe(form.length);
  });

  it('lets a stream run that began with a key which is revoked meanwhile, and no new one begin', async () => {
    const { authorizer, chain } = await startReal();
    const secret = await authorizer.issue('k1');
    const stream = await chain.open(
      'POST',
      `${completions}?to=/stream`,
      [
        ['authorization', `Bearer ${secret}`],
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
      upstream.write(`data: ${text}\n\n`);
      await eventually(`"${text}" at the client`, async () =>
        received.includes(text) ? true : undefined,
      );
    };
    await say('before');
    await authorizer.revoke('k1');
    expect(outcome(await call(chain, secret))).toBe('401 invalid_api_key');
    await say('after');
    upstream.end();
    await eventually('end of the stream', async () =>
      stream.complete ? true : undefined,
    );
  });

  it('accepts tokens of the issuer for the models, and no others', async () => {
    const { authorizer, chain } = await startReal();
    expect(outcome(await call(chain, authorizer.token()))).toBe('200');
    expect(chain.modelServer.arrived[0].headers).toMatchObject({
      'x-slipway-tenant': 'apps',
      'x-slipway-key': 'jwt',
      'x-slipway-owner': 'user:default/mara',
    });
    chain.modelServer.arrived.splice(0);
    const pem = authorizer.publicKey.export({ type: 'spki', format: 'pem' });
    const bad = {
      'another audience': authorizer.token({ aud: 'slipway-portal' }),
      'another issuer': authorizer.token({ iss: 'https://evil.example.com' }),
      expired: authorizer.token({ exp: Math.floor(Date.now() / 1000) - 60 }),
      'not yet': authorizer.token({ nbf: Math.floor(Date.now() / 1000) + 60 }),
      none: authorizer.token(
        {},
        { header: { alg: 'none' }, signed: () => Buffer.alloc(0) },
      ),
      'HS256 with the public key': authorizer.token(
        {},
        {
          header: { alg: 'HS256', kid: 'one' },
          signed: text => createHmac('sha256', pem).update(text).digest(),
        },
      ),
      'unknown kid': authorizer.token(
        {},
        { header: { alg: 'RS256', kid: 'two' } },
      ),
      'changed claims': authorizer
        .token()
        .replace(/\.[^.]+\./, '.eyJwcmVmZXJyZWRfdXNlcm5hbWUiOiJwcml5YSJ9.'),
    };
    for (const [name, token] of Object.entries(bad)) {
      const reply = await call(chain, token);
      expect([name, outcome(reply)]).toEqual([name, '401 invalid_token']);
    }
    for (const [groups, expected] of [
      [['llm', 'research'], '403 tenant_ambiguous'],
      [['others'], '403 no_tenant'],
    ]) {
      const reply = await call(chain, authorizer.token({ groups }));
      expect(outcome(reply)).toBe(expected);
    }
    expect(chain.modelServer.arrived).toEqual([]);
  });

  it('answers itself which models there are, to each caller only hers', async () => {
    const { authorizer, chain } = await startReal();
    const list = async (credential: string) => {
      const { status, body } = await chain.request('GET', '/v1/models', [
        ['authorization', `Bearer ${credential}`],
      ]);
      return status === 200
        ? JSON.parse(body).data.map(({ id }: { id: string }) => id)
        : status;
    };
    expect(await list(await authorizer.issue('k1'))).toEqual([granted, open]);
    const narrow = await authorizer.issue('narrow', {
      models: [{ model: 'models/m1' }],
    });
    expect(await list(narrow)).toEqual([open]);
    expect(await list(authorizer.token())).toEqual([granted, open]);
    expect(await list('unknown')).toBe(401);
    const one = await chain.request('GET', `/v1/models/${granted}`, [
      ['authorization', `Bearer ${narrow}`],
    ]);
    expect(outcome(one)).toBe('404 model_not_found');
    expect(chain.modelServer.arrived).toEqual([]);
  });

  it('says 503 and when to come back while a model is not ready, to those only who may call it', async () => {
    const { authorizer, chain } = await startReal();
    const secret = await authorizer.issue('k1');
    const narrow = await authorizer.issue('narrow', {
      models: [{ model: 'models/m1' }],
    });
    await authorizer.putModel(0, { access: {} }, false);
    const reply = await eventually('503', async () => {
      const answer = await call(chain, secret);
      return answer.status === 503 ? answer : undefined;
    });
    expect(outcome(reply)).toBe('503 model_not_ready');
    expect(reply.headers['retry-after']).toBe('10');
    expect(outcome(await call(chain, narrow))).toBe('404 model_not_found');
    expect(outcome(await call(chain, secret, open))).toBe('200');
  });

  it('refuses everybody, and says why, when it can not know any more who may call what', async () => {
    const { authorizer, chain } = await startReal({ stalenessSeconds: 1 });
    const secret = await authorizer.issue('k1');
    expect(outcome(await call(chain, secret))).toBe('200');
    authorizer.feed.failure = new Error('the database is away');
    await authorizer.stale();
    expect(outcome(await call(chain, secret))).toBe(
      '503 authorization_unavailable',
    );
    authorizer.feed.failure = undefined;
    await authorizer.ready();
    expect(outcome(await call(chain, secret))).toBe('200');
  });

  it('lets nobody through while it stops and once it is gone', async () => {
    const { authorizer, chain } = await startReal();
    const secret = await authorizer.issue('k1');
    const all: Promise<Reply>[] = [];
    for (let n = 0; n < 40; n++) {
      all.push(call(chain, secret, n % 2 === 0 ? granted : notGranted));
      if (n === 20) {
        all.push(authorizer.close().then(() => call(chain, secret)));
      }
    }
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(
      statuses.filter(status => ![200, 404, 503].includes(status)),
    ).toEqual([]);
    expect(outcome(await call(chain, secret))).toBe('503 ');
    expect(
      chain.modelServer.arrived.filter(
        ({ headers }) => headers['x-slipway-model'] !== modelDigest(granted),
      ),
    ).toEqual([]);
  });
});
