import { once } from 'node:events';
import { connect } from 'node:tls';
import { startGrpcAuthorizer } from '@slipway/envoy-proof';
import type { Answer, Authorizer, Question } from '@slipway/envoy-proof';
import {
  eventually,
  externalHost,
  summary,
  TestGateway,
} from './testing/testGateway';

const HOST_NAMESPACE = 'envoy-gateway-system';
const SERVICE = 'slipway-authorizer';
/** A header value that only the authorizer of these tests sets. */
const JUDGED = 'ab'.repeat(16);
const MAX_BYTES = 100_000;
const gatewayApi = 'gateway.networking.k8s.io';

const judgedFor = (value: string) => ({
  mergeType: 'StrategicMerge',
  authorization: {
    defaultAction: 'Deny',
    rules: [
      {
        name: 'judged-for-this-model',
        action: 'Allow',
        principal: {
          headers: [{ name: 'x-slipway-model', values: [value] }],
        },
      },
    ],
  },
});

const listener = {
  group: gatewayApi,
  kind: 'Gateway',
  name: 'ai',
  sectionName: 'llm-https',
};

const asks = (overrides: Record<string, unknown> = {}) => ({
  targetRefs: [listener],
  extAuth: {
    failOpen: false,
    statusOnError: 503,
    timeout: '30s',
    headersToExtAuth: ['Authorization', 'content-type'],
    bodyToExtAuth: { maxRequestBytes: MAX_BYTES },
    grpc: {
      backendRefs: [{ name: SERVICE, namespace: 'slipway-system', port: 9002 }],
    },
    ...overrides,
  },
  authorization: { defaultAction: 'Deny' },
});

describe('a listener that asks an authorizer over gRPC', () => {
  let gateway: TestGateway;
  let authorizer: Authorizer;
  let questions: Question[];
  let answer: (question: Question) => Answer | Promise<Answer>;

  const pass = (): Answer => ({
    pass: true,
    headers: { 'x-slipway-model': JUDGED, 'x-slipway-tenant': 'apps' },
    remove: ['authorization'],
  });
  const grant = () =>
    gateway.create('referenceGrants', {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'authorizer', namespace: 'slipway-system' },
      spec: {
        from: [
          {
            group: 'gateway.envoyproxy.io',
            kind: 'SecurityPolicy',
            namespace: HOST_NAMESPACE,
          },
        ],
        to: [{ group: '', kind: 'Service', name: SERVICE }],
      },
    });
  const service = () =>
    gateway.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: SERVICE, namespace: 'slipway-system' },
      spec: { ports: [{ port: 9002 }] },
    });
  const chat = (headers: Record<string, string> = {}, content = 'Hello') =>
    gateway.call('/v1/chat/completions', {
      host: externalHost,
      json: { model: 'org/m', messages: [{ role: 'user', content }] },
      headers: { authorization: 'Bearer sk-slw-canary', ...headers },
    });
  const conditionsOf = (name: string, namespace: string) =>
    summary(
      gateway.get('securityPolicies', name, namespace)?.status?.ancestors?.[0]
        ?.conditions,
    );
  const status = async () => (await chat()).status;

  beforeEach(async () => {
    questions = [];
    answer = pass;
    authorizer = await startGrpcAuthorizer(question => {
      questions.push(question);
      return answer(question);
    });
    gateway = await new TestGateway().start({
      forwardedServices: {
        [`slipway-system/${SERVICE}:9002`]: authorizer.port,
      },
    });
    gateway.create('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'slipway-system' },
    });
    service();
    grant();
    gateway.create('clientTrafficPolicies', {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'ClientTrafficPolicy',
      metadata: { name: 'strip', namespace: HOST_NAMESPACE },
      spec: {
        targetRefs: [listener],
        headers: {
          earlyRequestHeaders: {
            removeOnMatch: [{ type: 'Prefix', value: 'x-slipway-' }],
          },
        },
      },
    });
    gateway.policy('asks', asks(), HOST_NAMESPACE);
    gateway.pool({ name: 'm' });
    gateway.policy('m-internal', judgedFor(JUDGED));
    gateway.route({ name: 'm' }, 'llm-https');
    await eventually(async () => (await status()) === 200);
    questions.length = 0;
  });
  afterEach(async () => {
    await gateway.stop();
    await authorizer.close();
    // Nothing may go wrong inside the gateway, whatever the authorizer does.
    for (const error of gateway.errors) throw error;
  });

  it('shows it the whole body and the headers that the policy names, and no others', async () => {
    const content = 'é'.repeat(30_000);
    expect((await chat({ 'x-other': '1' }, content)).status).toBe(200);
    const [{ method, path, headers, body }] = questions;
    expect({ method, path }).toEqual({
      method: 'POST',
      path: '/v1/chat/completions',
    });
    expect(headers).toEqual({
      authorization: 'Bearer sk-slw-canary',
      'content-type': 'application/json',
      'x-envoy-auth-partial-body': 'false',
    });
    expect(JSON.parse(body.toString()).messages[0].content).toBe(content);
  });

  it('shows it what comes twice as one, as Envoy does', async () => {
    const shown = async (...authorization: string[]) => {
      questions.length = 0;
      const socket = connect({
        host: '127.0.0.1',
        port: gateway.gateway.port,
        servername: externalHost,
        ca: gateway.ca,
      });
      const ended = once(socket.resume(), 'close');
      socket.write(
        [
          'GET /v1/models HTTP/1.1',
          `host: ${externalHost}`,
          ...authorization.map(value => `authorization: ${value}`),
          'connection: close',
          '\r\n',
        ].join('\r\n'),
      );
      await ended;
      return questions[0].headers.authorization;
    };
    expect(await shown('Bearer a', 'Bearer b')).toBe('Bearer a,Bearer b');
    expect(await shown('', 'Bearer b')).toBe('Bearer b');
  });

  it('passes on what the authorizer refuses: status, headers and body', async () => {
    answer = () => ({
      pass: false,
      status: 503,
      headers: { 'content-type': 'application/json', 'retry-after': '5' },
      body: '{"error":{"code":"model_not_ready"}}',
    });
    expect(await chat()).toMatchObject({
      status: 503,
      headers: { 'content-type': 'application/json', 'retry-after': '5' },
      body: '{"error":{"code":"model_not_ready"}}',
    });
  });

  it('lets the authorizer answer GET /v1/models, which the AI gateway would answer with every model', async () => {
    answer = () => ({
      pass: false,
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"object":"list","data":[]}',
    });
    expect(
      await gateway.call('//v1/./chat/%2e%2e/models', { host: externalHost }),
    ).toMatchObject({ status: 200, body: '{"object":"list","data":[]}' });
    // As the routes see it, not as it was sent.
    expect(questions[0]).toMatchObject({ method: 'GET', path: '/v1/models' });
  });

  it('refuses a body over the limit with 413 and asks nobody', async () => {
    expect((await chat({}, 'x'.repeat(MAX_BYTES))).status).toBe(413);
    expect(questions).toEqual([]);
  });

  it('refuses a request that was judged for another model, and one whose client forges the judgement', async () => {
    answer = () => ({
      pass: true,
      headers: { 'x-slipway-model': 'cd'.repeat(16) },
      remove: [],
    });
    expect(await chat({ 'x-slipway-model': JUDGED })).toMatchObject({
      status: 403,
      body: 'RBAC: access denied',
    });
    answer = () => ({ pass: true, headers: {}, remove: [] });
    expect((await chat({ 'x-slipway-model': JUDGED })).status).toBe(403);
  });

  it('answers 503 without a body when the authorizer is away, breaks, or takes longer than the policy allows', async () => {
    answer = () => {
      throw new Error('broken');
    };
    expect(await chat()).toMatchObject({ status: 503, body: '' });
    answer = () => new Promise(() => {});
    gateway.delete('securityPolicies', 'asks', HOST_NAMESPACE);
    gateway.policy('asks', asks({ timeout: '100ms' }), HOST_NAMESPACE);
    await eventually(async () => (await status()) === 503);
    expect(await chat()).toMatchObject({ status: 503, body: '' });
    await authorizer.close();
    expect(await chat()).toMatchObject({ status: 503, body: '' });
  });

  it('is closed without the Service, without the grant and without the policy, heals by itself, and says which', async () => {
    gateway.delete('services', SERVICE, 'slipway-system');
    await eventually(async () => (await status()) === 403);
    await eventually(
      () =>
        conditionsOf('m-internal', 'models')[0] === 'Accepted=False/Invalid',
    );
    service();
    await eventually(async () => (await status()) === 200);
    gateway.delete('referenceGrants', 'authorizer', 'slipway-system');
    await eventually(async () => (await status()) === 403);
    grant();
    await eventually(async () => (await status()) === 200);
    gateway.delete('securityPolicies', 'asks', HOST_NAMESPACE);
    await eventually(async () => (await status()) === 403);
    await eventually(
      () =>
        JSON.stringify(conditionsOf('m-internal', 'models')) ===
        '["Accepted=True/Accepted"]',
    );
    gateway.policy('asks', asks(), HOST_NAMESPACE);
    await eventually(async () => (await status()) === 200);
    await eventually(() =>
      conditionsOf('m-internal', 'models').includes('Merged=True/Merged'),
    );
    expect(await status()).toBe(200);
  });

  it('does not pretend to know what it does not: open on failure, HTTP, several backends', async () => {
    for (const overrides of [
      { failOpen: true },
      { recomputeRoute: true },
      { bodyToExtAuth: { maxRequestBytes: MAX_BYTES, unheardOf: true } },
      { http: { backendRefs: [{ name: 'a', port: 1 }] } },
      {
        grpc: {
          backendRefs: ['a', 'b'].map(name => ({ name, port: 1 })),
        },
      },
    ]) {
      gateway.delete('securityPolicies', 'asks', HOST_NAMESPACE);
      gateway.policy('asks', asks(overrides), HOST_NAMESPACE);
      await eventually(async () => (await status()) === 501);
    }
    expect(questions).toEqual([]);
  });
});
