import { KubeObject } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import { exampleModel } from '../models/__testUtils__/examples';
import { kind, NAMESPACE } from '../models/__testUtils__/onSandbox';
import {
  BeforeWrite,
  GuardedCluster,
  idOf,
  Mode,
} from './__testUtils__/guardedCluster';

jest.setTimeout(600_000);

const GATEWAY = 'envoy-gateway-system';
const GUARDS = [
  ['referencegrants', 'gateway.networking.k8s.io', 'slipway-system'],
  ['clienttrafficpolicies', 'gateway.envoyproxy.io', GATEWAY],
  ['securitypolicies', 'gateway.envoyproxy.io', GATEWAY],
] as const;

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

/** Both models answer by the rules of a mode, and nothing of the other mode is left. */
const settledIn = (mode: Mode) => () =>
  ['crew', 'open'].every(
    name =>
      isReady(name) &&
      ['external', 'internal'].every(
        endpoint =>
          (policy(`${name}-${endpoint}-auth`)?.spec.mergeType !== undefined) ===
          (mode === 'authorizer'),
      ),
  ) && guards().length === (mode === 'authorizer' ? 5 : 2);

/** Nothing of any model is left. */
const isEmpty = () => cluster.operator.everything().length === 0;

const until = (isDone: () => boolean | Promise<boolean>, what: string) =>
  waitFor(isDone, { timeoutMs: 20_000, what }).catch(error => {
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
  for (const { apiVersion, kind: name, metadata } of guards()) {
    const plural = name === 'SecurityPolicy' ? 'securitypolicies' : '';
    await cluster.operator.client.delete(kind(apiVersion, name, plural), {
      namespace: metadata.namespace,
      name: metadata.name,
    });
  }
}

const both = (mode: Mode) => async () => {
  await cluster.operator.stopOperators();
  await cluster.startOperator(mode);
  await cluster.operator.apply(crew());
  await cluster.operator.apply(open());
  await until(settledIn(mode), `both models in mode ${mode}`);
};

const served = async (mode: Mode) => {
  const internal = await cluster.granted('internal');
  const external = await cluster.granted('external');
  expect([internal.status, external.status]).toEqual([
    200,
    mode === 'authorizer' ? 200 : 403,
  ]);
};

describe('never open, whenever the operator is killed', () => {
  it('while the listeners are guarded and models arrive', async () => {
    const writes = await killedAtEveryWrite({
      from: nothing,
      mode: 'authorizer',
      change: async () => {
        await cluster.operator.apply(crew());
        await cluster.operator.apply(open());
      },
      arrived: settledIn('authorizer'),
    });
    await served('authorizer');
    // A leave, two strippings, two listeners; a policy and a route for each model and endpoint.
    expect(writes).toBeGreaterThanOrEqual(13);
    expect(cluster.refused).toBeGreaterThan(1000);
  });

  it('while models go', async () => {
    await killedAtEveryWrite({
      from: both('authorizer'),
      mode: 'authorizer',
      change: async () => {
        await cluster.operator.delete('crew');
        await cluster.operator.delete('open');
      },
      arrived: isEmpty,
    });
  });

  it('while a live cluster begins to ask the authorizer', async () => {
    await killedAtEveryWrite({
      from: both('native'),
      mode: 'authorizer',
      change: async () => {},
      arrived: settledIn('authorizer'),
    });
    await served('authorizer');
  });

  it('while a live cluster stops asking it', async () => {
    await killedAtEveryWrite({
      from: both('authorizer'),
      mode: 'native',
      change: async () => {},
      arrived: settledIn('native'),
    });
    await served('native');
  });
});
