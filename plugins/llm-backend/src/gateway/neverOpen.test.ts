import { KubeApiError, KubeObject } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import type { StoredObject } from '@slipway/sandbox';
import { exampleModel } from '../models/__testUtils__/examples';
import { kind, NAMESPACE } from '../models/__testUtils__/onSandbox';
import {
  BeforeWrite,
  GuardedCluster,
  idOf,
  Mode,
} from './__testUtils__/guardedCluster';
import { modelDigest } from './modelDigest';

jest.setTimeout(600_000);

const GATEWAY = 'envoy-gateway-system';
const GUARDS = [
  ['referencegrants', 'gateway.networking.k8s.io', 'slipway-system'],
  ['clienttrafficpolicies', 'gateway.envoyproxy.io', GATEWAY],
  ['securitypolicies', 'gateway.envoyproxy.io', GATEWAY],
] as const;

const POLICIES = kind(
  'gateway.envoyproxy.io/v1alpha1',
  'SecurityPolicy',
  'securitypolicies',
);

let cluster: GuardedCluster;

beforeEach(async () => {
  cluster = await GuardedCluster.start();
});

afterEach(async () => {
  await cluster.stop();
});

function model(name: string, access: Record<string, unknown>): KubeObject {
  const {
    apiVersion,
    kind: kindName,
    spec,
  } = exampleModel({
    model: { name: idOf(name), storage: { size: '50Gi' } },
    resources: { gpu: { count: 0, type: 'nvidia' } },
  });
  return {
    apiVersion,
    kind: kindName,
    metadata: { name, namespace: NAMESPACE },
    spec: { ...Object(spec), access },
  };
}

const crew = () => model('crew', { groups: ['llm'] });
const open = () => model('open', { public: true });

const isReady = (name: string) =>
  cluster.operator.phase(name) === 'Ready' &&
  cluster.operator.condition(name, 'ExternalEndpointReady').status === 'True' &&
  cluster.operator.condition(name, 'InternalEndpointReady').status === 'True';

const policy = (name: string) =>
  cluster.operator.get('gateway.envoyproxy.io', 'securitypolicies', name);

/** The objects that all routes of the listeners share. */
const guards = () =>
  GUARDS.flatMap(([plural, group, namespace]) =>
    cluster.operator.list(group, plural, namespace),
  ).filter(({ metadata }) => metadata.name.startsWith('slipway-'));

/** Models answer by the rules of a mode, and nothing of the other mode is left. */
const settledIn =
  (mode: Mode, names = ['crew', 'open']) =>
  () =>
    names.every(
      name =>
        isReady(name) &&
        ['external', 'internal'].every(
          endpoint =>
            (policy(`${name}-${endpoint}-auth`)?.spec.mergeType !==
              undefined) ===
            (mode === 'authorizer'),
        ),
    ) && guards().length === (mode === 'authorizer' ? 5 : 2);

/** Nothing of any model is left. */
const isEmpty = () => cluster.operator.everything().length === 0;

const until = (isDone: () => boolean | Promise<boolean>, what: string) =>
  waitFor(isDone, { what }).catch(error => {
    throw new Error(
      `${error.message}; ${JSON.stringify(
        ['crew', 'open'].map(name => cluster.operator.model(name)?.status),
        undefined,
        1,
      )}; leaks: ${cluster.leaks.join('\n')}`,
    );
  });

/** A way from one state to another, which the operator goes while it is killed on the way, at every write in turn. */
interface Way {
  from: () => Promise<void>;
  mode: Mode;
  change: () => Promise<void>;
  arrived: () => boolean | Promise<boolean>;
}

/** Kills the operator before its n-th write to the gateway, for every n there is; another one then goes on to the end. */
async function killedAtEveryWrite(way: Way): Promise<number> {
  for (let writes = 0; ; writes++) {
    await way.from();
    await cluster.operator.stopOperators();
    await way.change();
    let left = writes;
    let died = false;
    await cluster.startOperator(way.mode, () => {
      died ||= left-- <= 0;
      if (died) {
        throw new Error('the process was killed');
      }
    });
    await until(async () => died || (await way.arrived()), `write ${writes}`);
    await cluster.operator.stopOperators();
    await cluster.probe(`when killed before write ${writes}`);
    await cluster.startOperator(way.mode);
    await until(way.arrived, `the end after being killed at ${writes}`);
    await cluster.probe(`at the end after being killed at ${writes}`);
    expect(cluster.leaks).toEqual([]);
    if (!died) {
      return writes;
    }
  }
}

async function remove({ apiVersion, kind: name, metadata }: StoredObject) {
  const plurals: Record<string, string> = {
    SecurityPolicy: 'securitypolicies',
    ClientTrafficPolicy: 'clienttrafficpolicies',
    ReferenceGrant: 'referencegrants',
  };
  await cluster.operator.client.delete(kind(apiVersion, name, plurals[name]), {
    namespace: metadata.namespace,
    name: metadata.name,
  });
}

/** The listeners' policies and the strippings. */
const shared = () => guards().filter(each => each.kind !== 'ReferenceGrant');

const isJudged = ({ metadata, status }: StoredObject) =>
  status?.ancestors?.[0]?.conditions?.[0]?.observedGeneration ===
  metadata.generation;

/** Makes what the listeners share as another version of the operator would have it, and waits for the gateway to take it over. */
async function fromAnotherVersion(): Promise<void> {
  for (const { apiVersion, kind: name, metadata } of shared()) {
    const isPolicy = name === 'SecurityPolicy';
    await cluster.operator.client.mergePatch(
      kind(
        apiVersion,
        name,
        isPolicy ? 'securitypolicies' : 'clienttrafficpolicies',
      ),
      { namespace: metadata.namespace, name: metadata.name },
      {
        spec: isPolicy
          ? { extAuth: { timeout: '1s' } }
          : { connection: { bufferLimit: '33Mi' } },
      },
    );
  }
  await until(() => shared().every(isJudged), 'the gateway has taken it over');
}

const isOfThisVersion = ({ spec }: StoredObject) =>
  spec.extAuth?.timeout !== '1s' && spec.connection?.bufferLimit !== '33Mi';

const routeUids = () =>
  cluster.operator
    .list('aigateway.envoyproxy.io', 'aigatewayroutes')
    .map(({ metadata }) => metadata.uid);

const objectOf = ({ kind: name, metadata }: StoredObject) =>
  [...guards(), policy(metadata.name)].find(
    each => each?.kind === name && each.metadata.name === metadata.name,
  );

async function nothing(): Promise<void> {
  await cluster.operator.stopOperators();
  await cluster.startOperator('native');
  for (const name of ['crew', 'open']) {
    if (cluster.operator.model(name)) {
      await cluster.operator.delete(name);
    }
  }
  await until(() => isEmpty() && guards().length === 2, 'nothing is left');
  await cluster.operator.stopOperators();
  // What outlives the operator, so that the next one begins on a fresh cluster.
  await Promise.all(guards().map(remove));
}

const both = (mode: Mode) => async () => {
  await cluster.operator.stopOperators();
  await cluster.startOperator(mode);
  await cluster.operator.apply(crew());
  await cluster.operator.apply(open());
  await until(settledIn(mode), `both models in mode ${mode}`);
};

/** Whoever has a grant gets through: what all this is for. The authorizer hears of a model's readiness by its own watch. */
const served = async (mode: Mode) => {
  const statuses = async () => [
    (await cluster.granted('internal')).status,
    (await cluster.granted('external')).status,
  ];
  const expected = [200, mode === 'authorizer' ? 200 : 403];
  let last: number[] = [];
  await until(async () => {
    last = await statuses();
    return String(last) === String(expected);
  }, `mara is answered ${expected}`);
  expect(last).toEqual(expected);
};

describe('never open, whenever the operator is killed', () => {
  it('while the listeners are guarded and a model arrives', async () => {
    const writes = await killedAtEveryWrite({
      from: nothing,
      mode: 'authorizer',
      change: async () => {
        await cluster.operator.apply(crew());
      },
      arrived: settledIn('authorizer', ['crew']),
    });
    await served('authorizer');
    // A leave, two strippings, two listeners; a policy and a route for each endpoint.
    expect(writes).toBeGreaterThanOrEqual(9);
    expect(cluster.refused).toBeGreaterThan(1000);
  });

  it('while a model gets another id: one that was judged for either never reaches the other', async () => {
    const answersTo = (id: string) => () =>
      settledIn('authorizer')() &&
      cluster.operator.model('crew')?.status.servedModelId === id &&
      ['external', 'internal'].every(endpoint =>
        JSON.stringify(policy(`crew-${endpoint}-auth`)?.spec).includes(
          modelDigest(id),
        ),
      );
    const writes = await killedAtEveryWrite({
      from: async () => {
        await both('authorizer')();
        await until(answersTo(idOf('crew')), 'the old id');
      },
      mode: 'authorizer',
      change: () =>
        cluster.operator.change('crew', { model: { name: idOf('crew2') } }),
      arrived: answersTo(idOf('crew2')),
    });
    // A policy and a route for each endpoint.
    expect(writes).toBeGreaterThanOrEqual(4);
    await until(
      async () => (await cluster.granted('external', 'crew2')).status === 200,
      'mara may call it by its new id',
    );
    expect((await cluster.granted('external', 'crew')).status).toBe(404);
  });

  it('while models go', async () => {
    const writes = await killedAtEveryWrite({
      from: both('authorizer'),
      mode: 'authorizer',
      change: async () => {
        await cluster.operator.delete('crew');
        await cluster.operator.delete('open');
      },
      arrived: isEmpty,
    });
    // A policy and a route for each model and endpoint.
    expect(writes).toBeGreaterThanOrEqual(8);
  });

  it('while a live cluster begins to ask the authorizer', async () => {
    const writes = await killedAtEveryWrite({
      from: both('native'),
      mode: 'authorizer',
      change: async () => {},
      arrived: settledIn('authorizer'),
    });
    await served('authorizer');
    // A leave, two strippings, two listeners, four policies of models.
    expect(writes).toBeGreaterThanOrEqual(9);
  });

  it('while a new version changes all that the listeners share: no route is touched, and whoever has a grant gets through all the while', async () => {
    let before: string[] = [];
    const lost: string[] = [];
    const writes = await killedAtEveryWrite({
      from: both('authorizer'),
      mode: 'authorizer',
      change: async () => {
        await fromAnotherVersion();
        before = routeUids();
      },
      arrived: async () => {
        const { status } = await cluster.granted('internal');
        if (String(routeUids()) !== String(before) || status !== 200) {
          lost.push(`${status} by ${routeUids()} instead of ${before}`);
        }
        return settledIn('authorizer')() && shared().every(isOfThisVersion);
      },
    });
    // Two strippings, two listeners.
    expect(writes).toBe(4);
    expect(lost).toEqual([]);
  });

  it('while a live cluster stops asking it', async () => {
    const writes = await killedAtEveryWrite({
      from: both('authorizer'),
      mode: 'native',
      change: async () => {},
      arrived: settledIn('native'),
    });
    await served('native');
    expect(writes).toBeGreaterThanOrEqual(9);
  });
});

describe('never open, whatever fails', () => {
  const refusing =
    (kindName: string): BeforeWrite =>
    written => {
      if (written === kindName) {
        throw new KubeApiError(
          { code: 403, reason: 'Forbidden', message: `no ${kindName} here` },
          `apply ${kindName}`,
        );
      }
    };
  const reasons = () =>
    ['ExternalEndpointReady', 'InternalEndpointReady'].map(
      type => cluster.operator.condition('crew', type).reason,
    );
  const routes = () =>
    cluster.operator.list('aigateway.envoyproxy.io', 'aigatewayroutes');

  it.each([
    ['ReferenceGrant', 'AuthorizerRefused'],
    ['ClientTrafficPolicy', 'AuthorizerPending'],
    ['SecurityPolicy', 'PolicyRefused'],
    ['AIGatewayRoute', 'RouteRefused'],
  ])(
    'the cluster refuses every %s: no route, and the reason has a name',
    async (kindName, reason) => {
      await cluster.startOperator('authorizer', refusing(kindName));
      await cluster.operator.apply(crew());
      await until(
        () => reasons().every(found => found === reason),
        `both endpoints say ${reason}`,
      );
      expect(routes()).toEqual([]);
      await cluster.probe(`while every ${kindName} is refused`);
      await cluster.operator.stopOperators();
      await cluster.startOperator('authorizer');
      await until(settledIn('authorizer', ['crew']), 'it heals');
      await served('authorizer');
      expect(cluster.leaks).toEqual([]);
    },
  );

  it.each([
    ['authorizer', 9],
    ['native', 6],
  ] as const)(
    'mode %s: somebody deletes one of the objects while no operator is there to repair it; the next one does',
    async (mode, count) => {
      await both(mode)();
      await cluster.operator.stopOperators();
      const ours = [
        ...guards(),
        ...['crew', 'open'].flatMap(name =>
          ['external', 'internal'].flatMap(
            endpoint => policy(`${name}-${endpoint}-auth`) ?? [],
          ),
        ),
      ];
      expect(ours).toHaveLength(count);
      for (const object of ours) {
        await remove(object);
        const what = `${object.kind} ${object.metadata.name}`;
        await cluster.probe(`at once after ${what} was deleted`);
        await cluster.probe(`later after ${what} was deleted`);
        await cluster.startOperator(mode);
        await until(
          () => objectOf(object) !== undefined && settledIn(mode)(),
          `${what} is repaired`,
        );
        await served(mode);
        await cluster.operator.stopOperators();
        await cluster.probe(`after ${what} was repaired`);
      }
      expect(cluster.leaks).toEqual([]);
    },
  );

  it("somebody deletes all that guards the listeners at once: stripping is repaired first, which closes them, and no model's policy is touched", async () => {
    await both('authorizer')();
    await cluster.operator.stopOperators();
    await Promise.all(guards().map(remove));
    const written: string[] = [];
    await cluster.startOperator('authorizer', (kindName, name) => {
      written.push(`${kindName} ${name}`);
      if (kindName === 'ClientTrafficPolicy') {
        // What passes before this can't be prevented where others may write to the gateway's namespace.
        cluster.leaks.length = 0;
      }
    });
    await until(settledIn('authorizer'), 'all is repaired');
    await cluster.probe('after the repair');
    await served('authorizer');
    expect(written.slice(0, 2)).toEqual([
      'ClientTrafficPolicy slipway-strip-headers-ai-llm-https',
      'ClientTrafficPolicy slipway-strip-headers-ai-llm-internal-https',
    ]);
    expect(written.filter(each => each.endsWith('-auth'))).toEqual([]);
    expect(cluster.leaks).toEqual([]);
  });

  it("the authorizer's Service is away: refused with the reason, no route is touched, and all is well when it is back", async () => {
    await both('authorizer')();
    const uids = () => routes().map(({ metadata }) => metadata.uid);
    const before = uids();
    const service = cluster.operator.get(
      '',
      'services',
      'slipway-authorizer',
      'slipway-system',
    );
    const services = kind('v1', 'Service', 'services');
    const where = { namespace: 'slipway-system', name: 'slipway-authorizer' };
    await cluster.operator.client.delete(services, where);
    await until(
      () => reasons().every(found => found === 'AuthorizerRefused'),
      'both endpoints say AuthorizerRefused',
    );
    expect(
      cluster.operator.condition('crew', 'ExternalEndpointReady').message,
    ).toContain('service slipway-system/slipway-authorizer not found');
    await cluster.probe('while there is no Service');
    expect((await cluster.granted('external')).status).toBe(403);
    await cluster.operator.client.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: where,
      spec: { ports: service?.spec.ports },
    });
    await until(settledIn('authorizer'), 'all is well');
    await served('authorizer');
    expect(uids()).toEqual(before);
    expect(cluster.leaks).toEqual([]);
  });

  it('somebody changes the policy for the whole Gateway: while the gateway has not accepted that, all goes on', async () => {
    await both('authorizer')();
    await cluster.operator.stopOperators();
    const before = routeUids();
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    await cluster.startOperator('authorizer', kindName =>
      kindName === 'ClientTrafficPolicy' ? held : undefined,
    );
    await cluster.operator.client.mergePatch(
      kind(
        'gateway.envoyproxy.io/v1alpha1',
        'ClientTrafficPolicy',
        'clienttrafficpolicies',
      ),
      { namespace: GATEWAY, name: 'ai' },
      { spec: { connection: { bufferLimit: '64Mi' } } },
    );
    try {
      await until(
        () => reasons().every(found => found === 'AuthorizerPending'),
        'both endpoints say AuthorizerPending',
      );
      await served('authorizer');
      expect(cluster.operator.phase('crew')).toBe('Ready');
      expect(cluster.operator.model('crew')?.status.endpoints).toEqual({
        external: expect.any(String),
        internal: expect.any(String),
      });
      await cluster.probe('while the gateway has not accepted the change');
    } finally {
      release();
    }
    await until(
      () =>
        settledIn('authorizer')() &&
        shared().every(
          ({ spec }) => (spec.connection?.bufferLimit ?? '64Mi') === '64Mi',
        ),
      'the change is in force',
    );
    expect(routeUids()).toEqual(before);
    expect(cluster.leaks).toEqual([]);
  });

  it("somebody else's policy is on the listener: no route is made, and the condition names the conflict", async () => {
    await cluster.operator.client.create(POLICIES, {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'SecurityPolicy',
      metadata: { name: 'a-stranger', namespace: GATEWAY },
      spec: {
        targetRefs: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'Gateway',
            name: 'ai',
            sectionName: 'llm-https',
          },
        ],
        authorization: { defaultAction: 'Allow' },
      },
    });
    await cluster.startOperator('authorizer');
    await cluster.operator.apply(crew());
    await cluster.operator.untilReason(
      'crew',
      'ExternalEndpointReady',
      'AuthorizerRefused',
    );
    expect(
      cluster.operator.condition('crew', 'ExternalEndpointReady').message,
    ).toContain('another SecurityPolicy has already attached to it');
    await cluster.probe('with a policy of somebody else on the listener');
    expect(routes().map(({ metadata }) => metadata.name)).not.toContain(
      'crew-external',
    );
    expect(cluster.leaks).toEqual([]);
  });
});

describe('a narrower access', () => {
  it('takes effect at once, for keys and tokens that exist, also while no operator is there', async () => {
    await cluster.startOperator('authorizer');
    await cluster.operator.apply(crew());
    await until(settledIn('authorizer', ['crew']), 'the model is there');
    await served('authorizer');
    await cluster.operator.stopOperators();
    await cluster.operator.change('crew', { access: { groups: ['research'] } });
    const codes = async () => [
      (await cluster.granted('external')).code,
      (await cluster.granted('internal')).code,
    ];
    await until(
      async () => (await codes()).every(code => code === 'model_not_found'),
      'mara is refused',
    );
    expect(await codes()).toEqual(['model_not_found', 'model_not_found']);
    await cluster.operator.change('crew', { access: { groups: ['llm'] } });
    await until(
      async () => (await cluster.granted('internal')).status === 200,
      'mara may call again',
    );
    await served('authorizer');
  });
});
