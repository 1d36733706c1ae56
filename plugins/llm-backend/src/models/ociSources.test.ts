import type { KubeObject } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import { exampleModel } from './__testUtils__/examples';
import { NAMESPACE, OperatorOnSandbox } from './__testUtils__/onSandbox';
import { listAt, textAt } from './json';

const IMAGE = 'registry.example.com/weights/tiny:1';

function ociModel(): KubeObject {
  const { apiVersion, kind, spec } = exampleModel({
    model: { name: 'acme/oci', source: 'oci', image: IMAGE },
  });
  return {
    apiVersion,
    kind,
    metadata: { name: 'oci', namespace: NAMESPACE },
    spec,
  };
}

let cluster: OperatorOnSandbox;

beforeEach(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterEach(async () => {
  await cluster.stop();
});

const serverPod = () =>
  cluster
    .list('', 'pods')
    .find(pod =>
      listAt(pod, 'spec', 'containers').some(
        container => textAt(container, 'name') === 'vllm',
      ),
    );

describe('weights in an OCI image', () => {
  it('are copied by an init container, without a claim or a download, and leave nothing behind', async () => {
    await cluster.startOperator();
    await cluster.apply(ociModel());
    await cluster.untilReady('oci');

    const pod = serverPod();
    expect(listAt(pod, 'status', 'initContainerStatuses')).toEqual([
      expect.objectContaining({
        name: 'model-loader',
        image: IMAGE,
        state: { terminated: expect.objectContaining({ exitCode: 0 }) },
      }),
    ]);
    expect(cluster.list('', 'persistentvolumeclaims')).toEqual([]);
    expect(cluster.list('batch', 'jobs')).toEqual([]);

    await cluster.delete('oci');
    await cluster.untilNothingIsLeft();
  });

  it('are mounted as an image volume where the platform has them', async () => {
    const settings = cluster.settings();
    await cluster.startOperator({
      settings: {
        ...settings,
        platform: { ...settings.platform, imageVolumes: true },
      },
    });
    await cluster.apply(ociModel());
    await cluster.untilReady('oci');

    const pod = serverPod();
    expect(listAt(pod, 'spec', 'initContainers')).toEqual([]);
    expect(listAt(pod, 'spec', 'volumes')).toContainEqual(
      expect.objectContaining({
        name: 'model-storage',
        image: expect.objectContaining({ reference: IMAGE }),
      }),
    );
  });

  it('that can’t be pulled are named with the image, and heal when it is there', async () => {
    const faults = `${cluster.sandbox.adminUrl}/faults`;
    const fault = await fetch(faults, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'image', image: IMAGE }),
    });
    const { id } = await fault.json();
    await cluster.startOperator();
    await cluster.apply(ociModel());
    await waitFor(() => cluster.phase('oci') === 'Error');
    const { status, reason, message } = cluster.condition(
      'oci',
      'WorkloadReady',
    );
    expect({ status, reason }).toEqual({
      status: 'False',
      reason: 'ImagePullFailed',
    });
    expect(message).toContain(IMAGE);

    await fetch(`${faults}/${id}`, { method: 'DELETE' });
    await cluster.untilReady('oci');
    expect(cluster.condition('oci', 'WorkloadReady').status).toBe('True');
  });
});
