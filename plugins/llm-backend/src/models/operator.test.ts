import { KubeObject } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { at, textAt } from './json';
import { LLM_MODELS } from './kinds';
import {
  kind,
  model,
  NAMESPACE,
  OperatorOnSandbox,
} from './__testUtils__/onSandbox';

const SHARED =
  process.env.SLIPWAY_SHARED ??
  path.resolve(__dirname, '..', '..', '..', '..', '..', 'shared');
const SAMPLES = path.join(SHARED, 'samples');

let cluster: OperatorOnSandbox;

beforeEach(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterEach(async () => {
  await cluster.stop();
});

const withSamples = fs.existsSync(SAMPLES) ? describe : describe.skip;

withSamples(
  fs.existsSync(SAMPLES) ? 'samples' : `shared folder absent: ${SAMPLES}`,
  () => {
    it.each([
      'minimal',
      'cpu-mock',
      'devstral-small',
      'qwen3-5-35b-a3b-gptq-int4',
    ])('%s becomes Ready', async name => {
      await cluster.startOperator();
      const sample: KubeObject = parse(
        fs.readFileSync(path.join(SAMPLES, `${name}.yaml`), 'utf8'),
      );
      const { namespace = '', name: modelName } = sample.metadata;
      await cluster.createSecret('hf-token', 'hf_token', namespace);
      await cluster.client.create(LLM_MODELS, sample);
      await waitFor(
        () => cluster.model(modelName, namespace)?.status?.phase === 'Ready',
      );
      expect(cluster.model(modelName, namespace)?.status).toMatchObject({
        phase: 'Ready',
        replicas: { ready: 1, desired: 1 },
        endpoints: {
          external: `${cluster.sandbox.gatewayUrl}/v1`,
          internal: `${cluster.sandbox.internalGatewayUrl}/v1`,
        },
      });
    });
  },
);

describe('model ids', () => {
  it('of two models with one id the older claim wins, and the later takes over when it goes', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('first', {
        model: {
          name: 'acme/same',
          source: 'huggingface',
          storage: { size: '50Gi' },
        },
      }),
    );
    await cluster.untilReady('first');
    await cluster.apply(
      model('second', {
        model: {
          name: 'acme/same',
          source: 'huggingface',
          storage: { size: '50Gi' },
        },
      }),
    );
    await cluster.untilReason('second', 'Accepted', 'DuplicateModelId');
    expect(cluster.condition('second', 'Accepted').message).toContain(
      `${NAMESPACE}/first`,
    );
    expect(
      cluster.everything().filter(name => name.includes('second')),
    ).toEqual(['LLMModel/second']);
    await cluster.delete('first');
    await cluster.untilReady('second');
  });
});

describe('names', () => {
  const named = (name: string) =>
    model(name, {
      model: {
        name: `acme/${name}`,
        source: 'huggingface',
        storage: { size: '50Gi' },
      },
    });
  const server = () => cluster.get('', 'services', 'twin-epp')?.metadata;

  it("a model called like another's endpoint picker is told whose name it is, takes nothing from it, and gets on when it goes", async () => {
    await cluster.startOperator();
    await cluster.apply(named('twin'));
    await cluster.untilReady('twin');
    const owner = server()?.ownerReferences;
    await cluster.apply(named('twin-epp'));
    await cluster.untilReason('twin-epp', 'WorkloadReady', 'WriteRefused');
    expect(cluster.condition('twin-epp', 'WorkloadReady').message).toContain(
      'twin-epp belongs to LLMModel twin',
    );
    expect(cluster.phase('twin')).toBe('Ready');
    expect(server()?.ownerReferences).toEqual(owner);
    await cluster.delete('twin');
    // It is tried again every 30 seconds; a change does so at once.
    await cluster.change('twin-epp', { endpoints: { requestTimeout: '60s' } });
    await cluster.untilReady('twin-epp', 2);
    expect(server()?.labels).toMatchObject({
      'llm.nebari.dev/model': 'twin-epp',
    });
  });
});

describe('nothing left behind', () => {
  const stages: [string, (name: string) => boolean][] = [
    ['at once', () => true],
    [
      'with its first objects',
      name => cluster.get('', 'services', name) !== undefined,
    ],
    ['while it downloads', () => cluster.list('batch', 'jobs').length > 0],
    [
      'while it starts',
      name => cluster.get('apps', 'deployments', name) !== undefined,
    ],
    [
      'with its first route',
      name =>
        cluster.get(
          'aigateway.envoyproxy.io',
          'aigatewayroutes',
          `${name}-internal`,
        ) !== undefined,
    ],
    ['when it is Ready', name => cluster.phase(name) === 'Ready'],
  ];

  it.each(stages)('of a model that is deleted %s', async (_, reached) => {
    await cluster.startOperator();
    await cluster.apply(
      model('gone', { serving: { monitoring: { enabled: true } } }),
    );
    await waitFor(() => reached('gone'));
    await cluster.delete('gone');
    await cluster.untilNothingIsLeft();
    expect(cluster.everything()).toEqual([]);
  });

  it('a route is gone before its policy goes', async () => {
    await cluster.startOperator();
    await cluster.apply(model('gone'));
    await cluster.untilReady('gone');
    const order: string[] = [];
    for (const [group, plural] of [
      ['gateway.envoyproxy.io', 'securitypolicies'],
      ['gateway.networking.k8s.io', 'httproutes'],
    ]) {
      cluster.sandbox.cluster.subscribe({ group, plural }, change => {
        if (change.type === 'DELETED') {
          order.push(change.object.kind);
        }
      });
    }
    await cluster.delete('gone');
    await cluster.untilNothingIsLeft();
    expect(order.lastIndexOf('HTTPRoute')).toBeLessThan(
      order.indexOf('SecurityPolicy'),
    );
  });

  it('of an endpoint and of monitoring that are switched off', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('less', { serving: { monitoring: { enabled: true } } }),
    );
    await cluster.untilReady('less');
    expect(cluster.everything()).toEqual(
      expect.arrayContaining(['PodMonitor/less', 'HTTPRoute/less-external']),
    );
    await cluster.change('less', {
      serving: { monitoring: { enabled: false } },
      endpoints: { external: { enabled: false } },
    });
    await waitFor(
      () =>
        !cluster.everything().some(name => /PodMonitor|external/.test(name)),
    );
    await cluster.untilReady('less', 2);
    expect(cluster.model('less')?.status.endpoints).toEqual({
      internal: expect.any(String),
    });
  });
});

describe('weights', () => {
  it('the old revision goes on serving until the new one is there, and its files go afterwards', async () => {
    await cluster.createSecret('hf');
    await cluster.startOperator();
    await cluster.apply(
      model('moving', {
        model: {
          name: 'gated/moving',
          source: 'huggingface',
          authSecretName: 'hf',
          storage: { size: '50Gi' },
        },
      }),
    );
    await cluster.untilReady('moving');
    const served = () =>
      textAt(cluster.model('moving'), 'status', 'servedRevision');
    await cluster.setSecret('hf', 'hf_refused');
    await cluster.change('moving', { model: { revision: 'v2' } });
    await cluster.untilReason('moving', 'WeightsReady', 'SourceForbidden');
    expect(cluster.phase('moving')).toBe('Degraded');
    expect(cluster.model('moving')?.status.replicas).toEqual({
      ready: 1,
      desired: 1,
    });
    expect(served()).toBeUndefined();
    await cluster.setSecret('hf', 'hf_good');
    await waitFor(() => served() === 'v2', {
      what: 'v2 is served',
    });
    await cluster.untilReady('moving', 2);
    const leftovers = () =>
      cluster.get('', 'persistentvolumeclaims', 'moving-model-storage')
        ?.metadata.annotations?.['llm.nebari.dev/leftovers'];
    await waitFor(
      () =>
        leftovers() === undefined && cluster.list('batch', 'jobs').length === 1,
      {
        what: 'the clean-up has run',
      },
    );
  });

  it('are fetched by one Job, however many replicas', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('many', {
        model: {
          name: 'acme/many',
          source: 'huggingface',
          storage: {
            size: '50Gi',
            accessMode: 'ReadWriteMany',
            storageClassName: 'shared',
          },
        },
        serving: { replicas: 3 },
      }),
    );
    await cluster.untilReady('many');
    expect(cluster.list('batch', 'jobs')).toHaveLength(1);
    expect(cluster.model('many')?.status.replicas).toEqual({
      ready: 3,
      desired: 3,
    });
  });
});

describe('spec changes', () => {
  it('correct a download that is stuck on a Secret with a wrong name', async () => {
    await cluster.createSecret('right');
    await cluster.startOperator();
    await cluster.apply(
      model('typo', {
        model: {
          name: 'gated/typo',
          source: 'huggingface',
          authSecretName: 'wrong',
          storage: { size: '50Gi' },
        },
      }),
    );
    await cluster.untilReason('typo', 'WeightsReady', 'SecretNotFound');
    await cluster.change('typo', { model: { authSecretName: 'right' } });
    await cluster.untilReady('typo', 2);
    expect(cluster.list('batch', 'jobs')).toHaveLength(1);
  });

  it('go back from a rolling update and from a storage class, which a real server refuses to change', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('back', {
        model: {
          name: 'acme/back',
          source: 'huggingface',
          storage: { size: '50Gi', storageClassName: 'shared' },
        },
        serving: { updateStrategy: 'RollingUpdate' },
      }),
    );
    await cluster.untilReady('back');
    const deployment = () => cluster.get('apps', 'deployments', 'back');
    expect(at(deployment(), 'spec', 'strategy')).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    });
    await cluster.change('back', {
      model: { storage: { storageClassName: '' } },
      serving: { updateStrategy: 'Recreate' },
    });
    await waitFor(
      () => at(deployment(), 'spec', 'strategy', 'type') === 'Recreate',
      { what: 'the new strategy' },
    );
    expect(at(deployment(), 'spec', 'strategy')).toEqual({ type: 'Recreate' });
    await cluster.untilReady('back', 2);
    expect(
      textAt(
        cluster.get('', 'persistentvolumeclaims', 'back-model-storage'),
        'spec',
        'storageClassName',
      ),
    ).toBe('shared');
  });

  it('give a download that found no room another try with more of it', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('big', {
        model: {
          name: 'acme/big',
          source: 'huggingface',
          storage: { size: '1Gi' },
        },
      }),
    );
    await cluster.untilReason('big', 'WeightsReady', 'DiskFull');
    await cluster.change('big', { model: { storage: { size: '50Gi' } } });
    await cluster.untilReady('big', 2);
    expect(cluster.phase('big')).toBe('Ready');
  });
});

describe('a burst of models', () => {
  it('gets the objects of all before the status of those that have theirs', async () => {
    cluster.sandbox.cluster.create(
      { group: '', plural: 'namespaces' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'private' } },
      'test',
    );
    await Promise.all(
      Array.from({ length: 70 }, (_, index) => {
        const other = model(`other-${index}`);
        other.metadata.namespace = 'private';
        return cluster.apply(other);
      }),
    );
    await cluster.apply(model('new'));
    const seen: string[] = [];
    for (const [group, plural] of [
      ['aigateway.envoyproxy.io', 'aigatewayroutes'],
      ['llm.nebari.dev', 'llmmodels'],
    ]) {
      cluster.sandbox.cluster.subscribe({ group, plural }, ({ object }) => {
        if (object.kind === 'AIGatewayRoute' || object.status?.conditions) {
          seen.push(`${object.kind} ${object.metadata.name}`);
        }
      });
    }
    // With one worker nothing comes between the writes of a pass.
    await cluster.startOperator({ workers: 1 });
    await cluster.untilReady('new');
    const told = seen.indexOf('LLMModel new');
    const made = seen.indexOf('AIGatewayRoute new-internal');
    expect(made).toBeGreaterThanOrEqual(0);
    expect(seen.slice(made, told)).toContainEqual(
      expect.stringContaining('LLMModel other'),
    );
  });
});

describe('own fields only', () => {
  it("other managers' finalizers, labels and annotations survive, and so do replicas of an autoscaler", async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('shared-with', {
        model: {
          name: 'acme/x',
          source: 'huggingface',
          storage: {
            size: '50Gi',
            accessMode: 'ReadWriteMany',
            storageClassName: 'shared',
          },
        },
      }),
    );
    await cluster.untilReady('shared-with');
    const claims = kind(
      'v1',
      'PersistentVolumeClaim',
      'persistentvolumeclaims',
    );
    const deployments = kind('apps/v1', 'Deployment', 'deployments');
    const claim = { namespace: NAMESPACE, name: 'shared-with-model-storage' };
    const server = { namespace: NAMESPACE, name: 'shared-with' };
    await cluster.client.mergePatch(claims, claim, {
      metadata: { labels: { backup: 'yes' } },
    });
    await cluster.client.mergePatch(
      deployments,
      server,
      { spec: { replicas: 2 }, metadata: { annotations: { note: 'kept' } } },
      { fieldManager: 'autoscaler' },
    );
    await waitFor(
      () => cluster.model('shared-with')?.status.replicas.ready === 2,
    );
    await cluster.change('shared-with', {
      endpoints: { requestTimeout: '5m' },
    });
    await cluster.untilReady('shared-with', 2);
    const deployment = cluster.get('apps', 'deployments', 'shared-with');
    expect(deployment?.spec.replicas).toBe(2);
    expect(deployment?.metadata.annotations).toHaveProperty('note', 'kept');
    expect(
      cluster.get('', 'persistentvolumeclaims', 'shared-with-model-storage')
        ?.metadata.labels,
    ).toHaveProperty('backup', 'yes');
    expect(
      cluster.get(
        'aigateway.envoyproxy.io',
        'aigatewayroutes',
        'shared-with-internal',
      )?.metadata.finalizers,
    ).toHaveLength(1);
    await cluster.change('shared-with', { serving: { replicas: 3 } });
    await waitFor(
      () =>
        cluster.get('apps', 'deployments', 'shared-with')?.spec.replicas === 3,
    );
  });

  it('a restart of the operator writes nothing', async () => {
    await cluster.startOperator();
    await cluster.apply(model('calm'));
    await cluster.untilReady('calm');
    await cluster.stopOperators();
    const writes: string[] = [];
    await cluster.startOperator({
      hooks: {
        onCall: ({ verb, resource }) => {
          if (!['get', 'list', 'watch'].includes(verb)) {
            writes.push(`${verb} ${resource}`);
          }
        },
      },
    });
    // A change that concerns the routes alone: whatever else is written is written because of the restart.
    await cluster.change('calm', { endpoints: { requestTimeout: '5m' } });
    await cluster.untilReady('calm', 2);
    await cluster.stopOperators();
    expect([...new Set(writes)].sort()).toEqual([
      'apply aigatewayroutes',
      'apply llmmodels',
    ]);
  });
});
