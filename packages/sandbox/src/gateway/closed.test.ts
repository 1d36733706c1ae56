import { requestToken, startIdentity, type Identity } from '../identity';
import type { StoredObject } from '../types';
import { FakeClock } from '../world/clock';
import { gatewayKinds } from './kinds';
import {
  eventually,
  jwtSpec,
  summary,
  TestGateway,
} from './testing/testGateway';

const gatewayRef = {
  group: 'gateway.networking.k8s.io',
  kind: 'Gateway',
  name: 'ai',
};

const routeRef = {
  group: 'gateway.networking.k8s.io',
  kind: 'HTTPRoute',
  name: 'm-internal',
};

const policyKinds = {
  securityPolicies: 'SecurityPolicy',
  clientTrafficPolicies: 'ClientTrafficPolicy',
  backendTrafficPolicies: 'BackendTrafficPolicy',
} as const;
type PolicyKind = keyof typeof policyKinds;

describe('what is refused as broken or not evaluated is closed', () => {
  let identity: Identity;
  let gateway: TestGateway;
  let mara: string;

  beforeAll(async () => {
    identity = await startIdentity();
    mara = (await requestToken(identity.issuer, 'mara')).accessToken;
  });
  afterAll(() => identity.stop());
  beforeEach(async () => {
    gateway = await new TestGateway().start();
  });
  afterEach(async () => {
    await gateway.stop();
    for (const error of gateway.errors) throw error;
  });

  const status = async (model: string, token?: string) =>
    (await gateway.chat(model, token)).status;

  it('a fault in one part of the first route’s policy leaves the other parts in force, for every model of the host', async () => {
    const first = { name: 'first', issuer: identity.issuer };
    gateway.pool(first);
    gateway.policy('first-internal', {
      ...jwtSpec(first),
      apiKeyAuth: {
        credentialRefs: [{ name: 'absent' }],
        extractFrom: [{ headers: ['x-key'] }],
      },
    });
    gateway.route(first);
    gateway.model({ name: 'second', issuer: identity.issuer });
    await eventually(async () => (await status('org/second', mara)) === 200);
    expect(await gateway.chat('org/second')).toMatchObject({
      status: 401,
      body: 'Jwt is missing',
    });
    expect(await status('org/first')).toBe(401);
    expect(await status('org/first', mara)).toBe(500);
  });

  const served = async (name: string) => {
    gateway.pool({ name });
    gateway.route({ name });
    await eventually(async () => (await status(`org/${name}`)) === 200);
  };
  const selector = {
    group: 'gateway.networking.k8s.io',
    kind: 'HTTPRoute',
    matchLabels: { 'llm.nebari.dev/model': 'm' },
  };
  const create = (kind: PolicyKind, spec: object, namespace: string) =>
    gateway.create(kind, {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: policyKinds[kind],
      metadata: { name: 'unread', namespace },
      spec,
    });
  const refusal = (kind: PolicyKind) =>
    eventually(
      () =>
        gateway.cluster
          .list(gatewayKinds[kind])
          .find(({ metadata }) => metadata.name === 'unread')?.status
          ?.ancestors?.[0].conditions[0],
    );

  it.each([
    ['routes of its namespace', 'models', selector, 501],
    [
      'routes of all namespaces',
      'other',
      { ...selector, namespaces: { from: 'All' } },
      501,
    ],
    [
      'Gateways of its namespace',
      'envoy-gateway-system',
      { ...selector, kind: 'Gateway' },
      501,
    ],
    ['routes of another namespace', 'other', selector, 200],
  ])(
    'a SecurityPolicy that selects %s',
    async (_, namespace, targetSelector, expected) => {
      await served('m');
      create(
        'securityPolicies',
        {
          targetSelectors: [targetSelector],
          authorization: { defaultAction: 'Deny' },
        },
        namespace,
      );
      expect(await status('org/m')).toBe(expected);
      expect(await refusal('securityPolicies')).toMatchObject({
        type: 'Accepted',
        status: 'False',
        message: expect.stringContaining('spec.targetSelectors'),
      });
      gateway.delete('securityPolicies', 'unread', namespace);
      expect(await status('org/m')).toBe(200);
    },
  );

  it.each([
    [
      'asks for client certificates',
      {
        targetRefs: [{ ...gatewayRef, sectionName: 'llm-internal-https' }],
        tls: { clientValidation: { caCertificateRefs: [{ name: 'ca' }] } },
      },
      'spec.tls of a ClientTrafficPolicy',
    ],
    [
      'selects its Gateways',
      {
        targetSelectors: [{ ...selector, kind: 'Gateway' }],
        headers: {
          earlyRequestHeaders: { remove: ['x-slipway-model'] },
        },
      },
      'spec.targetSelectors of a ClientTrafficPolicy',
    ],
  ])(
    'a listener whose ClientTrafficPolicy %s answers 501',
    async (_, spec, what) => {
      await served('m');
      create('clientTrafficPolicies', spec, 'envoy-gateway-system');
      for (const path of ['/v1/models', '/elsewhere']) {
        expect(await gateway.call(path)).toMatchObject({
          status: 501,
          body: expect.stringContaining(what),
        });
      }
      expect(await refusal('clientTrafficPolicies')).toMatchObject({
        type: 'Accepted',
        status: 'False',
        message: expect.stringMatching(/^Not evaluated: /),
      });
      gateway.delete('clientTrafficPolicies', 'unread', 'envoy-gateway-system');
      expect(await status('org/m')).toBe(200);
    },
  );

  it.each([
    [
      'asks for client certificates itself',
      (draft: StoredObject) => {
        draft.spec.tls = {
          frontend: {
            default: { validation: { caCertificateRefs: [{ name: 'ca' }] } },
          },
        };
      },
    ],
    [
      'has settings of its own',
      (draft: StoredObject) => {
        draft.spec.infrastructure = {
          parametersRef: {
            group: 'gateway.envoyproxy.io',
            kind: 'EnvoyProxy',
            name: 'own',
          },
        };
      },
    ],
  ])('a Gateway that %s has no listener', async (_, change) => {
    await served('m');
    gateway.update('gateways', 'ai', change, 'envoy-gateway-system');
    await expect(gateway.chat('org/m')).rejects.toThrow();
    const listener = await eventually(() =>
      gateway
        .get('gateways', 'ai', 'envoy-gateway-system')
        ?.status?.listeners.find(
          ({ conditions }: { conditions: { message: string }[] }) =>
            conditions.some(({ message }) =>
              message.startsWith('Not evaluated'),
            ),
        ),
    );
    expect(summary(listener.conditions)).toEqual([
      'Accepted=False/Invalid',
      'Programmed=False/Invalid',
      'ResolvedRefs=True/ResolvedRefs',
    ]);
  });

  it('the Gateways of a class that is refused are not served', async () => {
    await served('m');
    gateway.cluster.update(
      gatewayKinds.gatewayClasses,
      undefined,
      'envoy',
      'test',
      draft => {
        draft.spec.parametersRef = {
          group: 'gateway.envoyproxy.io',
          kind: 'EnvoyProxy',
          name: 'own',
        };
      },
    );
    await expect(gateway.chat('org/m')).rejects.toThrow();
  });

  it.each([
    ['a route', { targetRefs: [routeRef] }, 'models'],
    ['a Gateway', { targetRefs: [gatewayRef] }, 'envoy-gateway-system'],
    ['routes by labels', { targetSelectors: [selector] }, 'models'],
  ])(
    'a BackendTrafficPolicy for %s is refused and its requests are not served',
    async (_, targets, namespace) => {
      await served('m');
      create(
        'backendTrafficPolicies',
        {
          ...targets,
          rateLimit: {
            local: { rules: [{ limit: { requests: 1, unit: 'Hour' } }] },
          },
        },
        namespace,
      );
      expect(await gateway.chat('org/m')).toMatchObject({
        status: 501,
        body: expect.stringContaining('BackendTrafficPolicies'),
      });
      expect(await refusal('backendTrafficPolicies')).toMatchObject({
        type: 'Accepted',
        status: 'False',
        message: expect.stringMatching(/^Not evaluated: /),
      });
      gateway.delete('backendTrafficPolicies', 'unread', namespace);
      expect(await status('org/m')).toBe(200);
    },
  );

  describe('while no controller has had its turn', () => {
    const clock = new FakeClock();
    let slow: TestGateway;
    const slowStatus = async () => (await slow.chat('org/m')).status;
    beforeEach(async () => {
      slow = await new TestGateway().start({ clock });
      slow.pool({ name: 'm' });
      slow.policy('m-internal', { authorization: { defaultAction: 'Deny' } });
      slow.route({ name: 'm' });
    });
    afterEach(() => slow.stop());

    it('a route that is gone is not served, whatever became of its policy', async () => {
      clock.advance(1000);
      expect(await slowStatus()).toBe(403);
      slow.delete('httpRoutes', 'm-internal');
      slow.delete('securityPolicies', 'm-internal');
      expect(await slowStatus()).toBe(404);
    });

    it('a route is served as it is, though its status cannot be written', async () => {
      const update = slow.cluster.update.bind(slow.cluster);
      jest
        .spyOn(slow.cluster, 'update')
        .mockImplementation((resource, ...rest) => {
          if (resource.plural === 'httproutes') throw new Error('conflict');
          return update(resource, ...rest);
        });
      clock.advance(50);
      expect(slow.errors).toContainEqual(new Error('conflict'));
      expect(await slowStatus()).toBe(403);
    });
  });
});
