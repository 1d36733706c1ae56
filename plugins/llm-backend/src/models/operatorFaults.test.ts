import { Clock, KubeClient, systemClock } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { isRecord, listAt, textAt } from './json';
import {
  kind,
  model,
  NAMESPACE,
  OperatorOnSandbox,
} from './__testUtils__/onSandbox';

jest.setTimeout(120_000);

const CHART = path.resolve(
  __dirname,
  '..',
  '..',
  '..',
  '..',
  'charts',
  'slipway',
  'files',
);
const HTTP_ROUTES = {
  group: 'gateway.networking.k8s.io',
  plural: 'httproutes',
};
const POLICIES = kind(
  'gateway.envoyproxy.io/v1alpha1',
  'SecurityPolicy',
  'securitypolicies',
);

let cluster: OperatorOnSandbox;

beforeEach(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterEach(async () => {
  await cluster.stop();
});

const START_MS = Date.now();

/** A clock that runs 60 times as fast, for waits of minutes. */
const hurriedClock: Clock = {
  monotonicMs: () => systemClock.monotonicMs() * 60,
  wallMs: () => systemClock.wallMs() * 60 - START_MS * 59,
  setTimer: (delayMs, callback) => systemClock.setTimer(delayMs / 60, callback),
};

/** The client of a process that dies at its n-th write: that one and all later calls fail. */
function dyingClient(
  client: KubeClient,
  writes: number,
): { client: KubeClient; died: () => boolean } {
  let left = writes;
  const isWrite = (name: string) =>
    ['create', 'update', 'apply', 'mergePatch', 'delete'].includes(name);
  const proxy = new Proxy(client, {
    get(target, name: keyof KubeClient) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') {
        return method;
      }
      return (...args: unknown[]) => {
        if (isWrite(name) && left-- <= 0) {
          return Promise.reject(new Error('the process was killed'));
        }
        return Reflect.apply(method, target, args);
      };
    },
  });
  return { client: proxy, died: () => left < 0 };
}

describe('killed and restarted', () => {
  /** What a model consists of, whatever its name; names that the cluster made up are left out. */
  const shape = (name: string) =>
    cluster
      .everything()
      .filter(each => each.includes(name))
      .map(each =>
        /^(Pod|ReplicaSet)\//.test(each)
          ? each.split('/')[0]
          : each.replaceAll(name, 'm'),
      )
      .map(each => each.replace(/[0-9a-f]{8}$/, 'hash'))
      .sort();

  /** Lets an operator die at its n-th write, or finish if it needs fewer. */
  async function untilKilled(
    name: string,
    writes: number,
    isDone: () => boolean,
  ): Promise<void> {
    let died = () => false;
    await cluster.startOperator({
      wrap: client => {
        const dying = dyingClient(client, writes);
        died = dying.died;
        return dying.client;
      },
    });
    await waitFor(() => died() || isDone(), {
      what: `the operator of ${name} dies`,
    });
    await cluster.stopOperators();
  }

  const isReady = (name: string) => () => cluster.phase(name) === 'Ready';
  const isGone = (name: string) => () => shape(name).length === 0;

  it('at any write ends in the same state', async () => {
    const cpuOnly = { resources: { gpu: { count: 0, type: 'nvidia' } } };
    await cluster.startOperator();
    await cluster.apply(model('whole', cpuOnly));
    await cluster.untilReady('whole');
    const expected = shape('whole');
    await cluster.stopOperators();
    for (let writes = 0; writes <= 30; writes += 3) {
      const name = `killed${writes}`;
      await cluster.apply(model(name, cpuOnly));
      await untilKilled(name, writes, isReady(name));
      await cluster.startOperator();
      await cluster.untilReady(name);
      expect(shape(name)).toEqual(expected);
      await cluster.delete(name);
      await waitFor(isGone(name), {
        what: `${name} is gone`,
      });
      await cluster.stopOperators();
    }
  });

  it('in the middle of a teardown leaves nothing', async () => {
    for (let writes = 0; writes <= 6; writes += 2) {
      const name = `torn${writes}`;
      await cluster.startOperator();
      await cluster.apply(
        model(name, { resources: { gpu: { count: 0, type: 'nvidia' } } }),
      );
      await cluster.untilReady(name);
      await cluster.stopOperators();
      await cluster.delete(name);
      await untilKilled(name, writes, isGone(name));
      await cluster.startOperator();
      await cluster.untilNothingIsLeft();
      await cluster.stopOperators();
    }
    expect(cluster.everything()).toEqual([]);
  });
});

describe('never open', () => {
  it('no route ever exists without its policy, and the listeners deny by default before any model does', async () => {
    await cluster.startOperator();
    await waitFor(() =>
      ['llm-https', 'llm-internal-https'].every(listener =>
        cluster.get(
          'gateway.envoyproxy.io',
          'securitypolicies',
          `slipway-default-deny-ai-${listener}`,
          'envoy-gateway-system',
        ),
      ),
    );
    const unguarded: string[] = [];
    const check = (name: string) => {
      if (
        !cluster.get(
          'gateway.envoyproxy.io',
          'securitypolicies',
          `${name}-auth`,
        )
      ) {
        unguarded.push(name);
      }
    };
    cluster.sandbox.cluster.subscribe(
      HTTP_ROUTES,
      change => change.type !== 'DELETED' && check(change.object.metadata.name),
    );
    cluster.sandbox.cluster.subscribe(
      { group: 'gateway.envoyproxy.io', plural: 'securitypolicies' },
      change => {
        const route = change.object.metadata.name.replace(/-auth$/, '');
        if (
          change.type === 'DELETED' &&
          cluster.sandbox.cluster.get(HTTP_ROUTES, NAMESPACE, route)
        ) {
          unguarded.push(route);
        }
      },
    );
    await cluster.apply(model('guarded'));
    await cluster.untilReady('guarded');
    await cluster.change('guarded', {
      access: { public: false, groups: ['developers'] },
    });
    await cluster.untilReady('guarded', 2);
    await cluster.change('guarded', {
      endpoints: { internal: { enabled: false } },
    });
    await cluster.untilReady('guarded', 3);
    await cluster.delete('guarded');
    await cluster.untilNothingIsLeft();
    expect(unguarded).toEqual([]);
  });

  it('a policy that the gateway refuses takes the route away, also after a restart, until it is accepted', async () => {
    // Somebody else's policy has the route already: Envoy Gateway refuses ours as conflicted. Of two that are made in the same second the
    // first by name wins.
    const foreign = { name: 'a-squatter', namespace: NAMESPACE };
    await cluster.client.create(POLICIES, {
      apiVersion: POLICIES.apiVersion,
      kind: POLICIES.kind,
      metadata: foreign,
      spec: {
        targetRefs: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'HTTPRoute',
            name: 'refused-internal',
          },
        ],
        authorization: { defaultAction: 'Deny' },
      },
    });
    await cluster.startOperator({ clock: hurriedClock });
    await cluster.apply(model('refused'));
    await cluster.untilReason(
      'refused',
      'InternalEndpointReady',
      'PolicyRefused',
    );
    expect(
      cluster.condition('refused', 'InternalEndpointReady').message,
    ).toContain('another SecurityPolicy');
    const route = () =>
      cluster.get(
        'aigateway.envoyproxy.io',
        'aigatewayroutes',
        'refused-internal',
      );
    await waitFor(() => !route());
    // The gateway judges while the servers still start; then the other endpoint serves.
    await waitFor(() => cluster.phase('refused') === 'Degraded');
    expect(cluster.model('refused')?.status.endpoints).not.toHaveProperty(
      'internal',
    );
    await cluster.stopOperators();
    await cluster.startOperator({ clock: hurriedClock });
    await cluster.change('refused', { endpoints: { requestTimeout: '5m' } });
    await waitFor(
      () => cluster.model('refused')?.status.observedGeneration === 2,
    );
    expect(route()).toBeUndefined();
    await cluster.client.delete(POLICIES, foreign);
    await cluster.untilReady('refused');
  });

  it('nobody gets in from outside, and from inside only who is in a group of the model', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('chat', { access: { public: false, groups: ['llm'] } }),
    );
    await cluster.untilReady('chat');
    const { gatewayUrl, internalGatewayUrl } = cluster.sandbox;
    const mara = await tokenOf('mara');
    const otto = await tokenOf('otto');
    const answers = await Promise.all([
      ask(internalGatewayUrl, 'acme/chat', mara),
      ask(internalGatewayUrl, 'acme/chat', otto),
      ask(internalGatewayUrl, 'acme/chat', undefined),
      ask(internalGatewayUrl, 'acme/chat', 'nonsense'),
      ask(gatewayUrl, 'acme/chat', mara),
      ask(gatewayUrl, 'acme/chat', undefined),
      ask(gatewayUrl, 'acme/chat', 'sk-something'),
    ]);
    expect(answers).toEqual([200, 403, 401, 401, 403, 403, 403]);
    await cluster.change('chat', { access: { groups: ['research'] } });
    await cluster.untilReady('chat', 2);
    expect(await ask(internalGatewayUrl, 'acme/chat', mara)).toBe(403);
  });

  it('a model without its weights has policies and routes, and a Deployment that holds no GPU', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('gated', {
        model: {
          name: 'gated/chat',
          authSecretName: 'hf',
          storage: { size: '50Gi' },
        },
        access: { public: false, groups: ['llm'] },
      }),
    );
    await cluster.untilReason('gated', 'WeightsReady', 'SecretNotFound');
    await cluster.untilReason('gated', 'InternalEndpointReady', 'Programmed');
    await cluster.untilReason('gated', 'EndpointPickerReady', 'Available');
    const server = () => cluster.get('apps', 'deployments', 'gated');
    expect(server()?.spec.paused).toBe(true);
    const serving = cluster
      .list('', 'pods')
      .filter(
        ({ metadata }) =>
          metadata.labels?.['app.kubernetes.io/name'] === 'llmmodel',
      );
    expect(serving).toEqual([]);
    const { gatewayUrl, internalGatewayUrl } = cluster.sandbox;
    const mara = await tokenOf('mara');
    const answers = await Promise.all([
      ask(internalGatewayUrl, 'gated/chat', mara),
      ask(internalGatewayUrl, 'gated/chat', await tokenOf('otto')),
      ask(internalGatewayUrl, 'gated/chat', undefined),
      ask(gatewayUrl, 'gated/chat', mara),
    ]);
    expect(answers).toEqual([503, 403, 401, 403]);
    expect(cluster.model('gated')?.status).not.toHaveProperty('endpoints');
    await cluster.createSecret('hf');
    await cluster.untilReady('gated');
    expect(server()?.spec).not.toHaveProperty('paused');
    expect(server()?.metadata.annotations).not.toHaveProperty(
      'llm.nebari.dev/held',
    );
    expect(await ask(internalGatewayUrl, 'gated/chat', mara)).toBe(200);
  });
});

async function tokenOf(persona: string): Promise<string> {
  const response = await fetch(`${cluster.sandbox.oidcIssuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'slipway-cli',
      username: persona,
      password: persona,
      scope: 'openid groups',
    }),
  });
  return textAt(await response.json(), 'access_token') ?? '';
}

/** Status of a chat completion. */
function ask(
  base: string,
  modelId: string,
  token: string | undefined,
): Promise<number> {
  const url = new URL('/v1/chat/completions', base);
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: '127.0.0.1',
        port: url.port,
        servername: url.hostname,
        path: url.pathname,
        method: 'POST',
        ca: cluster.sandbox.caCert,
        agent: false,
        headers: {
          host: url.host,
          'content-type': 'application/json',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
      },
      response => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    request.on('error', reject);
    request.end(
      JSON.stringify({
        model: modelId,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    );
  });
}

describe('an unreliable API server', () => {
  const fault = async (body: Record<string, unknown>) => {
    const response = await fetch(`${cluster.sandbox.adminUrl}/faults`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    expect(response.ok).toBe(true);
  };

  it('conflicts, failures, expired watches and lost connections only delay a model', async () => {
    await cluster.apply(model('patient'));
    await fault({ type: 'conflict', plural: 'llmmodels', times: 2 });
    await fault({ type: 'conflict', plural: 'securitypolicies', times: 2 });
    await fault({
      type: 'error',
      code: 503,
      plural: 'deployments',
      verb: 'patch',
      times: 2,
    });
    await fault({
      type: 'error',
      code: 500,
      plural: 'persistentvolumeclaims',
      verb: 'patch',
      times: 1,
    });
    await cluster.startOperator();
    await waitFor(() => cluster.list('', 'services').length > 0);
    await fault({ type: 'expire-watches' });
    await fault({ type: 'drop-connections' });
    await waitFor(() => cluster.phase('patient') === 'Ready');
    await cluster.delete('patient');
    await cluster.untilNothingIsLeft();
    expect(cluster.everything()).toEqual([]);
  });

  it('an object that the server refuses gives the model a reason with its words', async () => {
    await fault({
      type: 'error',
      code: 403,
      plural: 'services',
      verb: 'patch',
      times: 1_000,
    });
    await cluster.startOperator();
    await cluster.apply(model('refused'));
    await cluster.untilReason('refused', 'WorkloadReady', 'WriteRefused');
    expect(cluster.condition('refused', 'WorkloadReady').message).toContain(
      'forbidden by a fault of the sandbox',
    );
    expect(cluster.phase('refused')).toBe('Error');
  });

  it('a webhook that is away has its words in the reason, and does not keep a route that is not wanted', async () => {
    await cluster.startOperator();
    await cluster.apply(model('hooked'));
    await cluster.untilReady('hooked');
    const routes = () =>
      cluster
        .list('aigateway.envoyproxy.io', 'aigatewayroutes')
        .map(({ metadata }) => metadata.name);
    expect(routes()).toContain('hooked-external');
    await fault({
      type: 'error',
      code: 500,
      plural: 'deployments',
      verb: 'patch',
      times: 1_000,
    });
    await cluster.change('hooked', {
      serving: { image: 'registry.example.com/vllm:next' },
      endpoints: { external: { enabled: false } },
    });
    await cluster.untilReason('hooked', 'WorkloadReady', 'WriteRefused');
    expect(routes()).toEqual(['hooked-internal']);
    expect(cluster.condition('hooked', 'WorkloadReady').message).toContain(
      'Deployment hooked',
    );
    expect(cluster.phase('hooked')).toBe('Degraded');
  });
});

describe('with exactly the rights of the chart', () => {
  it.each([
    ['the gateway judges', {}],
    [
      'the authorizer is asked',
      { authorizer: 'slipway-system/slipway-authorizer:9002' },
    ],
  ])(
    'a model becomes Ready and goes again, and nothing else was asked for: %s',
    async (_, more) => {
      const kubeconfig = await kubeconfigOfOperator();
      const refused: string[] = [];
      await cluster.startOperator({
        kubeconfig,
        settings: cluster.settings(more),
        leaderElection: true,
        hooks: {
          onCall: ({ verb, resource, code }) =>
            code === 403 && refused.push(`${verb} ${resource}`),
        },
      });
      await cluster.createSecret('hf');
      await cluster.apply(
        model('least', {
          model: {
            name: 'gated/least',
            source: 'huggingface',
            authSecretName: 'hf',
            storage: { size: '50Gi' },
          },
          serving: { monitoring: { enabled: true } },
        }),
      );
      await cluster.untilReady('least');
      await cluster.change('least', { model: { revision: 'v2' } });
      await waitFor(
        () =>
          textAt(cluster.model('least'), 'status', 'servedRevision') === 'v2',
      );
      await cluster.delete('least');
      await cluster.untilNothingIsLeft();
      expect([...new Set(refused)]).toEqual(['list secrets']);
    },
  );
});

/** A kubeconfig for a ServiceAccount that holds what `charts/slipway/files` grants to the operator. */
async function kubeconfigOfOperator(): Promise<string> {
  const rbac = 'rbac.authorization.k8s.io';
  const rules = (file: string): unknown =>
    parse(fs.readFileSync(path.join(CHART, file), 'utf8'));
  const subjects = [
    { kind: 'ServiceAccount', name: 'slipway-operator', namespace: 'default' },
  ];
  const create = (plural: string, object: Record<string, unknown>) =>
    cluster.sandbox.cluster.create(
      { group: object.apiVersion === 'v1' ? '' : rbac, plural },
      object,
      'test',
    );
  create('serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'slipway-operator', namespace: 'default' },
  });
  for (const [scope, file] of [
    ['Cluster', 'operator-cluster-rules.yaml'],
    ['', 'operator-namespace-rules.yaml'],
  ]) {
    const metadata = {
      name: 'slipway-operator',
      ...(scope ? {} : { namespace: 'default' }),
    };
    const plural = scope ? 'clusterrole' : 'role';
    create(`${plural}s`, {
      apiVersion: `${rbac}/v1`,
      kind: `${scope}Role`,
      metadata,
      rules: rules(file),
    });
    create(`${plural}bindings`, {
      apiVersion: `${rbac}/v1`,
      kind: `${scope}RoleBinding`,
      metadata,
      subjects,
      roleRef: {
        apiGroup: rbac,
        kind: `${scope}Role`,
        name: 'slipway-operator',
      },
    });
  }
  const answer = await cluster.client.create(
    kind('v1', 'ServiceAccount', 'serviceaccounts/slipway-operator/token'),
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: 'slipway-operator', namespace: 'default' },
      spec: { audiences: [], expirationSeconds: 3600 },
    },
  );
  const config: unknown = parse(cluster.sandbox.kubeconfig);
  const [user] = listAt(config, 'users');
  if (!isRecord(config) || !isRecord(user)) {
    throw new Error('the kubeconfig has no user');
  }
  return stringify({
    ...config,
    users: [{ ...user, user: { token: textAt(answer, 'status', 'token') } }],
  });
}
