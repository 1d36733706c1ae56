import { readFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'selfsigned';
import { parse, parseAllDocuments } from 'yaml';
import type { StoredObject } from '../types';
import { FakeClock } from '../world/clock';
import { FakeCluster } from '../world/testing/fakeCluster';
import { Loop } from '../world/loop';
import { ModelServers } from '../world/modelServers';
import { ControlPlane } from './controlPlane';
import { startControllers } from './controllers/startControllers';
import { gatewayKinds } from './kinds';
import { startGateway } from './startGateway';
import type { StatusCondition } from './statusConditions';
import { eventually, summary, TestGateway } from './testing/testGateway';
import { followAll, openViews } from './view';

const testdata = (name: string) =>
  readFileSync(path.join(__dirname, 'testdata', name), 'utf8');

/** Controllers on a fake clock: no proxy, no waiting. */
function startPlane(cluster: FakeCluster, clock: FakeClock): ControlPlane {
  const errors: unknown[] = [];
  const loop = new Loop(clock, (_where, error) => errors.push(error));
  const views = openViews(cluster);
  const plane = new ControlPlane(cluster, views);
  startControllers({ cluster, plane, clock }, loop, () => {});
  followAll(views, task => clock.soon(task));
  clock.advance(1000);
  expect(errors).toEqual([]);
  return plane;
}

const lines = (conditions: StatusCondition[] = []) =>
  conditions.map(
    ({ type, status, reason, message }) =>
      `${type}=${status}/${reason}: ${message}`,
  );

interface Reference {
  namespace: string;
  name: string;
  sectionName?: string;
}

const place = ({ namespace, name, sectionName }: Reference) =>
  [namespace, name, ...(sectionName ? [sectionName] : [])].join('/');

function statuses(cluster: FakeCluster): unknown[] {
  const found: unknown[] = [];
  for (const { status } of cluster.list(gatewayKinds.gateways)) {
    for (const { name, attachedRoutes, conditions } of status?.listeners ??
      []) {
      found.push({
        listener: name,
        attachedRoutes,
        conditions: lines(conditions),
      });
    }
  }
  const add = (
    label: string,
    { metadata }: StoredObject,
    entries: { ref: Reference; conditions: StatusCondition[] }[],
  ) => {
    if (entries.length === 0)
      found.push({ [label]: metadata.name, status: 'none' });
    for (const { ref, conditions } of entries) {
      found.push({
        [label]: metadata.name,
        at: place(ref),
        conditions: lines(conditions),
      });
    }
  };
  for (const route of cluster.list(gatewayKinds.httpRoutes)) {
    const parents: { parentRef: Reference; conditions: StatusCondition[] }[] =
      route.status?.parents ?? [];
    add(
      'httpRoute',
      route,
      parents.map(({ parentRef: ref, conditions }) => ({ ref, conditions })),
    );
  }
  for (const [label, resource] of [
    ['securityPolicy', gatewayKinds.securityPolicies],
    ['clientTrafficPolicy', gatewayKinds.clientTrafficPolicies],
  ] as const) {
    for (const policy of cluster.list(resource)) {
      const ancestors: {
        ancestorRef: Reference;
        conditions: StatusCondition[];
      }[] = policy.status?.ancestors ?? [];
      add(
        label,
        policy,
        ancestors.map(({ ancestorRef: ref, conditions }) => ({
          ref,
          conditions,
        })),
      );
    }
  }
  return found;
}

const plurals: Record<string, keyof typeof gatewayKinds> = {
  GatewayClass: 'gatewayClasses',
  Gateway: 'gateways',
  HTTPRoute: 'httpRoutes',
  SecurityPolicy: 'securityPolicies',
  ClientTrafficPolicy: 'clientTrafficPolicies',
  Secret: 'secrets',
  Service: 'services',
  ReferenceGrant: 'referenceGrants',
};

/** The objects that Envoy Gateway was asked about, in a cluster. */
async function loadCase(
  cluster: FakeCluster,
  name = 'envoyGateway',
): Promise<void> {
  const { cert, private: key } = await generate(
    [{ name: 'commonName', value: 'x' }],
    {
      keySize: 2048,
      extensions: [
        {
          name: 'subjectAltName',
          altNames: [{ type: 2, value: '*.example.com' }],
        },
      ],
    },
  );
  for (const namespace of ['gateways', 'models', 'slipway', 'strangers']) {
    cluster.create(gatewayKinds.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
  }
  cluster.create(gatewayKinds.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'tls', namespace: 'gateways' },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': Buffer.from(cert).toString('base64'),
      'tls.key': Buffer.from(key).toString('base64'),
    },
  });
  for (const document of parseAllDocuments(testdata(`${name}.in.yaml`))) {
    const object = document.toJS();
    const kind = plurals[object.kind];
    if (kind) cluster.create(gatewayKinds[kind], object);
  }
}

/** A listener for some namespaces that asks for API keys, and a route whose policy is merged into that. */
const protectedModel: [keyof typeof gatewayKinds, Record<string, unknown>][] = [
  [
    'namespaces',
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'tenants', labels: { managed: 'true' } },
    },
  ],
  [
    'gateways',
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'selective', namespace: 'gateways' },
      spec: {
        gatewayClassName: 'envoy',
        listeners: [
          {
            name: 'some',
            hostname: 'some.example.com',
            port: 443,
            protocol: 'HTTPS',
            tls: { certificateRefs: [{ name: 'tls' }] },
            allowedRoutes: {
              namespaces: {
                from: 'Selector',
                selector: { matchLabels: { managed: 'true' } },
              },
            },
          },
        ],
      },
    },
  ],
  [
    'httpRoutes',
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'merged', namespace: 'tenants' },
      spec: {
        parentRefs: [
          { name: 'selective', namespace: 'gateways', sectionName: 'some' },
        ],
        rules: [{ backendRefs: [] }],
      },
    },
  ],
  [
    'securityPolicies',
    {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'SecurityPolicy',
      metadata: { name: 'asks-for-keys', namespace: 'gateways' },
      spec: {
        targetRefs: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'Gateway',
            name: 'selective',
            sectionName: 'some',
          },
        ],
        apiKeyAuth: {
          credentialRefs: [{ name: 'keys' }],
          extractFrom: [{ headers: ['Authorization'] }],
        },
      },
    },
  ],
  [
    'securityPolicies',
    {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'SecurityPolicy',
      metadata: { name: 'merged', namespace: 'tenants' },
      spec: {
        targetRefs: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'HTTPRoute',
            name: 'merged',
          },
        ],
        mergeType: 'StrategicMerge',
        authorization: { defaultAction: 'Allow' },
      },
    },
  ],
];

describe('statuses of the gateway', () => {
  it.each([
    ['many objects, good and bad', 'envoyGateway'],
    ['an authorizer, and policies merged into those that ask it', 'extAuth'],
  ])(
    'are those that Envoy Gateway 1.8.1 gives the same objects, word for word: %s',
    async (_, name) => {
      const clock = new FakeClock();
      const cluster = new FakeCluster(clock);
      await loadCase(cluster, name);
      startPlane(cluster, clock);
      const sort = (list: unknown[]) =>
        list.map(entry => JSON.stringify(entry, null, 1)).sort();
      const expected: unknown[] = parse(testdata(`${name}.out.yaml`));
      expect(sort(statuses(cluster))).toEqual(sort(expected));
    },
  );

  it('are not written again when nothing changes', async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(clock);
    await loadCase(cluster);
    startPlane(cluster, clock);
    const { writes } = cluster;
    clock.advance(600_000);
    expect(cluster.writes).toBe(writes);
    // A second instance finds everything as it should be.
    startPlane(cluster, clock);
    expect(cluster.writes).toBe(writes);
  });

  it('heal when the cause goes away: a Secret, a grant, a backend, a conflicting policy', async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(clock);
    await loadCase(cluster);
    startPlane(cluster, clock);
    const gateway = () => cluster.get(gatewayKinds.gateways, 'gateways', 'ai');
    const listener = (name: string) =>
      summary(
        gateway()?.status.listeners.find(
          (one: { name: string }) => one.name === name,
        ).conditions,
      );
    const tls = cluster.get(gatewayKinds.secrets, 'gateways', 'tls');
    const copy = (name: string, namespace: string) =>
      cluster.create(gatewayKinds.secrets, {
        ...tls,
        metadata: { name, namespace },
      });

    copy('absent', 'gateways');
    copy('tls', 'models');
    cluster.create(gatewayKinds.referenceGrants, {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'tls', namespace: 'models' },
      spec: {
        from: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'Gateway',
            namespace: 'gateways',
          },
        ],
        to: [{ group: '', kind: 'Secret', name: 'tls' }],
      },
    });
    cluster.create(gatewayKinds.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'absent', namespace: 'models' },
      spec: { ports: [{ port: 8000 }] },
    });
    cluster.delete(gatewayKinds.securityPolicies, 'models', 'internal');
    clock.advance(1000);

    for (const name of ['no-secret', 'not-permitted']) {
      expect(listener(name)).toContain('ResolvedRefs=True/ResolvedRefs');
      expect(listener(name)).toContain('Programmed=True/Programmed');
    }
    const route = (name: string) =>
      summary(
        cluster.get(gatewayKinds.httpRoutes, 'models', name)?.status.parents[0]
          .conditions,
      );
    expect(route('nosecret')).toContain('Accepted=True/Accepted');
    expect(route('nobackend')).toContain('ResolvedRefs=True/ResolvedRefs');
    const second = cluster.get(
      gatewayKinds.securityPolicies,
      'models',
      'internal-second',
    );
    expect(summary(second?.status.ancestors[0].conditions)).toEqual([
      'Accepted=True/Accepted',
    ]);

    cluster.delete(gatewayKinds.secrets, 'gateways', 'absent');
    clock.advance(1000);
    expect(listener('no-secret')).toContain(
      'ResolvedRefs=False/InvalidCertificateRef',
    );
    expect(route('nosecret')).toContain('Accepted=False/NoReadyListeners');
  });

  it('heal, and fail, with what they are merged into and with the namespace they are in', async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(clock);
    await loadCase(cluster);
    for (const [kind, object] of protectedModel)
      cluster.create(gatewayKinds[kind], object);
    const keys = () =>
      cluster.create(gatewayKinds.secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'keys', namespace: 'gateways' },
        data: { apps: Buffer.from('secret').toString('base64') },
      });
    const label = (labels: Record<string, string>) =>
      cluster.update(
        gatewayKinds.namespaces,
        undefined,
        'tenants',
        'test',
        draft => {
          draft.metadata.labels = labels;
        },
      );
    keys();
    startPlane(cluster, clock);

    const state = () => {
      clock.advance(1000);
      const get = (kind: keyof typeof gatewayKinds, at: string, name: string) =>
        cluster.get(gatewayKinds[kind], at, name)?.status;
      return {
        listener: get('gateways', 'gateways', 'selective')?.listeners[0]
          .attachedRoutes,
        route: summary(
          get('httpRoutes', 'tenants', 'merged')?.parents[0].conditions,
        )[0],
        own: summary(
          get('securityPolicies', 'tenants', 'merged')?.ancestors[0].conditions,
        ),
        above: summary(
          get('securityPolicies', 'gateways', 'asks-for-keys')?.ancestors[0]
            .conditions,
        ),
      };
    };
    const well = {
      listener: 1,
      route: 'Accepted=True/Accepted',
      own: ['Merged=True/Merged', 'Accepted=True/Accepted'],
      above: ['Accepted=True/Accepted', 'Merged=True/Merged'],
    };
    expect(state()).toEqual(well);

    cluster.delete(gatewayKinds.secrets, 'gateways', 'keys');
    expect(state()).toMatchObject({
      own: ['Accepted=False/Invalid'],
      above: ['Accepted=False/Invalid', 'Overridden=True/Overridden'],
    });
    keys();
    expect(state()).toEqual(well);

    label({});
    expect(state()).toMatchObject({
      listener: 0,
      route: 'Accepted=False/NotAllowedByListeners',
      own: ['Accepted=True/Accepted'],
    });
    expect(state().above).not.toContain('Merged=True/Merged');
    label({ managed: 'true' });
    expect(state()).toEqual(well);
  });
});

describe('AIGatewayRoutes and InferencePools', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await new TestGateway().start();
  });
  afterEach(() => gateway.stop());

  it('a route becomes an HTTPRoute of its name, with the catch-all rule, and goes with it', async () => {
    gateway.pool({ name: 'm' });
    gateway.route({ name: 'm' });
    const route = await eventually(() => {
      const found = gateway.get('httpRoutes', 'm-internal');
      return found?.status?.parents?.length ? found : undefined;
    });
    expect(route.metadata).toMatchObject({
      labels: { 'llm.nebari.dev/model': 'm' },
      annotations: {
        'gateway.envoyproxy.io/ai-gateway-generated': 'true',
        'gateway.envoyproxy.io/backend-ref-priority': '0:m:0',
      },
      ownerReferences: [
        { kind: 'AIGatewayRoute', name: 'm-internal', controller: true },
      ],
    });
    expect(route.spec.rules).toMatchObject([
      {
        matches: [
          {
            headers: [{ name: 'x-ai-eg-model', value: 'org/m' }],
            path: { type: 'PathPrefix', value: '/' },
          },
        ],
        backendRefs: [
          { kind: 'InferencePool', name: 'm', namespace: 'models', weight: 1 },
        ],
        filters: [{ extensionRef: { name: 'ai-eg-host-rewrite-m-internal' } }],
        timeouts: { request: '30s' },
      },
      {
        name: 'route-not-found',
        filters: [
          {
            extensionRef: { name: 'ai-eg-route-not-found-response-m-internal' },
          },
        ],
      },
    ]);
    const source = gateway.get('aiGatewayRoutes', 'm-internal');
    expect(source?.metadata.finalizers).toEqual([
      'aigateway.envoyproxy.io/finalizer',
    ]);
    expect(summary(source?.status.conditions)).toEqual([
      'Accepted=True/ReconciliationSucceeded',
    ]);
    const pool = await eventually(() => {
      const found = gateway.get('inferencePools', 'm');
      return found?.status?.parents?.length ? found : undefined;
    });
    expect(pool.status.parents).toMatchObject([
      {
        parentRef: {
          kind: 'Gateway',
          name: 'ai',
          namespace: 'envoy-gateway-system',
        },
      },
    ]);
    expect(summary(pool.status.parents[0].conditions)).toEqual([
      'Accepted=True/Accepted',
      'ResolvedRefs=True/ResolvedRefs',
    ]);

    gateway.delete('aiGatewayRoutes', 'm-internal');
    await eventually(
      () =>
        !gateway.get('aiGatewayRoutes', 'm-internal') &&
        !gateway.get('httpRoutes', 'm-internal'),
    );
    await eventually(
      () => gateway.get('inferencePools', 'm')?.status.parents.length === 0,
    );
  });

  it('an HTTPRoute that somebody deletes or changes comes back', async () => {
    gateway.pool({ name: 'm' });
    gateway.route({ name: 'm' });
    const first = await eventually(() =>
      gateway.get('httpRoutes', 'm-internal'),
    );
    gateway.delete('httpRoutes', 'm-internal');
    const second = await eventually(() =>
      gateway.get('httpRoutes', 'm-internal'),
    );
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    gateway.update('httpRoutes', 'm-internal', draft => {
      draft.spec.rules = [];
    });
    await eventually(
      () => gateway.get('httpRoutes', 'm-internal')?.spec.rules.length === 2,
    );
  });

  it('a route without its Gateway is not accepted, and is once the Gateway is there', async () => {
    const spec = gateway.cluster.get(
      gatewayKinds.gateways,
      'envoy-gateway-system',
      'ai',
    )?.spec;
    gateway.delete('gateways', 'ai', 'envoy-gateway-system');
    gateway.pool({ name: 'm' });
    gateway.route({ name: 'm' });
    const conditions = () =>
      gateway.get('aiGatewayRoutes', 'm-internal')?.status?.conditions;
    await eventually(conditions);
    expect(summary(conditions())).toEqual([
      'NotAccepted=False/ReconciliationFailed',
    ]);
    expect(conditions()[0].message).toContain(
      'gateway envoy-gateway-system/ai not found',
    );
    gateway.create('gateways', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'ai', namespace: 'envoy-gateway-system' },
      spec,
    });
    await eventually(() =>
      summary(conditions()).includes('Accepted=True/ReconciliationSucceeded'),
    );
  });

  it('a pool without its endpoint picker says so', async () => {
    gateway.pool({ name: 'm' });
    gateway.route({ name: 'm' });
    gateway.delete('services', 'm-epp');
    const parents = await eventually(() => {
      const found = gateway.get('inferencePools', 'm')?.status?.parents;
      return found?.length && found[0].conditions[0].status === 'False'
        ? found
        : undefined;
    });
    expect(summary(parents[0].conditions)).toEqual([
      'Accepted=False/NotAccepted',
      'ResolvedRefs=False/ResolvedRefs',
    ]);
    expect(parents[0].conditions[1].message).toBe(
      'Reference resolution by controller ai-gateway-controller: ExtensionReference service m-epp not found in namespace models',
    );
  });

  it('what the sandbox does not serve is not accepted', async () => {
    gateway.create('aiGatewayRoutes', {
      apiVersion: 'aigateway.envoyproxy.io/v1beta1',
      kind: 'AIGatewayRoute',
      metadata: { name: 'external', namespace: 'models' },
      spec: {
        parentRefs: [{ name: 'ai', namespace: 'envoy-gateway-system' }],
        rules: [{ backendRefs: [{ name: 'provider' }] }],
      },
    });
    const [refusal] = await eventually(
      () => gateway.get('aiGatewayRoutes', 'external')?.status?.conditions,
    );
    expect(refusal).toMatchObject({
      type: 'NotAccepted',
      message: expect.stringMatching(/^Not evaluated: /),
    });
  });

  it('a second gateway on a taken port is refused by name', async () => {
    await expect(
      startGateway({
        cluster: gateway.cluster,
        port: gateway.gateway.port,
        modelServers: new ModelServers(),
      }),
    ).rejects.toThrow(/EADDRINUSE/);
  });
});
