import { waitFor } from '@slipway/controller/testing';
import { listAt, textAt } from './json';
import { kind, model, OperatorOnSandbox } from './__testUtils__/onSandbox';

let cluster: OperatorOnSandbox;

/** A model whose weights are only for who has the token in the Secret `hf`. */
const gated = model('gated', {
  model: {
    name: 'gated/model',
    source: 'huggingface',
    authSecretName: 'hf',
    storage: { size: '50Gi' },
  },
});

/** A model that takes all GPUs of a node. */
const ofWholeNode = (name: string) =>
  model(name, { resources: { gpu: { count: 8, type: 'nvidia' } } });

beforeEach(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterEach(async () => {
  await cluster.stop();
});

describe('every failure has a name, and heals', () => {
  it('a Secret that is missing', async () => {
    await cluster.startOperator();
    await cluster.apply(gated);
    await cluster.untilReason('gated', 'WeightsReady', 'SecretNotFound');
    expect(cluster.phase('gated')).toBe('Error');
    await cluster.createSecret('hf');
    await cluster.untilReady('gated');
  });

  it('a download that is refused', async () => {
    await cluster.createSecret('hf', 'hf_refused');
    await cluster.startOperator();
    await cluster.apply(gated);
    await cluster.untilReason('gated', 'WeightsReady', 'SourceForbidden');
    expect(cluster.phase('gated')).toBe('Error');
    expect(cluster.condition('gated', 'Ready').message).toBe(
      cluster.condition('gated', 'WeightsReady').message,
    );
    await cluster.setSecret('hf', 'hf_good');
    await cluster.untilReady('gated');
  });

  it('an image that is not there', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('typo', {
        serving: { image: 'registry.example.com/does-not-exist:1' },
      }),
    );
    await cluster.untilReason('typo', 'Ready', 'ImagePullFailed');
    expect(cluster.phase('typo')).toBe('Error');
    await cluster.change('typo', { serving: { image: 'vllm/vllm-openai:v1' } });
    await cluster.untilReady('typo', 2);
  });

  it('a storage class that is not there', async () => {
    await cluster.startOperator();
    await cluster.apply(
      model('classless', {
        model: {
          name: 'acme/classless',
          source: 'huggingface',
          storage: { size: '50Gi', storageClassName: 'nope' },
        },
      }),
    );
    await cluster.untilReason(
      'classless',
      'WeightsReady',
      'StorageClassNotFound',
    );
    expect(cluster.phase('classless')).toBe('Error');
    const standard = cluster.sandbox.cluster.get(
      { group: 'storage.k8s.io', plural: 'storageclasses' },
      undefined,
      'standard',
    );
    cluster.sandbox.cluster.create(
      { group: 'storage.k8s.io', plural: 'storageclasses' },
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'nope' },
        provisioner: standard?.provisioner,
        volumeBindingMode: 'WaitForFirstConsumer',
      },
      'test',
    );
    await cluster.untilReady('classless');
  });

  it('a cluster that is full', async () => {
    await cluster.startOperator();
    for (const name of ['a', 'b']) {
      await cluster.apply(ofWholeNode(name));
      await cluster.untilReady(name);
    }
    await cluster.apply(ofWholeNode('c'));
    await cluster.untilReason('c', 'WorkloadReady', 'Unschedulable');
    expect(cluster.phase('c')).toBe('Pending');
    expect(cluster.condition('c', 'Ready').message).toContain(
      'Insufficient nvidia.com/gpu',
    );
    await cluster.delete('a');
    await cluster.untilReady('c');
  });

  it('a listener that the Gateway does not have yet', async () => {
    const gateways = kind(
      'gateway.networking.k8s.io/v1',
      'Gateway',
      'gateways',
    );
    const { internal } = cluster.settings().platform;
    const gateway = await cluster.client.get(gateways, internal);
    const all = listAt(gateway, 'spec', 'listeners');
    const others = all.filter(
      listener => textAt(listener, 'name') !== internal.listener,
    );
    expect(others).toHaveLength(all.length - 1);
    const setListeners = (listeners: unknown[]) =>
      cluster.client.mergePatch(gateways, internal, { spec: { listeners } });
    await setListeners(others);
    await cluster.startOperator();
    await cluster.apply(model('unheard'));
    await cluster.untilReason(
      'unheard',
      'InternalEndpointReady',
      'GatewayNotFound',
    );
    await cluster.untilReason('unheard', 'WorkloadReady', 'Available');
    await setListeners(all);
    await cluster.untilReady('unheard');
  });

  it("a gateway's CRD that is not installed", async () => {
    const definitions = {
      group: 'apiextensions.k8s.io',
      plural: 'customresourcedefinitions',
    };
    const name = 'securitypolicies.gateway.envoyproxy.io';
    const definition = cluster.sandbox.cluster.get(
      definitions,
      undefined,
      name,
    );
    cluster.sandbox.cluster.delete(definitions, undefined, name);
    await cluster.startOperator();
    await cluster.apply(model('early'));
    await cluster.untilReason(
      'early',
      'InternalEndpointReady',
      'GatewayCrdMissing',
    );
    await cluster.untilReason('early', 'WorkloadReady', 'Available');
    expect(cluster.phase('early')).toBe('Error');
    expect(cluster.list('aigateway.envoyproxy.io', 'aigatewayroutes')).toEqual(
      [],
    );
    cluster.sandbox.cluster.create(
      definitions,
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        spec: definition?.spec,
      },
      'test',
    );
    await cluster.untilReady('early');
  });

  it('a namespace that is not managed', async () => {
    cluster.sandbox.cluster.create(
      { group: '', plural: 'namespaces' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'private' } },
      'test',
    );
    await cluster.startOperator();
    const object = model('stray');
    await cluster.apply({
      ...object,
      metadata: { ...object.metadata, namespace: 'private' },
    });
    const conditions = () =>
      listAt(cluster.model('stray', 'private'), 'status', 'conditions');
    await waitFor(() =>
      conditions().some(
        condition => textAt(condition, 'reason') === 'NamespaceNotManaged',
      ),
    );
    expect(cluster.list('', 'services', 'private')).toEqual([]);
    cluster.sandbox.cluster.update(
      { group: '', plural: 'namespaces' },
      undefined,
      'private',
      'test',
      draft => {
        draft.metadata.labels = {
          ...draft.metadata.labels,
          'nebari.dev/managed': 'true',
        };
      },
    );
    await waitFor(
      () => cluster.model('stray', 'private')?.status?.phase === 'Ready',
    );
  });
});
