import { ApiFailure } from '../../types';
import { kinds } from '../kinds';
import {
  conditionOf,
  deploymentOf,
  NS,
  sleeper,
  testWorld,
} from '../testing/testWorld';

const image = (tag: string) => ({
  containers: [{ ...sleeper, image: `example.com/app:${tag}` }],
});

describe('Deployments', () => {
  it('a Deployment becomes available through a ReplicaSet with its template hash', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { replicas: 3 }),
    );
    world.clock.advance();
    expect(world.errors).toEqual([]);
    expect(world.pods()).toHaveLength(3);
    expect(world.deployment('web')?.status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(conditionOf(world.deployment('web'), 'Available')).toBe(
      'True MinimumReplicasAvailable',
    );
    expect(conditionOf(world.deployment('web'), 'Progressing')).toBe(
      'True NewReplicaSetAvailable',
    );
    const [set] = world.sets();
    const hash = set.metadata.labels?.['pod-template-hash'];
    expect(set.metadata.name).toBe(`web-${hash}`);
    expect(world.pods()[0].metadata.labels).toEqual({
      app: 'web',
      'pod-template-hash': hash,
    });
    expect(world.events('web')).toContain(
      `ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`,
    );
  });

  it('a quiet world writes nothing', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { replicas: 3 }),
    );
    world.clock.advance(60_000);
    const before = world.cluster.writes;
    world.clock.advance(3_000_000);
    expect(world.cluster.writes).toBe(before);
  });

  it('a rolling update never has fewer available pods than it may, and ends with the new ones only', () => {
    const world = testWorld({ delays: { scale: 0.1 } });
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { replicas: 4 }),
    );
    world.clock.advance(10_000);
    let fewest = 4;
    let most = 0;
    world.cluster.subscribe(kinds.pods, () => {
      const ready = world
        .pods()
        .filter(pod => conditionOf(pod, 'Ready') === 'True');
      fewest = Math.min(fewest, ready.length);
      most = Math.max(
        most,
        world.pods().filter(pod => !pod.metadata.deletionTimestamp).length,
      );
    });
    world.cluster.update(kinds.deployments, NS, 'web', 'test', draft => {
      draft.spec.template.spec = image('2');
    });
    world.clock.advance(60_000);
    expect(world.pods().map(pod => pod.spec.containers[0].image)).toEqual(
      Array(4).fill('example.com/app:2'),
    );
    expect(fewest).toBeGreaterThanOrEqual(3);
    expect(most).toBeLessThanOrEqual(5);
    expect(
      world.deployment('web')?.metadata.annotations?.[
        'deployment.kubernetes.io/revision'
      ],
    ).toBe('2');
  });

  it('Recreate starts new pods only when no old one is left', () => {
    const world = testWorld({ delays: { scale: 0.1 } });
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { replicas: 2, strategy: { type: 'Recreate' } }),
    );
    world.clock.advance(10_000);
    const seen = new Set<string>();
    world.cluster.subscribe(kinds.pods, () => {
      const images = new Set(
        world.pods().map(pod => String(pod.spec.containers[0].image)),
      );
      seen.add([...images].sort().join());
    });
    world.cluster.update(kinds.deployments, NS, 'web', 'test', draft => {
      draft.spec.template.spec = image('2');
    });
    world.clock.advance(60_000);
    expect([...seen]).toEqual(['example.com/app:1', '', 'example.com/app:2']);
    expect(conditionOf(world.deployment('web'), 'Available')).toBe(
      'True MinimumReplicasAvailable',
    );
  });

  it('going back to an earlier template takes up its ReplicaSet again, as the newest revision', () => {
    const world = testWorld();
    world.cluster.create(kinds.deployments, deploymentOf('web'));
    world.clock.advance();
    const change = (tag: string) => {
      world.cluster.update(kinds.deployments, NS, 'web', 'test', draft => {
        draft.spec.template.spec = image(tag);
      });
      world.clock.advance();
    };
    change('2');
    change('1');
    expect(world.sets()).toHaveLength(2);
    expect(world.pods().map(pod => pod.spec.containers[0].image)).toEqual([
      'example.com/app:1',
    ]);
    expect(
      world.deployment('web')?.metadata.annotations?.[
        'deployment.kubernetes.io/revision'
      ],
    ).toBe('3');
  });

  it('a paused Deployment makes nothing until it is resumed', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { paused: true }),
    );
    world.clock.advance();
    expect(world.pods()).toEqual([]);
    expect(conditionOf(world.deployment('web'), 'Progressing')).toBe(
      'Unknown DeploymentPaused',
    );
    world.cluster.update(kinds.deployments, NS, 'web', 'test', draft => {
      draft.spec.paused = false;
    });
    world.clock.advance();
    expect(world.pods()).toHaveLength(1);
    expect(conditionOf(world.deployment('web'), 'Progressing')).toBe(
      'True NewReplicaSetAvailable',
    );
  });

  it('a rollout that does not get on says so when its deadline is over', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.deployments,
      deploymentOf(
        'web',
        { progressDeadlineSeconds: 60 },
        { nodeSelector: { no: 'where' } },
      ),
    );
    world.clock.advance(59_000);
    expect(conditionOf(world.deployment('web'), 'Progressing')).toBe(
      'True NewReplicaSetCreated',
    );
    world.clock.advance(2_000);
    expect(conditionOf(world.deployment('web'), 'Progressing')).toBe(
      'False ProgressDeadlineExceeded',
    );
    expect(conditionOf(world.deployment('web'), 'Available')).toBe(
      'False MinimumReplicasUnavailable',
    );
  });

  it('pods that a quota refuses are told by the ReplicaSet and the Deployment, and made when there is room', () => {
    const world = testWorld();
    const message = 'pods "x" is forbidden: exceeded quota: gpus';
    world.cluster.refuse = resource =>
      resource.plural === 'pods'
        ? new ApiFailure(403, 'Forbidden', message)
        : undefined;
    world.cluster.create(kinds.deployments, deploymentOf('web'));
    world.clock.advance(5_000);
    expect(conditionOf(world.sets()[0], 'ReplicaFailure')).toBe(
      'True FailedCreate',
    );
    expect(conditionOf(world.deployment('web'), 'ReplicaFailure')).toBe(
      'True FailedCreate',
    );
    expect(world.events(world.sets()[0].metadata.name)).toContain(
      `FailedCreate: Error creating: ${message}`,
    );
    world.cluster.refuse = () => undefined;
    world.clock.advance(60_000);
    expect(
      conditionOf(world.deployment('web'), 'ReplicaFailure'),
    ).toBeUndefined();
    expect(conditionOf(world.deployment('web'), 'Available')).toBe(
      'True MinimumReplicasAvailable',
    );
  });

  it('scaling down takes the pods that are not ready first', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { replicas: 2 }, { nodeSelector: { no: 'where' } }),
    );
    world.clock.advance();
    const kept = world.pods()[1].metadata.name;
    world.cluster.update(kinds.pods, NS, kept, 'test', draft => {
      draft.spec.nodeName = 'cpu-1';
    });
    world.clock.advance();
    world.cluster.update(kinds.deployments, NS, 'web', 'test', draft => {
      draft.spec.replicas = 1;
    });
    world.clock.advance();
    expect(world.pods().map(pod => pod.metadata.name)).toEqual([kept]);
  });

  it('a deleted Deployment takes its ReplicaSets and pods with it', () => {
    const world = testWorld();
    world.cluster.create(
      kinds.deployments,
      deploymentOf('web', { replicas: 2 }),
    );
    world.clock.advance();
    world.cluster.delete(kinds.deployments, NS, 'web');
    world.clock.advance();
    expect([world.sets(), world.pods()]).toEqual([[], []]);
  });
});
