import { ResourceId, StoredObject } from '../../types';
import { findCondition } from '../conditions';
import { WorldContext } from '../context';
import { controllerOf, getByKey, keyOf, kinds, timestamp } from '../kinds';
import { Queue } from '../loop';
import { writeStatus } from '../writes';
import { shortHash } from '../random';
import {
  deploymentStatus,
  isComplete,
  progressDeadlineInMs,
  ProgressNote,
} from './deploymentStatus';
import { podsOf } from './ownedPods';
import { isFinished } from './podState';
import {
  HASH,
  replicaSetOf,
  REVISION,
  revisionOf,
  setAnnotations,
} from './replicaSetOf';
import {
  recreateStep,
  resolveFenceposts,
  Resize,
  rollingStep,
  SetCounts,
} from './rollout';

const MANAGER = 'deployment-controller';

/**
 * Deployments: a ReplicaSet per template, sized by the strategy (`pkg/controller/deployment`). Left out because nothing here uses it:
 * proportional scaling in the middle of a rollout, hash collisions, `minReadySeconds` on the progress deadline.
 */
export class DeploymentController {
  readonly #world: WorldContext;
  readonly #queue: Queue;
  /** Hash of each Deployment's template, by uid. */
  readonly #hashes = new Map<
    string,
    { generation: number | undefined; hash: string }
  >();

  constructor(world: WorldContext) {
    this.#world = world;
    this.#queue = world.loop.queue(
      MANAGER,
      key => this.#reconcile(key),
      'last',
    );
  }

  /** Begins to work on the cluster. */
  start(): void {
    const { cluster } = this.#world;
    cluster.subscribe(
      kinds.deployments,
      ({ type, object }) => {
        if (type === 'DELETED') this.#hashes.delete(object.metadata.uid);
        this.#queue.add(keyOf(object));
      },
      { replay: true },
    );
    cluster.subscribe(kinds.replicaSets, change =>
      this.#addOwner(change.object, 'Deployment'),
    );
    // A Recreate waits until the old pods are gone.
    cluster.subscribe(kinds.pods, change => {
      if (change.type === 'DELETED') this.#addOwnerOfSet(change.object);
    });
  }

  #addOwner(object: StoredObject, kind: string): void {
    const owner = controllerOf(object);
    if (owner?.kind === kind)
      this.#queue.add(`${object.metadata.namespace}/${owner.name}`);
  }

  #addOwnerOfSet(pod: StoredObject): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return;
    const set = this.#world.cluster.get(
      kinds.replicaSets,
      pod.metadata.namespace,
      owner.name,
    );
    if (set) this.#addOwner(set, 'Deployment');
  }

  #reconcile(key: string): number | void {
    const deployment = getByKey(this.#world.cluster, kinds.deployments, key);
    if (!deployment || deployment.metadata.deletionTimestamp) return undefined;
    const sets = this.#setsOf(deployment);
    const hash = this.#hashOf(deployment);
    const current = sets.find(set => set.metadata.labels?.[HASH] === hash);
    const old = sets.filter(set => set !== current);
    if (deployment.spec.paused)
      return this.#sync(deployment, current, old, pauseNote(deployment));
    if (!current && this.#maySetBeMade(deployment, old)) {
      // The new set's own event brings us back.
      this.#make(deployment, hash, old);
      return undefined;
    }
    const revised = current && this.#revise(deployment, current, old);
    for (const resize of this.#plan(deployment, revised, old)) {
      this.#resize(deployment, resize);
    }
    this.#forgetOldSets(deployment, old);
    return this.#sync(deployment, revised, old, pauseNote(deployment));
  }

  #hashOf({ metadata, spec }: StoredObject): string {
    const known = this.#hashes.get(metadata.uid);
    if (known && known.generation === metadata.generation) return known.hash;
    const hash = shortHash(spec.template);
    this.#hashes.set(metadata.uid, { generation: metadata.generation, hash });
    return hash;
  }

  #setsOf(deployment: StoredObject): StoredObject[] {
    return this.#world.cluster
      .ownedBy(deployment.metadata.uid)
      .filter(object => object.kind === 'ReplicaSet')
      .sort((a, b) =>
        a.metadata.creationTimestamp.localeCompare(
          b.metadata.creationTimestamp,
        ),
      );
  }

  /** A Recreate makes its new set only when no pod of an old one is left. */
  #maySetBeMade(
    deployment: StoredObject,
    old: readonly StoredObject[],
  ): boolean {
    if (deployment.spec.strategy?.type !== 'Recreate') return true;
    return !old.some(
      set =>
        set.spec.replicas > 0 ||
        podsOf(this.#world, set).some(pod => !isFinished(pod)),
    );
  }

  #make(
    deployment: StoredObject,
    hash: string,
    old: readonly StoredObject[],
  ): StoredObject {
    const { spec } = deployment;
    const goal = {
      replicas: spec.replicas,
      ...resolveFenceposts(spec.replicas, spec.strategy?.rollingUpdate),
    };
    const empty = { name: '', wanted: 0, available: 0 };
    const replicas =
      spec.strategy?.type === 'Recreate'
        ? spec.replicas
        : rollingStep(goal, empty, old.map(counts)).find(
            resize => resize.name === '',
          )?.replicas ?? 0;
    const revision = String(Math.max(0, ...old.map(revisionOf)) + 1);
    const made = this.#world.cluster.create(
      kinds.replicaSets,
      replicaSetOf(deployment, { hash, revision, replicas }),
      MANAGER,
    );
    this.#setRevision(deployment, revision);
    if (replicas > 0)
      this.#announce(deployment, 'up', made.metadata.name, 0, replicas);
    return made;
  }

  /** Going back to an earlier template makes its set the newest revision. */
  #revise(
    deployment: StoredObject,
    current: StoredObject,
    old: readonly StoredObject[],
  ): StoredObject {
    const newest = Math.max(0, ...old.map(revisionOf));
    const revision = String(
      Math.max(
        revisionOf(current),
        newest < revisionOf(current) ? 0 : newest + 1,
      ),
    );
    this.#setRevision(deployment, revision);
    const wanted = setAnnotations(deployment, revision);
    const has = current.metadata.annotations ?? {};
    if (Object.entries(wanted).every(([name, value]) => has[name] === value)) {
      return current;
    }
    return this.#update(current, draft => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...wanted };
    });
  }

  #setRevision(deployment: StoredObject, revision: string): void {
    if (deployment.metadata.annotations?.[REVISION] === revision) return;
    this.#queue.quietly(keyOf(deployment), () =>
      this.#world.cluster.update(
        kinds.deployments,
        deployment.metadata.namespace,
        deployment.metadata.name,
        MANAGER,
        draft => {
          draft.metadata.annotations = {
            ...draft.metadata.annotations,
            [REVISION]: revision,
          };
        },
      ),
    );
  }

  #plan(
    deployment: StoredObject,
    current: StoredObject | undefined,
    old: readonly StoredObject[],
  ): Resize[] {
    const { replicas, strategy } = deployment.spec;
    const goal = {
      replicas,
      ...resolveFenceposts(replicas, strategy?.rollingUpdate),
    };
    const oldCounts = old.map(counts);
    if (strategy?.type === 'Recreate') {
      return recreateStep(goal, current && counts(current), oldCounts);
    }
    return current ? rollingStep(goal, counts(current), oldCounts) : [];
  }

  #resize(deployment: StoredObject, { name, replicas }: Resize): void {
    const { namespace } = deployment.metadata;
    const set = this.#world.cluster.get(kinds.replicaSets, namespace, name);
    if (!set) return;
    const before: number = set.spec.replicas;
    this.#update(set, draft => {
      draft.spec.replicas = replicas;
    });
    this.#announce(
      deployment,
      replicas > before ? 'up' : 'down',
      name,
      before,
      replicas,
    );
  }

  #announce(
    deployment: StoredObject,
    way: 'up' | 'down',
    name: string,
    from: number,
    to: number,
  ): void {
    this.#world.events.normal(
      { component: MANAGER },
      deployment,
      'ScalingReplicaSet',
      `Scaled ${way} replica set ${name} from ${from} to ${to}`,
    );
  }

  #forgetOldSets(deployment: StoredObject, old: readonly StoredObject[]): void {
    const limit: number = deployment.spec.revisionHistoryLimit ?? 10;
    const idle = old
      .filter(
        set =>
          set.spec.replicas === 0 &&
          !set.status?.replicas &&
          !set.metadata.deletionTimestamp,
      )
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    for (const set of idle.slice(0, Math.max(0, old.length - limit))) {
      this.#world.cluster.delete(
        kinds.replicaSets,
        set.metadata.namespace,
        set.metadata.name,
      );
    }
  }

  #sync(
    deployment: StoredObject,
    current: StoredObject | undefined,
    old: readonly StoredObject[],
    note?: ProgressNote,
  ): number | undefined {
    const { clock, cluster } = this.#world;
    const { namespace } = deployment.metadata;
    const { maxUnavailable } = resolveFenceposts(
      deployment.spec.replicas,
      deployment.spec.strategy?.rollingUpdate,
    );
    const latest = (set: StoredObject) =>
      cluster.get(kinds.replicaSets, namespace, set.metadata.name) ?? set;
    const recreate = deployment.spec.strategy?.type === 'Recreate';
    const written = this.#queue.quietly(keyOf(deployment), () =>
      writeStatus(cluster, kinds.deployments, deployment, MANAGER, stored => ({
        ...deploymentStatus(
          {
            deployment: stored,
            current: current && latest(current),
            old: old.map(latest),
            maxUnavailable: recreate ? 0 : maxUnavailable,
            now: timestamp(clock.now()),
          },
          note,
        ),
      })),
    );
    if (!written || isComplete(written, written.status)) return undefined;
    return progressDeadlineInMs(written, clock.now());
  }

  #update(
    set: StoredObject,
    change: (draft: StoredObject) => void,
  ): StoredObject {
    const resource: ResourceId = kinds.replicaSets;
    const { namespace, name } = set.metadata;
    return (
      this.#world.cluster.update(resource, namespace, name, MANAGER, change) ??
      set
    );
  }
}

function counts(set: StoredObject): SetCounts {
  return {
    name: set.metadata.name,
    wanted: set.spec.replicas,
    available: set.status?.availableReplicas ?? 0,
  };
}

function pauseNote(deployment: StoredObject): ProgressNote | undefined {
  const reason = findCondition(
    deployment.status?.conditions,
    'Progressing',
  )?.reason;
  if (deployment.spec.paused) {
    return reason === 'DeploymentPaused'
      ? undefined
      : { reason: 'DeploymentPaused', message: 'Deployment is paused' };
  }
  return reason === 'DeploymentPaused'
    ? { reason: 'DeploymentResumed', message: 'Deployment is resumed' }
    : undefined;
}
