import { StoredObject } from '../../types';
import { FakeClock } from '../clock';
import { WorldDelays } from '../delays';
import { kinds } from '../kinds';
import { NodeShape } from '../nodes/nodeShapes';
import { startWorld } from '../world';
import { FakeCluster } from './fakeCluster';

/** Namespace of everything in these tests. */
export const NS = 'team';

/** A world on a fake cluster and a fake clock. */
export function testWorld(
  options: { delays?: Partial<WorldDelays>; nodes?: readonly NodeShape[] } = {},
) {
  const clock = new FakeClock();
  const cluster = new FakeCluster(clock);
  const errors: unknown[] = [];
  for (const [name, mode] of [
    ['standard', 'WaitForFirstConsumer'],
    ['shared', 'Immediate'],
  ]) {
    cluster.create(kinds.storageClasses, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name,
        annotations: {
          'storageclass.kubernetes.io/is-default-class': String(
            name === 'standard',
          ),
        },
      },
      provisioner: 'disk.sandbox.slipway.dev',
      reclaimPolicy: 'Delete',
      volumeBindingMode: mode,
    });
  }
  const world = startWorld({
    cluster,
    clock,
    delays: options.delays ?? { scale: 0 },
    nodes: options.nodes,
    onError: (where, error) => errors.push([where, error]),
  });
  clock.advance();
  return {
    ...world,
    clock,
    cluster,
    errors,
    pods: () => cluster.list(kinds.pods, NS),
    pod: (name: string) => cluster.get(kinds.pods, NS, name),
    deployment: (name: string) => cluster.get(kinds.deployments, NS, name),
    job: (name: string) => cluster.get(kinds.jobs, NS, name),
    sets: () => cluster.list(kinds.replicaSets, NS),
    /** Reasons and messages of the events about an object. */
    events: (name: string) =>
      cluster
        .list(kinds.events)
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`),
  };
}

/** A container that the sandbox runs as a sleeping program. */
export const sleeper = { name: 'main', image: 'example.com/app:1' };

/** A Deployment of one container. */
export function deploymentOf(
  name: string,
  spec: Record<string, unknown> = {},
  pod: Record<string, unknown> = {},
) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NS },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [sleeper], ...pod },
      },
      ...spec,
    },
  };
}

/** A pod of one container. */
export function podOf(name: string, spec: Record<string, unknown> = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NS },
    spec: { containers: [sleeper], ...spec },
  };
}

/** A claim of the class `standard`. */
export function claimOf(
  name: string,
  spec: Record<string, unknown> = {},
  size = '100Gi',
) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: NS },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...spec,
    },
  };
}

/** A Job as the operator makes it for a download. */
export function downloadJob(
  name: string,
  model: string,
  env: Record<string, unknown>[] = [],
  spec: Record<string, unknown> = {},
) {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: NS },
    spec: {
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'model-downloader',
              image: 'ghcr.io/slipway/model-downloader:1',
              env: [
                { name: 'MODEL_SOURCE', value: 'huggingface' },
                { name: 'MODEL_ID', value: model },
                { name: 'MODEL_DIR', value: '/model-cache/weights' },
                {
                  name: 'MODEL_MARKER',
                  value: '/model-cache/weights/.complete',
                },
                ...env,
              ],
              volumeMounts: [{ name: 'weights', mountPath: '/model-cache' }],
            },
          ],
          volumes: [
            {
              name: 'weights',
              persistentVolumeClaim: { claimName: 'weights' },
            },
          ],
        },
      },
      ...spec,
    },
  };
}

/** `True`, `False` or `Unknown` of a condition, with its reason. */
export function conditionOf(
  object: StoredObject | undefined,
  type: string,
): string | undefined {
  const conditions: { type: string; status: string; reason?: string }[] =
    object?.status?.conditions ?? [];
  const found = conditions.find(condition => condition.type === type);
  return found && [found.status, found.reason].filter(Boolean).join(' ');
}
