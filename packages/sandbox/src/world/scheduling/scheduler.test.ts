import { kinds } from '../kinds';
import {
  claimOf,
  conditionOf,
  NS,
  podOf,
  sleeper,
  testWorld,
} from '../testing/testWorld';

const gpuPod = (
  name: string,
  count: number,
  extra: Record<string, unknown> = {},
) =>
  podOf(name, {
    containers: [
      {
        ...sleeper,
        resources: { limits: { 'nvidia.com/gpu': String(count) } },
      },
    ],
    tolerations: [
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ],
    ...extra,
  });

function unschedulable(
  world: ReturnType<typeof testWorld>,
  name: string,
): string | undefined {
  const conditions: { type: string; reason?: string; message?: string }[] =
    world.pod(name)?.status?.conditions ?? [];
  return conditions.find(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
  )?.message;
}

describe('scheduler', () => {
  it("a pod that asks for more GPUs than any node has stays Pending with the scheduler's message", () => {
    const world = testWorld();
    world.cluster.create(kinds.pods, gpuPod('big', 16));
    world.clock.advance(60_000);
    const message =
      '0/4 nodes are available: 4 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.';
    expect(unschedulable(world, 'big')).toBe(message);
    expect(world.pod('big')?.status?.phase).toBe('Pending');
    expect(world.events('big')).toEqual([`FailedScheduling: ${message}`]);
  });

  it('a pod waits for GPUs that others have and gets them when they go', () => {
    const world = testWorld();
    for (const name of ['a', 'b'])
      world.cluster.create(kinds.pods, gpuPod(name, 8));
    world.cluster.create(kinds.pods, gpuPod('c', 8));
    world.clock.advance();
    expect(unschedulable(world, 'c')).toBe(
      '0/4 nodes are available: 4 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/4 nodes are available: 2 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    );
    world.cluster.delete(kinds.pods, NS, 'a');
    world.clock.advance();
    expect(world.pod('c')?.spec.nodeName).toBe('gpu-a-1');
    expect(conditionOf(world.pod('c'), 'Ready')).toBe('True');
  });

  it('taints, selectors and affinity are told apart in the message', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.pods,
      podOf('plain', {
        nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-L40S' },
      }),
    );
    world.clock.advance();
    expect(unschedulable(world, 'plain')).toContain(
      "0/4 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 3 node(s) had untolerated taint(s). ",
    );
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              {
                key: 'nvidia.com/gpu.product',
                operator: 'In',
                values: ['NVIDIA-L40S'],
              },
            ],
          },
        ],
      },
    };
    world.cluster.create(
      kinds.pods,
      gpuPod('small', 1, { affinity: { nodeAffinity } }),
    );
    world.clock.advance();
    expect(world.pod('small')?.spec.nodeName).toBe('gpu-b-1');
  });

  it('a pod without a GPU stays off the GPU nodes, and pods spread over nodes of one kind', () => {
    const world = testWorld();
    world.cluster.create(kinds.pods, podOf('plain'));
    for (const name of ['a', 'b']) {
      const resources = { limits: { 'nvidia.com/gpu': '1', cpu: '100' } };
      world.cluster.create(
        kinds.pods,
        gpuPod(name, 1, { containers: [{ ...sleeper, resources }] }),
      );
    }
    world.clock.advance();
    expect(
      ['plain', 'a', 'b'].map(name => world.pod(name)?.spec.nodeName),
    ).toEqual(['cpu-1', 'gpu-a-1', 'gpu-a-2']);
  });

  it('a pod whose claim does not exist or does not bind says which', () => {
    const world = testWorld();
    const volumes = [
      { name: 'v', persistentVolumeClaim: { claimName: 'disk' } },
    ];
    world.cluster.create(kinds.pods, podOf('p', { volumes }));
    world.clock.advance();
    expect(unschedulable(world, 'p')).toMatch(
      /^0\/4 nodes are available: persistentvolumeclaim "disk" not found\. /,
    );
    world.cluster.create(
      kinds.claims,
      claimOf('disk', { storageClassName: 'none-such' }),
    );
    world.clock.advance();
    expect(unschedulable(world, 'p')).toMatch(
      /pod has unbound immediate PersistentVolumeClaims\. /,
    );
    expect(world.events('disk')).toEqual([
      'ProvisioningFailed: storageclass.storage.k8s.io "none-such" not found',
    ]);
    world.cluster.create(kinds.storageClasses, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'none-such' },
      provisioner: 'disk.sandbox.slipway.dev',
      volumeBindingMode: 'Immediate',
    });
    world.clock.advance();
    expect(conditionOf(world.pod('p'), 'Ready')).toBe('True');
  });

  it('5,000 pending pods are tried again without delay when something frees up', () => {
    const world = testWorld({
      nodes: [{ name: 'n', cpu: 1, memory: '1Gi', pods: 10_000 }],
    });
    const resources = { requests: { cpu: '1' } };
    for (let i = 0; i < 5_001; i += 1) {
      world.cluster.create(
        kinds.pods,
        podOf(`p${i}`, { containers: [{ ...sleeper, resources }] }),
      );
    }
    world.clock.advance();
    const running = world.pods().filter(pod => pod.spec.nodeName);
    expect(running).toHaveLength(1);
    world.cluster.delete(kinds.pods, NS, running[0].metadata.name);
    world.clock.advance();
    expect(world.pods().filter(pod => pod.spec.nodeName)).toHaveLength(1);
  });
});
