import { StoredObject } from '../../types';
import { scaled } from '../delays';
import { keyOf } from '../kinds';
import { ContainerSpec } from '../programs/program';
import { advanceContainer, stopContainer } from './containers';
import { ContainerRun } from './containerRun';
import { fieldPathOf } from './imagePull';
import {
  exclusiveClaims,
  forgetEmptyDirs,
  missingSource,
  MountProblem,
} from './mounts';
import { PodFacts } from './podStatus';
import { KubeletServices } from './services';

/** A pod on its node: volumes, address, then its containers. Everything that a kubelet keeps in memory about it. */
export class PodRun {
  readonly #services: KubeletServices;
  readonly initContainers: readonly ContainerRun[];
  readonly containers: readonly ContainerRun[];
  readonly #startTimeMs: number;
  readonly #uid: string;
  readonly #hostIp: string;
  readonly #restartPolicy: string;
  podIp?: string;
  #mounted = false;
  /** What was told last about a volume that can't be mounted. */
  #mountProblem?: string;
  #setUpDueMs?: number;
  #claims: string[] = [];
  #stopDueMs?: number;
  #stopped = false;

  constructor(services: KubeletServices, pod: StoredObject) {
    this.#services = services;
    this.#uid = pod.metadata.uid;
    this.#startTimeMs = services.world.clock.now();
    this.#hostIp = services.hostIp(pod.spec.nodeName);
    this.#restartPolicy = pod.spec.restartPolicy ?? 'Always';
    const initSpecs: ContainerSpec[] = pod.spec.initContainers ?? [];
    const specs: ContainerSpec[] = pod.spec.containers;
    const waitingFor =
      initSpecs.length > 0 ? 'PodInitializing' : 'ContainerCreating';
    this.initContainers = initSpecs.map(
      spec =>
        new ContainerRun(
          spec,
          spec.restartPolicy === 'Always' ? 'sidecar' : 'init',
          waitingFor,
        ),
    );
    this.containers = specs.map(
      spec => new ContainerRun(spec, 'main', waitingFor),
    );
  }

  get uid(): string {
    return this.#uid;
  }

  /** All containers have ended because the pod is being deleted. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** What goes into the pod's status. */
  facts(): PodFacts {
    return {
      containers: this.containers,
      initContainers: this.initContainers,
      podIp: this.podIp,
      hostIp: this.#hostIp,
      startTimeMs: this.#startTimeMs,
      restartPolicy: this.#restartPolicy,
      stopped: this.#stopped,
    };
  }

  /** Brings the pod as far as it can get now. */
  advance(pod: StoredObject): void {
    if (pod.metadata.deletionTimestamp) {
      this.#terminate(pod);
      return;
    }
    if (!this.#mount(pod) || !this.#setUp(pod)) return;
    if (!this.#runInitContainers(pod)) return;
    // A container that ended at once may be started again at once, but only once more: the next time it has to wait.
    for (const run of this.containers) this.#advance(pod, run);
    if (this.containers.every(run => this.#isOver(run))) {
      for (const run of this.initContainers) stopContainer(this.#services, run);
    }
  }

  /** Ends everything without a word, and gives back what the pod held. */
  drop(pod: StoredObject): void {
    for (const run of [...this.initContainers, ...this.containers])
      run.stopProgram();
    this.release();
    forgetEmptyDirs(this.#services.store, pod);
  }

  /** Gives back the volumes. True when another node may have one now. */
  release(): boolean {
    const freed = this.#services.attachments.detach(this.#claims, this.#uid);
    this.#claims = [];
    return freed;
  }

  #mount(pod: StoredObject): boolean {
    if (this.#mounted) return true;
    const { cluster, events } = this.#services.world;
    const problem = this.#attach(pod) ?? missingSource(cluster, pod);
    if (problem) {
      this.#services.wakeOnConfig(pod);
      if (this.#mountProblem === problem.message) return false;
      this.#mountProblem = problem.message;
      const component =
        problem.reason === 'FailedMount'
          ? 'kubelet'
          : 'attachdetach-controller';
      events.warning(
        { component, host: pod.spec.nodeName },
        pod,
        problem.reason,
        problem.message,
      );
      return false;
    }
    this.#mounted = true;
    return true;
  }

  /** A ReadWriteOnce volume waits until the node that has it lets it go (`pkg/controller/volume/attachdetach`). */
  #attach(pod: StoredObject): MountProblem | undefined {
    const { attachments, world } = this.#services;
    for (const { uid, volumeName } of exclusiveClaims(world.cluster, pod)) {
      if (!attachments.attach(uid, pod.spec.nodeName, this.#uid)) {
        const message = `Multi-Attach error for volume "${volumeName}" Volume is already exclusively attached to one node and can't be attached to another`;
        return { reason: 'FailedAttachVolume', message };
      }
      this.#claims.push(uid);
    }
    return undefined;
  }

  #setUp(pod: StoredObject): boolean {
    if (this.podIp) return true;
    const { clock, delays } = this.#services.world;
    this.#setUpDueMs ??= clock.now() + scaled(delays, delays.podSetupMs);
    const leftMs = this.#setUpDueMs - clock.now();
    if (leftMs > 0) {
      this.#services.wake(keyOf(pod), leftMs);
      return false;
    }
    this.podIp = this.#services.nextPodIp();
    return true;
  }

  #runInitContainers(pod: StoredObject): boolean {
    for (const run of this.initContainers) {
      const outcome = this.#advance(pod, run);
      const done =
        run.role === 'sidecar' ? run.started : outcome === 'succeeded';
      if (!done) return false;
    }
    return true;
  }

  #advance(pod: StoredObject, run: ContainerRun) {
    const outcome = advanceContainer(
      this.#services,
      pod,
      run,
      this.podIp ?? '',
    );
    // Ended while it was started: look again, for its end or for its restart.
    return outcome === 'pending' && run.state.is === 'terminated'
      ? advanceContainer(this.#services, pod, run, this.podIp ?? '')
      : outcome;
  }

  #isOver({ state }: ContainerRun): boolean {
    if (state.is !== 'terminated') return false;
    if (this.#restartPolicy === 'Never') return true;
    return this.#restartPolicy === 'OnFailure' && state.end.exitCode === 0;
  }

  #terminate(pod: StoredObject): void {
    const { clock, delays, events } = this.#services.world;
    const all = [...this.containers, ...this.initContainers];
    if (this.#stopDueMs === undefined) {
      const running = all.filter(({ state }) => state.is === 'running');
      for (const run of running) {
        const source = { component: 'kubelet', host: pod.spec.nodeName };
        events.normal(
          source,
          pod,
          'Killing',
          `Stopping container ${run.spec.name}`,
          fieldPathOf(run),
        );
      }
      const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      const neededMs =
        running.length > 0 ? scaled(delays, delays.terminationMs) : 0;
      this.#stopDueMs = clock.now() + Math.min(neededMs, graceMs);
    }
    const leftMs = this.#stopDueMs - clock.now();
    if (leftMs > 0) {
      this.#services.wake(keyOf(pod), leftMs);
      return;
    }
    for (const run of all) stopContainer(this.#services, run);
    this.#stopped = true;
  }
}
