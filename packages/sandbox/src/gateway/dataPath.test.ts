import { createHmac, createPublicKey } from 'node:crypto';
import { requestToken, startIdentity, type Identity } from '../identity';
import { systemClock } from '../world/clock';
import { routeNotFoundText } from './aiGatewayRoutes';
import {
  externalHost,
  eventually,
  internalHost,
  jwtSpec,
  TestGateway,
} from './testing/testGateway';

const encode = (value: unknown) =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the gateway of the sandbox', () => {
  let identity: Identity;
  let gateway: TestGateway;
  let mara: string;
  let otto: string;

  beforeAll(async () => {
    identity = await startIdentity();
    gateway = await new TestGateway().start();
    mara = (await requestToken(identity.issuer, 'mara')).accessToken;
    otto = (await requestToken(identity.issuer, 'otto')).accessToken;
    gateway.policy(
      'default-deny',
      {
        targetRefs: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'Gateway',
            name: 'ai',
            sectionName: 'llm-https',
          },
        ],
        authorization: { defaultAction: 'Deny' },
      },
      'envoy-gateway-system',
    );
    gateway.model({
      name: 'crew',
      groups: ['developers'],
      issuer: identity.issuer,
    });
    gateway.model({ name: 'open', issuer: identity.issuer });
    await eventually(
      async () => (await gateway.chat('org/open', mara)).status === 200,
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await identity.stop();
  });

  const signed = async (claims: object, header: object = {}) => {
    const jose = await import('jose');
    const { privateKey } = await jose.generateKeyPair('RS256');
    return new jose.SignJWT({
      iss: identity.issuer,
      aud: 'llm',
      sub: 'mara',
      groups: ['developers'],
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', ...header })
      .setExpirationTime('1h')
      .sign(privateKey);
  };

  it('answers whom the policy allows, from the model server of the pod', async () => {
    const { status, body, headers } = await gateway.chat('org/crew', mara);
    expect(status).toBe(200);
    expect(headers.server).toBe('uvicorn');
    expect(JSON.parse(body)).toMatchObject({
      object: 'chat.completion',
      model: 'org/crew',
      choices: [
        {
          message: {
            role: 'assistant',
            content: expect.stringContaining("sandbox's model server"),
          },
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: expect.any(Number) },
    });
  });

  it('says nothing about itself, as Envoy Gateway has Envoy do', async () => {
    const replies = await Promise.all([
      gateway.chat('org/crew', mara),
      gateway.chat('org/crew'),
      gateway.chat('org/none', mara),
      gateway.call('/v1%2Fmodels'),
      gateway.call('/', { headers: { 'x-large': 'x'.repeat(70_000) } }),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([
      200, 401, 404, 307, 431,
    ]);
    expect(replies.map(({ headers }) => headers.server)).toEqual([
      'uvicorn',
      ...new Array(4).fill(undefined),
    ]);
    for (const { headers } of replies)
      expect(Object.keys(headers).join()).not.toContain('x-envoy');
  });

  it('refuses whom the policy does not allow, in the words of Envoy', async () => {
    expect(await gateway.chat('org/crew')).toMatchObject({
      status: 401,
      body: 'Jwt is missing',
      headers: {
        'www-authenticate': `Bearer realm="https://${internalHost}/v1/chat/completions"`,
      },
    });
    expect(await gateway.chat('org/crew', otto)).toMatchObject({
      status: 403,
      body: 'RBAC: access denied',
    });
    expect(await gateway.chat('org/open', otto)).toMatchObject({ status: 200 });
  });

  it('accepts no token but a valid one of the issuer, for the audience', async () => {
    const [header, payload] = mara.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const { keys } = await (await fetch(identity.jwksUri)).json();
    const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    const hmacHead = `${encode({ alg: 'HS256', kid: keys[0].kid })}.${payload}`;
    const foreign = await signed({}, { kid: keys[0].kid });
    const cases: [string, string, number, string][] = [
      [
        'alg none',
        `${encode({ alg: 'none' })}.${payload}.`,
        401,
        'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
      ],
      [
        'HS256 signed with the public key',
        `${hmacHead}.${createHmac('sha256', pem)
          .update(hmacHead)
          .digest('base64url')}`,
        401,
        "Jwks doesn't have key to match kid or alg from Jwt",
      ],
      [
        'unknown kid',
        await signed({}, { kid: 'other' }),
        401,
        "Jwks doesn't have key to match kid or alg from Jwt",
      ],
      ['another key under a known kid', foreign, 401, 'Jwt verification fails'],
      [
        'wrong issuer',
        await signed({ iss: 'https://elsewhere' }),
        401,
        'Jwt issuer is not configured',
      ],
      [
        'wrong audience',
        await signed({ aud: 'other' }),
        403,
        'Audiences in Jwt are not allowed',
      ],
      [
        'changed payload',
        `${header}.${encode({ ...claims, groups: ['developers', 'admins'] })}.${
          mara.split('.')[2]
        }`,
        401,
        'Jwt verification fails',
      ],
      [
        'not yet valid',
        await signed({ nbf: Math.floor(Date.now() / 1000) + 600 }),
        401,
        'Jwt not yet valid',
      ],
    ];
    for (const [name, token, status, body] of cases) {
      const reply = await gateway.chat('org/crew', token);
      expect([name, reply.status, reply.body]).toEqual([name, status, body]);
      expect(reply.headers['www-authenticate']).toContain(
        'error="invalid_token"',
      );
    }
  });

  it('refuses an expired token, but for a minute of clock skew', async () => {
    let lateByMs = 0;
    const brief = await startIdentity({ accessTokenTtlSeconds: 1 });
    const late = await new TestGateway().start({
      clock: { ...systemClock, now: () => Date.now() + lateByMs },
    });
    try {
      late.model({ name: 'm', issuer: brief.issuer });
      const { accessToken } = await requestToken(brief.issuer, 'mara');
      await eventually(
        async () => (await late.chat('org/m', accessToken)).status === 200,
      );
      lateByMs = 50_000;
      expect((await late.chat('org/m', accessToken)).status).toBe(200);
      lateByMs = 70_000;
      expect(await late.chat('org/m', accessToken)).toMatchObject({
        status: 401,
        body: 'Jwt is expired',
      });
    } finally {
      await late.stop();
      await brief.stop();
    }
  });

  it('says that a model has no route, to those whom the first route lets in', async () => {
    expect(await gateway.chat('org/none', mara)).toMatchObject({
      status: 404,
      body: routeNotFoundText,
    });
    expect(await gateway.chat('org/none', otto)).toMatchObject({ status: 403 });
  });

  it('answers before all else what Envoy does not let in: escaped slashes, fragments, headers with underscores', async () => {
    expect(await gateway.call('/v1%2Fmodels?x=1')).toMatchObject({
      status: 307,
      headers: { location: '/v1/models?x=1' },
    });
    expect(await gateway.call('/v1/models%00')).toMatchObject({ status: 400 });
    expect(
      await gateway.call('/v1/models', {
        headers: { x_slipway_model: 'deadbeef' },
      }),
    ).toMatchObject({ status: 400, body: 'Bad Request' });
  });

  it('reads models from JSON bodies only', async () => {
    expect(
      await gateway.call('/v1/chat/completions', {
        token: mara,
        body: 'model=org/crew',
      }),
    ).toMatchObject({
      status: 400,
      body: '{"type":"error","error":{"type":"BadRequest","code":"400","message":"malformed request: failed to parse JSON for /v1/chat/completions"}}',
    });
    expect(await gateway.call('/v1/unknown', { token: mara })).toMatchObject({
      status: 404,
      body: 'unsupported path: /v1/unknown',
    });
    for (const [path, seen] of [
      ['//x/v1/models', '/x/v1/models'],
      ['//', '//'],
      ['/v1/models/../unknown?a=//', '/v1/unknown?a=//'],
    ]) {
      expect(await gateway.call(path, { token: mara })).toMatchObject({
        status: 404,
        body: `unsupported path: ${seen}`,
      });
    }
    expect(
      await gateway.call('/v1/responses', {
        token: mara,
        json: { model: 'org/crew' },
      }),
    ).toMatchObject({
      status: 501,
    });
  });

  it('shows every model to everybody who is authenticated, as the AI gateway does', async () => {
    const { status, body } = await gateway.call('/v1/models', { token: otto });
    expect(status).toBe(200);
    expect(JSON.parse(body).data.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['org/crew', 'org/open']),
    );
    expect(await gateway.call('/v1/models')).toMatchObject({ status: 401 });
  });

  it('does not let a client choose the route by the model header when the listener strips it', async () => {
    const forged = { headers: { 'x-ai-eg-model': 'org/open' } };
    // Without a body the AI gateway sets no model: what the client sent decides.
    expect(
      await gateway.call('/v1/chat/completions', {
        method: 'POST',
        token: otto,
        ...forged,
      }),
    ).toMatchObject({ status: 400 });
    gateway.create('clientTrafficPolicies', {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'ClientTrafficPolicy',
      metadata: { name: 'strip', namespace: 'envoy-gateway-system' },
      spec: {
        targetRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'ai' },
        ],
        headers: {
          earlyRequestHeaders: {
            removeOnMatch: [{ type: 'Prefix', value: 'x-ai-eg-' }],
          },
        },
        connection: { bufferLimit: '64Ki' },
      },
    });
    expect(
      await gateway.call('/v1/chat/completions', {
        method: 'POST',
        token: otto,
        ...forged,
      }),
    ).toMatchObject({ status: 403 });
    expect(
      await gateway.chat('org/crew', mara, {
        headers: { 'x-ai-eg-model': 'org/open' },
      }),
    ).toMatchObject({
      status: 200,
      body: expect.stringContaining('"model":"org/crew"'),
    });
    const tooLong = {
      model: 'org/crew',
      messages: [{ role: 'user', content: 'x'.repeat(70_000) }],
    };
    expect(await gateway.chat('', mara, { json: tooLong })).toMatchObject({
      status: 413,
      body: 'Payload Too Large',
    });
    gateway.delete('clientTrafficPolicies', 'strip', 'envoy-gateway-system');
  });

  it('refuses a route without a policy where the listener denies by default', async () => {
    gateway.pool({ name: 'bare' });
    gateway.route({ name: 'bare' }, 'llm-https');
    await eventually(
      () => gateway.get('httpRoutes', 'bare-internal')?.status?.parents?.length,
    );
    const call = { host: externalHost };
    expect(await gateway.chat('org/bare', mara, call)).toMatchObject({
      status: 403,
      body: 'RBAC: access denied',
    });
    expect(await gateway.chat('org/bare', undefined, call)).toMatchObject({
      status: 403,
    });
    gateway.policy('bare-internal', {
      authorization: { defaultAction: 'Allow' },
    });
    expect(await gateway.chat('org/bare', undefined, call)).toMatchObject({
      status: 200,
    });
    gateway.delete('securityPolicies', 'bare-internal');
    expect(await gateway.chat('org/bare', undefined, call)).toMatchObject({
      status: 403,
    });
  });

  it('answers 500 while a policy is broken, and 501 for what nobody has checked', async () => {
    gateway.pool({ name: 'broken' });
    gateway.policy('broken-internal', {
      apiKeyAuth: {
        credentialRefs: [{ name: 'absent' }],
        extractFrom: [{ headers: ['Authorization'] }],
      },
    });
    gateway.route({ name: 'broken' }, 'llm-https');
    await eventually(
      () =>
        gateway.get('httpRoutes', 'broken-internal')?.status?.parents?.length,
    );
    const call = { host: externalHost };
    expect(await gateway.chat('org/broken', undefined, call)).toMatchObject({
      status: 500,
      body: '',
    });
    gateway.update('securityPolicies', 'broken-internal', draft => {
      draft.spec = {
        ...draft.spec,
        apiKeyAuth: undefined,
        extAuth: { http: { backendRefs: [] } },
      };
    });
    expect(await gateway.chat('org/broken', undefined, call)).toMatchObject({
      status: 501,
      body: expect.stringContaining('spec.extAuth'),
    });
    gateway.delete('aiGatewayRoutes', 'broken-internal');
  });

  it('serves nothing under a host that has no listener, or that is another listener’s', async () => {
    await expect(
      gateway.call('/v1/models', { host: 'localhost', token: mara }),
    ).rejects.toThrow();
    expect(
      await gateway.call('/v1/models', {
        host: externalHost,
        serverName: internalHost,
        token: mara,
      }),
    ).toMatchObject({ status: 404, body: '' });
  });

  it('fails closed when the endpoint picker or every pod is away, and when the pool is', async () => {
    gateway.model({ name: 'frail', issuer: identity.issuer });
    await eventually(
      async () => (await gateway.chat('org/frail', mara)).status === 200,
    );
    const notReady = (label: string) => {
      const pods = gateway.cluster
        .list({ group: '', plural: 'pods' }, 'models')
        .filter(
          ({ metadata }) =>
            metadata.labels?.['app.kubernetes.io/instance'] === 'frail' &&
            metadata.labels['app.kubernetes.io/name'] === label,
        );
      for (const { metadata } of pods) gateway.delete('pods', metadata.name);
    };
    notReady('llmmodel');
    expect(await gateway.chat('org/frail', mara)).toMatchObject({
      status: 503,
      body: 'inference gateway: ServiceUnavailable - failed to find candidate pods for serving the request',
    });
    notReady('epp');
    expect(await gateway.chat('org/frail', mara)).toMatchObject({
      status: 500,
    });
    gateway.delete('inferencePools', 'frail');
    expect(await gateway.chat('org/frail', mara)).toMatchObject({
      status: 500,
    });
  });

  it('takes new keys when the cached set has expired, not before', async () => {
    const rotating = await startIdentity();
    const model = { name: 'rotated', issuer: rotating.issuer };
    const spec = jwtSpec(model);
    try {
      const alone = await new TestGateway().start();
      alone.pool(model);
      alone.policy('rotated-internal', {
        jwt: {
          providers: [
            {
              ...spec.jwt.providers[0],
              remoteJWKS: { uri: rotating.jwksUri, cacheDuration: '1s' },
            },
          ],
        },
      });
      alone.route(model);
      const before = (await requestToken(rotating.issuer, 'mara')).accessToken;
      await eventually(
        async () => (await alone.chat('org/rotated', before)).status === 200,
      );
      await rotating.rotateKeys();
      const after = (await requestToken(rotating.issuer, 'mara')).accessToken;
      await eventually(
        async () => (await alone.chat('org/rotated', after)).status === 200,
      );
      expect((await alone.chat('org/rotated', before)).status).toBe(200);
      await rotating.rotateKeys({ withdrawOld: true });
      await eventually(
        async () => (await alone.chat('org/rotated', before)).status === 401,
      );
      await alone.stop();
    } finally {
      await rotating.stop();
    }
  });

  it('has come so far without an error that nobody expected', () => {
    expect(gateway.errors).toEqual([]);
  });
});
