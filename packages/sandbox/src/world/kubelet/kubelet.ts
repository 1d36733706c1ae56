import { ApiFailure, StoredObject } from '../../types';
import { WorldContext } from '../context';
import { getByKey, keyOf, kinds } from '../kinds';
import { Queue } from '../loop';
import { ModelServers } from '../modelServers';
import { NodeController } from '../nodes/nodes';
import { ContainerLog, LogOptions, PodLogs } from '../podLogs';
import { Programs } from '../programs/programs';
import { VolumeStore } from '../storage/volumeStore';
import { writeStatus } from '../writes';
import { isFinished } from '../workloads/podState';
import { Attachments } from './attachments';
import { Images } from './images';
import { containerLog } from './logs';
import { PodRun } from './podRun';
import { podStatus } from './podStatus';
import { KubeletServices } from './services';

const MANAGER = 'kubelet';

/** The parts that a kubelet works with beside the world. */
export interface KubeletParts {
  nodes: NodeController;
  images: Images;
  programs: Programs;
  servers: ModelServers;
  store: VolumeStore;
}

/** The kubelets of all nodes: bring up the pods that were given to their nodes, say how they do, and take them down. */
export class Kubelet implements PodLogs {
  readonly #world: WorldContext;
  readonly #parts: KubeletParts;
  readonly #services: KubeletServices;
  readonly #queue: Queue;
  readonly #runs = new Map<string, PodRun>();
  /** Pods that wait for a Secret or a ConfigMap, by namespace. */
  readonly #needConfig = new Map<string, Set<string>>();
  #nextIp = 1;

  constructor(world: WorldContext, parts: KubeletParts) {
    this.#world = world;
    this.#parts = parts;
    this.#queue = world.loop.queue(MANAGER, key => this.#reconcile(key));
    this.#services = {
      world,
      images: parts.images,
      programs: parts.programs,
      store: parts.store,
      attachments: new Attachments(),
      nextPodIp: () => this.#nextPodIp(),
      hostIp: node => hostIp(world.cluster.get(kinds.nodes, undefined, node)),
      wake: (key, delayMs = 0) => this.#queue.addAfter(key, delayMs),
      wakeOnConfig: pod => this.#waitForConfig(pod),
    };
    const { cluster } = world;
    cluster.subscribe(
      kinds.pods,
      ({ type, object }) => this.#onPod(type, object),
      { replay: true },
    );
    cluster.subscribe(kinds.secrets, ({ object }) => this.#onConfig(object));
    cluster.subscribe(kinds.configMaps, ({ object }) => this.#onConfig(object));
    parts.nodes.onChange(node => this.#onNode(node));
  }

  read(namespace: string, pod: string, options: LogOptions): ContainerLog {
    const object = this.#world.cluster.get(kinds.pods, namespace, pod);
    if (!object)
      throw new ApiFailure(404, 'NotFound', `pods "${pod}" not found`);
    const node: string | undefined = object.spec.nodeName;
    if (node && !this.#parts.nodes.isUp(node)) {
      const url = `https://${hostIp(
        this.#world.cluster.get(kinds.nodes, undefined, node),
      )}:10250/containerLogs/${namespace}/${pod}`;
      throw new ApiFailure(
        500,
        'InternalError',
        `Internal error occurred: Get "${url}": dial tcp: i/o timeout`,
      );
    }
    return containerLog(object, this.#runs.get(`${namespace}/${pod}`), options);
  }

  /** Tries again what waits for an image, without waiting for its pause to end. */
  retryImages(): void {
    for (const [key, run] of this.#runs) {
      for (const container of [...run.initContainers, ...run.containers]) {
        if (container.pullProblem !== undefined)
          container.pullDueMs = this.#world.clock.now();
      }
      this.#queue.add(key);
    }
  }

  /** Ends everything that runs in pods. */
  stop(): void {
    for (const { initContainers, containers } of this.#runs.values()) {
      for (const run of [...initContainers, ...containers]) run.stopProgram();
    }
  }

  #onPod(type: string, pod: StoredObject): void {
    if (!pod.spec.nodeName) return;
    const key = keyOf(pod);
    if (type !== 'DELETED') {
      this.#queue.add(key);
      return;
    }
    const run = this.#runs.get(key);
    if (run?.uid !== pod.metadata.uid) return;
    this.#runs.delete(key);
    this.#needConfig.get(pod.metadata.namespace ?? '')?.delete(key);
    run.drop(pod);
    this.#wakeWaiting();
  }

  #onConfig({ metadata }: StoredObject): void {
    for (const key of this.#needConfig.get(metadata.namespace ?? '') ?? [])
      this.#queue.add(key);
  }

  #onNode(node: string): void {
    const up = this.#parts.nodes.isUp(node);
    for (const [key, run] of this.#runs) {
      const pod = getByKey(this.#world.cluster, kinds.pods, key);
      if (pod?.spec.nodeName !== node) continue;
      if (run.podIp) this.#parts.servers.setReachable(run.podIp, up);
      if (up) this.#queue.add(key);
    }
  }

  #waitForConfig({ metadata }: StoredObject): void {
    const namespace = metadata.namespace ?? '';
    const keys = this.#needConfig.get(namespace) ?? new Set();
    this.#needConfig.set(namespace, keys.add(`${namespace}/${metadata.name}`));
  }

  /** Volumes may have become free. */
  #wakeWaiting(): void {
    for (const keys of this.#needConfig.values())
      for (const key of keys) this.#queue.add(key);
  }

  #reconcile(key: string): void {
    const pod = getByKey(this.#world.cluster, kinds.pods, key);
    const node: string | undefined = pod?.spec.nodeName;
    if (!pod || !node || !this.#parts.nodes.isUp(node)) return;
    if (isFinished(pod)) {
      if (pod.metadata.deletionTimestamp) this.#remove(pod);
      return;
    }
    const run = this.#runOf(key, pod);
    this.#needConfig.get(pod.metadata.namespace ?? '')?.delete(key);
    run.advance(pod);
    const written = this.#writeStatus(pod, run);
    if (written && isFinished(written) && run.release()) this.#wakeWaiting();
    if (run.stopped && written) this.#remove(written);
  }

  #runOf(key: string, pod: StoredObject): PodRun {
    const known = this.#runs.get(key);
    if (known?.uid === pod.metadata.uid) return known;
    const run = new PodRun(this.#services, pod);
    this.#runs.set(key, run);
    return run;
  }

  #writeStatus(pod: StoredObject, run: PodRun): StoredObject | undefined {
    const { cluster, clock } = this.#world;
    return this.#queue.quietly(keyOf(pod), () =>
      writeStatus(cluster, kinds.pods, pod, MANAGER, stored =>
        podStatus(stored, run.facts(), clock.now()),
      ),
    );
  }

  /** The kubelet's last word on a pod: it is gone from the node. Finalizers may keep the object. */
  #remove(pod: StoredObject): void {
    const { namespace, name, deletionGracePeriodSeconds } = pod.metadata;
    if (deletionGracePeriodSeconds === 0 && pod.metadata.finalizers?.length)
      return;
    this.#world.cluster.delete(kinds.pods, namespace, name, {
      gracePeriodSeconds: 0,
    });
  }

  #nextPodIp(): string {
    const index = this.#nextIp;
    this.#nextIp += 1;
    return `10.${244 + Math.floor(index / 64516)}.${
      Math.floor(index / 254) % 254
    }.${(index % 254) + 1}`;
  }
}

function hostIp(node: StoredObject | undefined): string {
  const addresses: { type: string; address: string }[] =
    node?.status?.addresses ?? [];
  return addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
}
