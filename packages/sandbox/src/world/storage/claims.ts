import { StoredObject } from '../../types';
import { WorldContext } from '../context';
import { scaled } from '../delays';
import { getByKey, keyOf, kinds } from '../kinds';
import { Queue } from '../loop';
import { quantity } from '../quantities';
import { isFinished } from '../workloads/podState';
import { VolumeStore } from './volumeStore';

const MANAGER = 'persistentvolume-binder';
const SOURCE = { component: 'persistentvolume-controller' };
const PROTECTION = 'kubernetes.io/pvc-protection';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Set by the scheduler on a claim that waited for its first pod. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

/**
 * Claims and volumes: a volume is made for each claim, at once or when its first pod has a node; it grows with the claim and goes with it
 * (`pkg/controller/volume/persistentvolume`, `pvcprotection`, and what a CSI external-provisioner adds). Volumes made by hand are not
 * bound to claims.
 */
export class ClaimController {
  readonly #world: WorldContext;
  readonly #store: VolumeStore;
  readonly #queue: Queue;
  readonly #provisioning = new Map<string, number>();
  /** Pods that hold a claim, by the claim's key. */
  readonly #users = new Map<string, Set<string>>();

  constructor(world: WorldContext, store: VolumeStore) {
    this.#world = world;
    this.#store = store;
    this.#queue = world.loop.queue(MANAGER, key => this.#reconcile(key));
  }

  /** Begins to work on the cluster. */
  start(): void {
    const { cluster } = this.#world;
    cluster.subscribe(
      kinds.claims,
      ({ type, object }) =>
        type === 'DELETED'
          ? this.#forget(object)
          : this.#queue.add(keyOf(object)),
      { replay: true },
    );
    cluster.subscribe(kinds.storageClasses, () => {
      for (const claim of cluster.list(kinds.claims)) {
        if (claim.status?.phase !== 'Bound') this.#queue.add(keyOf(claim));
      }
    });
    cluster.subscribe(
      kinds.pods,
      ({ type, object }) => this.#onPod(type, object),
      { replay: true },
    );
  }

  #onPod(type: string, pod: StoredObject): void {
    const done = type === 'DELETED' || isFinished(pod);
    for (const name of claimNames(pod)) {
      const key = `${pod.metadata.namespace}/${name}`;
      const users = this.#users.get(key) ?? new Set<string>();
      const known = users.has(pod.metadata.uid);
      if (done) users.delete(pod.metadata.uid);
      else users.add(pod.metadata.uid);
      if (users.size > 0) this.#users.set(key, users);
      else this.#users.delete(key);
      if (known === done) this.#queue.add(key);
    }
  }

  #reconcile(key: string): number | void {
    const claim = getByKey(this.#world.cluster, kinds.claims, key);
    if (!claim) return undefined;
    if (claim.metadata.deletionTimestamp) {
      this.#unprotect(claim, key);
      return undefined;
    }
    if (claim.spec.volumeName) return this.#settle(claim);
    return this.#provision(this.#withDefaultClass(claim));
  }

  /** A claim in use stays until its pods have ended. */
  #unprotect(claim: StoredObject, key: string): void {
    if (
      this.#users.has(key) ||
      !claim.metadata.finalizers?.includes(PROTECTION)
    )
      return;
    const { namespace, name } = claim.metadata;
    this.#world.cluster.update(
      kinds.claims,
      namespace,
      name,
      'pvc-protection-controller',
      draft => {
        draft.metadata.finalizers = draft.metadata.finalizers?.filter(
          finalizer => finalizer !== PROTECTION,
        );
      },
    );
  }

  #withDefaultClass(claim: StoredObject): StoredObject {
    if (claim.spec.storageClassName !== undefined) return claim;
    const { cluster } = this.#world;
    const byDefault = cluster
      .list(kinds.storageClasses)
      .find(
        storageClass =>
          storageClass.metadata.annotations?.[DEFAULT_CLASS] === 'true',
      );
    if (!byDefault) return claim;
    const { namespace, name } = claim.metadata;
    return (
      cluster.update(kinds.claims, namespace, name, MANAGER, draft => {
        draft.spec.storageClassName = byDefault.metadata.name;
      }) ?? claim
    );
  }

  #provision(claim: StoredObject): number | undefined {
    const { cluster, clock, delays, events } = this.#world;
    const className: string | undefined = claim.spec.storageClassName;
    if (!className) {
      const message =
        'no persistent volumes available for this claim and no storage class is set';
      events.normal(SOURCE, claim, 'FailedBinding', message);
      return undefined;
    }
    const storageClass = cluster.get(
      kinds.storageClasses,
      undefined,
      className,
    );
    if (!storageClass) {
      const message = `storageclass.storage.k8s.io "${className}" not found`;
      events.warning(SOURCE, claim, 'ProvisioningFailed', message);
      return undefined;
    }
    const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
    if (waits && !claim.metadata.annotations?.[SELECTED_NODE]) {
      const message = 'waiting for first consumer to be created before binding';
      events.normal(SOURCE, claim, 'WaitForFirstConsumer', message);
      return undefined;
    }
    const { uid } = claim.metadata;
    const dueMs =
      this.#provisioning.get(uid) ??
      clock.now() + scaled(delays, delays.provisioningMs);
    if (!this.#provisioning.has(uid))
      this.#announceProvisioning(claim, storageClass.provisioner);
    this.#provisioning.set(uid, dueMs);
    if (dueMs > clock.now()) return dueMs - clock.now();
    this.#provisioning.delete(uid);
    this.#bind(claim, storageClass);
    return undefined;
  }

  #announceProvisioning(claim: StoredObject, provisioner: string): void {
    const { namespace, name } = claim.metadata;
    this.#world.events.normal(
      { component: provisioner },
      claim,
      'Provisioning',
      `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
    );
  }

  #bind(claim: StoredObject, storageClass: StoredObject): void {
    const { cluster, events } = this.#world;
    const { namespace, name, uid } = claim.metadata;
    const volumeName = `pvc-${uid}`;
    const { provisioner } = storageClass;
    if (!cluster.get(kinds.volumes, undefined, volumeName)) {
      cluster.create(
        kinds.volumes,
        volumeFor(claim, storageClass, volumeName),
        provisioner,
      );
    }
    const bound = cluster.update(
      kinds.claims,
      namespace,
      name,
      MANAGER,
      draft => {
        draft.spec.volumeName = volumeName;
        draft.metadata.annotations = {
          ...draft.metadata.annotations,
          [BIND_COMPLETED]: 'yes',
          [BOUND_BY_CONTROLLER]: 'yes',
          [PROVISIONER]: provisioner,
        };
      },
    );
    events.normal(
      { component: provisioner },
      claim,
      'ProvisioningSucceeded',
      `Successfully provisioned volume ${volumeName}`,
    );
    if (bound) this.#settle(bound);
  }

  /** Status of a claim that has its volume, and growth when it asks for more than it has. */
  #settle(claim: StoredObject): undefined {
    const { cluster } = this.#world;
    const { namespace, name, uid } = claim.metadata;
    const volume = cluster.get(kinds.volumes, undefined, claim.spec.volumeName);
    if (!volume) {
      this.#setStatus(claim, draft => ({ ...draft.status, phase: 'Lost' }));
      this.#world.events.warning(
        SOURCE,
        claim,
        'ClaimLost',
        'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      );
      return undefined;
    }
    const wanted: string = claim.spec.resources.requests.storage;
    if (quantity(wanted) > quantity(volume.spec.capacity.storage)) {
      cluster.update(
        kinds.volumes,
        undefined,
        volume.metadata.name,
        'external-resizer',
        draft => {
          draft.spec.capacity.storage = wanted;
        },
      );
    }
    this.#setStatus(claim, () => ({
      phase: 'Bound',
      accessModes: claim.spec.accessModes,
      capacity: {
        storage:
          quantity(wanted) > quantity(volume.spec.capacity.storage)
            ? wanted
            : volume.spec.capacity.storage,
      },
    }));
    this.#store.open(
      { kind: 'claim', uid, key: `${namespace}/${name}` },
      quantity(wanted),
    );
    if (volume.status?.phase !== 'Bound') {
      cluster.update(
        kinds.volumes,
        undefined,
        volume.metadata.name,
        MANAGER,
        draft => {
          draft.status = { phase: 'Bound' };
        },
        { subresource: 'status' },
      );
    }
    return undefined;
  }

  #setStatus(
    claim: StoredObject,
    status: (draft: StoredObject) => unknown,
  ): void {
    const { namespace, name } = claim.metadata;
    this.#world.cluster.update(
      kinds.claims,
      namespace,
      name,
      MANAGER,
      draft => {
        draft.status = status(draft);
      },
      { subresource: 'status' },
    );
  }

  /** `reclaimPolicy: Delete`, which is all that our classes have. */
  #forget(claim: StoredObject): void {
    const { cluster } = this.#world;
    const { uid } = claim.metadata;
    this.#provisioning.delete(uid);
    this.#store.forget(uid);
    const volumeName: string | undefined = claim.spec.volumeName;
    const volume =
      volumeName && cluster.get(kinds.volumes, undefined, volumeName);
    if (!volume || volume.spec.claimRef?.uid !== uid) return;
    if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete') return;
    cluster.update(
      kinds.volumes,
      undefined,
      volume.metadata.name,
      MANAGER,
      draft => {
        draft.metadata.finalizers = undefined;
      },
    );
    cluster.delete(kinds.volumes, undefined, volume.metadata.name);
  }
}

/** Names of the claims that a pod mounts. */
export function claimNames(pod: StoredObject): string[] {
  const volumes: { persistentVolumeClaim?: { claimName: string } }[] =
    pod.spec.volumes ?? [];
  return volumes.flatMap(
    volume => volume.persistentVolumeClaim?.claimName ?? [],
  );
}

function volumeFor(
  claim: StoredObject,
  storageClass: StoredObject,
  name: string,
): Record<string, unknown> {
  const { metadata, spec } = claim;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: { [PROVISIONED_BY]: storageClass.provisioner },
      finalizers: ['kubernetes.io/pv-protection'],
    },
    spec: {
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources.requests.storage },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
      },
      csi: { driver: storageClass.provisioner, volumeHandle: name },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: spec.volumeMode ?? 'Filesystem',
    },
  };
}
