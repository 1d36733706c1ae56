import { kinds } from '../kinds';
import {
  claimOf,
  conditionOf,
  deploymentOf,
  NS,
  podOf,
  sleeper,
  testWorld,
} from '../testing/testWorld';

const waiting = (world: ReturnType<typeof testWorld>, name: string) =>
  world.pod(name)?.status?.containerStatuses[0].state.waiting;

const gpuTolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];

const vllm = (args: string[], gpus = 1) => ({
  name: 'vllm',
  image: 'vllm/vllm-openai:v0.11.2',
  command: ['python3', '-m', 'vllm.entrypoints.openai.api_server'],
  args,
  ports: [{ name: 'http', containerPort: 8000 }],
  resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
  readinessProbe: { httpGet: { path: '/v1/models', port: 'http' } },
});

describe('kubelet', () => {
  it('a pod goes through its stages in time and is ready with an address', () => {
    const world = testWorld({ delays: { scale: 1 } });
    const phases: string[] = [];
    world.cluster.subscribe(kinds.pods, ({ object }) => {
      const state = object.status?.containerStatuses?.[0].state;
      const text = [
        object.status?.phase,
        Object.keys(state ?? {})[0],
        state?.waiting?.reason,
      ]
        .filter(Boolean)
        .join(' ');
      if (phases.at(-1) !== text) phases.push(text);
    });
    world.cluster.create(kinds.pods, podOf('web'));
    world.clock.advance(10_000);
    expect(phases).toEqual([
      'Pending',
      'Pending waiting ContainerCreating',
      'Running running',
    ]);
    expect(world.pod('web')?.status).toMatchObject({
      podIP: '10.244.0.2',
      hostIP: '172.18.0.6',
    });
    for (const type of [
      'PodScheduled',
      'PodReadyToStartContainers',
      'Initialized',
      'ContainersReady',
      'Ready',
    ]) {
      expect(conditionOf(world.pod('web'), type)).toBe('True');
    }
    expect(world.events('web').map(event => event.split(':')[0])).toEqual([
      'Scheduled',
      'Pulling',
      'Pulled',
      'Created',
      'Started',
    ]);
  });

  it("an image that isn't there is told as containerd tells it, and pulled once it is there", () => {
    const world = testWorld({ delays: { scale: 1 } });
    const heal = world.images.breakImages('example.com/app');
    world.cluster.create(kinds.pods, podOf('web'));
    world.clock.advance(3_000);
    const problem =
      'rpc error: code = NotFound desc = failed to pull and unpack image "example.com/app:1": failed to resolve reference "example.com/app:1": example.com/app:1: not found';
    expect(waiting(world, 'web')).toEqual({
      reason: 'ErrImagePull',
      message: problem,
    });
    world.clock.advance(2_000);
    expect(waiting(world, 'web')).toEqual({
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "example.com/app:1": ErrImagePull: ${problem}`,
    });
    expect(world.events('web')).toEqual(
      expect.arrayContaining([
        `Failed: Failed to pull image "example.com/app:1": ${problem}`,
        'Failed: Error: ErrImagePull',
        'BackOff: Back-off pulling image "example.com/app:1"',
        'Failed: Error: ImagePullBackOff',
      ]),
    );
    heal();
    world.clock.advance(20_000);
    expect(conditionOf(world.pod('web'), 'Ready')).toBe('True');
  });

  it('a missing Secret holds the container with its name, and its coming lets it start', () => {
    const world = testWorld();
    const env = [
      {
        name: 'TOKEN',
        valueFrom: { secretKeyRef: { name: 'hf-token', key: 'HF_TOKEN' } },
      },
    ];
    world.cluster.create(
      kinds.pods,
      podOf('web', { containers: [{ ...sleeper, env }] }),
    );
    world.clock.advance();
    expect(waiting(world, 'web')).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'secret "hf-token" not found',
    });
    expect(world.events('web')).toContain(
      'Failed: Error: secret "hf-token" not found',
    );
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hf-token', namespace: NS },
    };
    world.cluster.create(kinds.secrets, { ...secret, data: { other: 'eA==' } });
    world.clock.advance();
    expect(waiting(world, 'web').message).toBe(
      "couldn't find key HF_TOKEN in Secret team/hf-token",
    );
    world.cluster.update(kinds.secrets, NS, 'hf-token', 'test', draft => {
      draft.data = { HF_TOKEN: 'eA==' };
    });
    world.clock.advance();
    expect(conditionOf(world.pod('web'), 'Ready')).toBe('True');
  });

  it('a volume whose ConfigMap is missing is not mounted until it is there', () => {
    const world = testWorld();
    const volumes = [{ name: 'config', configMap: { name: 'settings' } }];
    world.cluster.create(kinds.pods, podOf('web', { volumes }));
    world.clock.advance();
    expect(waiting(world, 'web')).toEqual({ reason: 'ContainerCreating' });
    expect(world.events('web')).toContain(
      'FailedMount: MountVolume.SetUp failed for volume "config" : configmap "settings" not found',
    );
    const metadata = { name: 'settings', namespace: NS };
    world.cluster.create(kinds.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
    });
    world.clock.advance();
    expect(conditionOf(world.pod('web'), 'Ready')).toBe('True');
  });

  it('init containers run one after another before the others, and a failing one holds the pod', () => {
    const world = testWorld({ delays: { scale: 1 } });
    const initContainers = [
      {
        name: 'model-loader',
        image: 'example.com/weights:1',
        command: ['cp', '-r', '/models/.', '/weights/'],
      },
    ];
    world.cluster.create(kinds.pods, podOf('web', { initContainers }));
    world.clock.advance(5_000);
    expect(
      world.pod('web')?.status?.initContainerStatuses[0].state.waiting.reason,
    ).toBe('CrashLoopBackOff');
    expect(waiting(world, 'web')).toEqual({ reason: 'PodInitializing' });
    expect(conditionOf(world.pod('web'), 'Initialized')).toBe(
      'False ContainersNotInitialized',
    );
  });

  it('vLLM without weights crashes with its own message and is restarted after growing pauses', () => {
    const world = testWorld({ delays: { scale: 1 } });
    world.cluster.create(
      kinds.pods,
      podOf('m', {
        containers: [vllm(['--model', '/model-cache'])],
        tolerations: gpuTolerations,
      }),
    );
    world.clock.advance(4_000);
    const status = world.pod('m')?.status?.containerStatuses[0];
    expect(status.state.waiting.reason).toBe('CrashLoopBackOff');
    expect(status.state.waiting.message).toMatch(
      /^back-off 10s restarting failed container=vllm pod=m_team\(/,
    );
    expect(status).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    const { lines } = world.kubelet.read(NS, 'm', {
      container: 'vllm',
      previous: true,
    });
    expect(lines.map(({ text }) => text).join('\n')).toContain(
      "ValueError: Invalid repository ID or local directory specified: '/model-cache'",
    );
    world.clock.advance(60_000);
    expect(world.pod('m')?.status?.containerStatuses[0].restartCount).toBe(3);
  });

  it('weights in an image volume are served, and an image that is not there is told', () => {
    const world = testWorld();
    const heal = world.images.breakImages('example.com/weights');
    const mount = { name: 'w', mountPath: '/model-cache', subPath: 'models' };
    const container = {
      ...vllm(['--model', '/model-cache']),
      volumeMounts: [mount],
    };
    const volumes = [
      { name: 'w', image: { reference: 'example.com/weights:1' } },
    ];
    world.cluster.create(
      kinds.pods,
      podOf('m', {
        containers: [container],
        volumes,
        tolerations: gpuTolerations,
      }),
    );
    world.clock.advance();
    expect(waiting(world, 'm').message).toContain(
      'failed to resolve reference "example.com/weights:1"',
    );
    heal();
    world.clock.advance(15_000);
    expect(conditionOf(world.pod('m'), 'Ready')).toBe('True');
  });

  it('vLLM with more parallelism than GPUs says so', () => {
    const world = testWorld();
    const args = ['--model', 'Qwen/Qwen3-8B', '--tensor-parallel-size', '4'];
    world.cluster.create(
      kinds.pods,
      podOf('m', { containers: [vllm(args, 2)], tolerations: gpuTolerations }),
    );
    world.clock.advance();
    const { lines } = world.kubelet.read(NS, 'm', {
      container: 'vllm',
      tailLines: 3,
    });
    expect(lines[0].text).toContain(
      'World size (4) is larger than the number of available GPUs (2) in this node.',
    );
  });

  it('a model server is known to the gateway while its pod runs, and ready when it has started', () => {
    const world = testWorld({ delays: { scale: 1 } });
    const args = [
      '--model',
      'Qwen/Qwen3-8B',
      '--served-model-name',
      'qwen',
      '--max-model-len=8192',
    ];
    world.cluster.create(
      kinds.pods,
      podOf('m', { containers: [vllm(args)], tolerations: gpuTolerations }),
    );
    world.clock.advance(5_000);
    const ip: string = world.pod('m')?.status?.podIP;
    expect(world.modelServers.get(ip)).toMatchObject({
      ready: false,
      servedModelNames: ['qwen'],
      maxModelLen: 8192,
    });
    expect(conditionOf(world.pod('m'), 'Ready')).toBe(
      'False ContainersNotReady',
    );
    world.clock.advance(20_000);
    expect(world.modelServers.get(ip)?.ready).toBe(true);
    expect(conditionOf(world.pod('m'), 'Ready')).toBe('True');
    world.cluster.delete(kinds.pods, NS, 'm');
    world.clock.advance(5_000);
    expect([world.pod('m'), world.modelServers.list()]).toEqual([
      undefined,
      [],
    ]);
  });

  it('a deleted pod ends in good order: told, stopped after its time, then gone', () => {
    const world = testWorld({ delays: { scale: 1, terminationMs: 3_000 } });
    world.cluster.create(kinds.pods, podOf('web'));
    world.clock.advance(10_000);
    world.cluster.delete(kinds.pods, NS, 'web');
    world.clock.advance(2_000);
    expect(world.events('web')).toContain('Killing: Stopping container main');
    expect(conditionOf(world.pod('web'), 'Ready')).toBe('True');
    world.clock.advance(2_000);
    expect(world.pod('web')).toBeUndefined();
  });

  it('a ReadWriteOnce volume is not mounted on a second node until the first lets it go', () => {
    const world = testWorld();
    world.cluster.create(kinds.claims, claimOf('disk'));
    const volumes = [
      { name: 'v', persistentVolumeClaim: { claimName: 'disk' } },
    ];
    world.cluster.create(
      kinds.pods,
      podOf('first', { volumes, nodeName: 'gpu-a-1' }),
    );
    world.cluster.create(
      kinds.pods,
      podOf('second', { volumes, nodeName: 'gpu-a-2' }),
    );
    world.clock.advance();
    expect(world.events('second')[0]).toMatch(
      /^FailedAttachVolume: Multi-Attach error for volume/,
    );
    world.cluster.delete(kinds.pods, NS, 'first');
    world.clock.advance();
    expect(conditionOf(world.pod('second'), 'Ready')).toBe('True');
  });

  it('a claim in use is not deleted before its pods have ended, and its volume goes with it', () => {
    const world = testWorld();
    world.cluster.create(kinds.claims, claimOf('disk'));
    const volumes = [
      { name: 'v', persistentVolumeClaim: { claimName: 'disk' } },
    ];
    expect(world.cluster.list(kinds.volumes)).toEqual([]);
    world.cluster.create(kinds.pods, podOf('user', { volumes }));
    world.clock.advance();
    expect(world.cluster.get(kinds.claims, NS, 'disk')?.status).toMatchObject({
      phase: 'Bound',
      capacity: { storage: '100Gi' },
    });
    world.cluster.delete(kinds.claims, NS, 'disk');
    world.clock.advance();
    expect(
      world.cluster.get(kinds.claims, NS, 'disk')?.metadata.deletionTimestamp,
    ).toBeDefined();
    world.cluster.delete(kinds.pods, NS, 'user');
    world.clock.advance();
    expect([
      world.cluster.list(kinds.claims),
      world.cluster.list(kinds.volumes),
    ]).toEqual([[], []]);
  });

  it('the pods of a node that is gone become not ready, are evicted and replaced, and end when it is back', () => {
    const world = testWorld({ delays: { scale: 1 } });
    world.cluster.create(
      kinds.deployments,
      deploymentOf(
        'web',
        {},
        {
          tolerations: gpuTolerations,
          nodeSelector: { 'nvidia.com/gpu.count': '8' },
        },
      ),
    );
    world.clock.advance(10_000);
    const [pod] = world.pods();
    world.nodes.lose(pod.spec.nodeName);
    world.clock.advance(6_000);
    const node = () =>
      world.cluster.get(kinds.nodes, undefined, pod.spec.nodeName);
    expect(conditionOf(node(), 'Ready')).toBe('Unknown NodeStatusUnknown');
    expect(conditionOf(world.pod(pod.metadata.name), 'Ready')).toBe('False');
    expect(world.deployment('web')?.status?.availableReplicas).toBeUndefined();
    world.clock.advance(60_000);
    expect(
      world.pod(pod.metadata.name)?.metadata.deletionTimestamp,
    ).toBeDefined();
    expect(world.deployment('web')?.status?.availableReplicas).toBe(1);
    world.nodes.restore(pod.spec.nodeName);
    world.clock.advance(5_000);
    expect(conditionOf(node(), 'Ready')).toBe('True KubeletReady');
    expect(world.pods().map(({ spec }) => spec.nodeName)).not.toContain(
      pod.spec.nodeName,
    );
  });

  it('a node that comes back before the eviction has its pods ready again', () => {
    const world = testWorld({ delays: { scale: 1 } });
    world.cluster.create(kinds.pods, podOf('web'));
    world.clock.advance(10_000);
    world.nodes.lose('cpu-1');
    world.clock.advance(6_000);
    expect(conditionOf(world.pod('web'), 'Ready')).toBe('False');
    world.nodes.restore('cpu-1');
    world.clock.advance(100_000);
    expect(conditionOf(world.pod('web'), 'Ready')).toBe('True');
  });

  it('a pod of a node that does not exist is removed after a while', () => {
    const world = testWorld();
    world.cluster.create(kinds.pods, podOf('lost', { nodeName: 'nowhere' }));
    world.cluster.delete(kinds.pods, NS, 'lost');
    world.clock.advance(39_000);
    expect(world.pod('lost')?.metadata.deletionTimestamp).toBeDefined();
    world.clock.advance(2_000);
    expect(world.pod('lost')).toBeUndefined();
  });
});
