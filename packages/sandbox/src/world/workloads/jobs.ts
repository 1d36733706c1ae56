import { ApiFailure, StoredObject } from '../../types';
import { findCondition } from '../conditions';
import { WorldContext } from '../context';
import { backOffMs } from '../delays';
import { controllerOf, getByKey, keyOf, kinds, timestamp } from '../kinds';
import { Queue } from '../loop';
import { writeStatus } from '../writes';
import { withEnd, withSuspension } from './jobConditions';
import {
  countPods,
  deadlineInMs,
  decideEnd,
  finishedCondition,
  JobEnd,
  wantedPods,
} from './jobPlan';
import { deletePod, makePods, podsOf } from './ownedPods';
import { isFinished } from './podState';

const MANAGER = 'job-controller';
const TRACKING = 'batch.kubernetes.io/job-tracking';
const RETRY_MS = 1_000;

/**
 * Jobs: pods until enough have succeeded or too many failed, with growing pauses between failures, then the conditions that say how it
 * ended (`pkg/controller/job`). Only `completionMode: NonIndexed`; an Indexed Job is left alone with an event that says so.
 */
export class JobController {
  readonly #world: WorldContext;
  readonly #queue: Queue;
  /** Successes and failures by Job uid that were counted and whose pods may be gone since. */
  readonly #counted = new Map<string, Set<string>>();

  constructor(world: WorldContext) {
    this.#world = world;
    this.#queue = world.loop.queue(
      MANAGER,
      key => this.#reconcile(key),
      'second',
    );
  }

  /** Begins to work on the cluster. */
  start(): void {
    const { cluster } = this.#world;
    cluster.subscribe(
      kinds.jobs,
      change => {
        if (change.type === 'DELETED')
          this.#counted.delete(change.object.metadata.uid);
        this.#queue.add(keyOf(change.object));
      },
      { replay: true },
    );
    cluster.subscribe(kinds.pods, ({ type, object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'Job')
        this.#queue.add(`${object.metadata.namespace}/${owner.name}`);
      if (owner?.kind === 'Job' && type !== 'DELETED')
        this.#releaseOfGoneJob(object);
    });
  }

  #reconcile(key: string): number | void {
    const { cluster } = this.#world;
    const job = getByKey(cluster, kinds.jobs, key);
    if (!job) return undefined;
    const pods = podsOf(this.#world, job);
    if (job.metadata.deletionTimestamp || finishedCondition(job)) {
      this.#release(pods.filter(isFinished));
      return job.metadata.deletionTimestamp ? undefined : this.#expire(job);
    }
    if (job.spec.completionMode === 'Indexed') {
      this.#world.events.warning(
        { component: MANAGER },
        job,
        'NotSupported',
        'The sandbox does not run Jobs with completionMode Indexed; use NonIndexed',
      );
      return undefined;
    }
    return this.#run(job, pods);
  }

  #run(job: StoredObject, pods: readonly StoredObject[]): number | undefined {
    const { clock } = this.#world;
    const counts = this.#count(job, pods);
    const target = findCondition(job.status?.conditions, 'FailureTarget');
    const end: JobEnd | undefined = target
      ? {
          result: 'Failed',
          reason: target.reason ?? '',
          message: target.message ?? '',
        }
      : decideEnd(job, counts, pods, clock.now());
    let active = counts.active.length;
    let waitMs: number | undefined;
    let failure: ApiFailure | undefined;
    if (end || job.spec.suspend) {
      this.#stop(job, counts.active);
      active = 0;
    } else {
      const missing = wantedPods(job, counts.succeeded) - active;
      waitMs = missing > 0 ? this.#pauseMs(pods) : 0;
      if (missing > 0 && waitMs === 0) {
        failure = makePods(this.#world, job, {
          manager: MANAGER,
          count: missing,
          nameLength: 57,
          finalizers: [TRACKING],
        });
        // The new pods' own events bring us back to count them.
        if (!failure) return undefined;
      }
    }
    const left = end
      ? podsOf(this.#world, job).filter(pod => !isFinished(pod)).length
      : 0;
    this.#writeStatus(
      job,
      { ...counts, active, terminating: counts.terminating },
      end,
      left > 0,
    );
    this.#release(pods.filter(isFinished));
    if (failure) return RETRY_MS;
    const waits = [waitMs, deadlineInMs(this.#latest(job), clock.now())];
    const due = waits
      .filter(ms => ms !== undefined && ms > 0)
      .map(ms => ms ?? 0);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Pods that were counted stay counted after somebody has deleted them. */
  #count(job: StoredObject, pods: readonly StoredObject[]) {
    const now = countPods(job, pods);
    const counted = this.#counted.get(job.metadata.uid) ?? new Set<string>();
    this.#counted.set(job.metadata.uid, counted);
    const present = new Set(
      pods.filter(isFinished).map(pod => pod.metadata.uid),
    );
    const gone = [...counted].filter(id => !present.has(id.slice(2)));
    for (const pod of pods.filter(isFinished)) {
      const succeeded = pod.status?.phase === 'Succeeded';
      if (succeeded || countPods(job, [pod]).failed > 0) {
        counted.add(`${succeeded ? 's' : 'f'}:${pod.metadata.uid}`);
      }
    }
    return {
      ...now,
      succeeded: now.succeeded + gone.filter(id => id.startsWith('s')).length,
      failed: now.failed + gone.filter(id => id.startsWith('f')).length,
    };
  }

  #latest(job: StoredObject): StoredObject {
    return (
      this.#world.cluster.get(
        kinds.jobs,
        job.metadata.namespace,
        job.metadata.name,
      ) ?? job
    );
  }

  /** Milliseconds until the next pod may be made: 10 s after the last failure, doubled with each (`backoff_utils.go`). */
  #pauseMs(pods: readonly StoredObject[]): number {
    const failures = pods
      .filter(pod => pod.status?.phase === 'Failed')
      .map(finishedAtMs);
    if (failures.length === 0) return 0;
    const { delays, clock } = this.#world;
    const pause =
      delays.scale === 0
        ? 0
        : backOffMs(delays, delays.jobBackOffMs, failures.length - 1);
    return Math.max(0, Math.max(...failures) + pause - clock.now());
  }

  #stop(job: StoredObject, pods: readonly StoredObject[]): void {
    this.#release(pods);
    for (const pod of pods) deletePod(this.#world, job, pod, MANAGER);
  }

  /** Takes the finalizer off pods that were counted. */
  #release(pods: readonly StoredObject[]): void {
    for (const pod of pods) {
      if (!pod.metadata.finalizers?.includes(TRACKING)) continue;
      const { namespace, name } = pod.metadata;
      this.#world.cluster.update(
        kinds.pods,
        namespace,
        name,
        MANAGER,
        draft => {
          draft.metadata.finalizers = draft.metadata.finalizers?.filter(
            finalizer => finalizer !== TRACKING,
          );
        },
      );
    }
  }

  /** A pod whose Job is gone has nobody left to count it. */
  #releaseOfGoneJob(pod: StoredObject): void {
    const owner = controllerOf(pod);
    if (!pod.metadata.deletionTimestamp || !owner) return;
    const job = this.#world.cluster.get(
      kinds.jobs,
      pod.metadata.namespace,
      owner.name,
    );
    if (job?.metadata.uid !== owner.uid) this.#release([pod]);
  }

  #writeStatus(
    job: StoredObject,
    counts: {
      active: number;
      ready: number;
      terminating: number;
      succeeded: number;
      failed: number;
    },
    end: JobEnd | undefined,
    podsLeft: boolean,
  ): void {
    const { cluster, clock, events } = this.#world;
    const now = timestamp(clock.now());
    const written = writeStatus(cluster, kinds.jobs, job, MANAGER, stored => {
      const { suspend } = stored.spec;
      const conditions = withEnd(
        withSuspension(stored, now),
        end,
        podsLeft,
        now,
      );
      const completed = end?.result === 'Complete' && !podsLeft;
      return {
        conditions: conditions.length > 0 ? conditions : undefined,
        startTime: suspend ? undefined : stored.status?.startTime ?? now,
        completionTime: completed ? now : undefined,
        active: counts.active || undefined,
        succeeded: counts.succeeded || undefined,
        failed: counts.failed || undefined,
        terminating: counts.terminating,
        ready: end ? 0 : counts.ready,
        uncountedTerminatedPods: {},
      };
    });
    const finished = written && finishedCondition(written);
    if (!written || !finished) {
      if (written) this.#announceSuspension(job, written);
      return;
    }
    if (finished.type === 'Complete') {
      events.normal(
        { component: MANAGER },
        written,
        'Completed',
        'Job completed',
      );
    } else {
      events.warning(
        { component: MANAGER },
        written,
        finished.reason ?? '',
        finished.message ?? '',
      );
    }
  }

  #announceSuspension(before: StoredObject, after: StoredObject): void {
    const was =
      findCondition(before.status?.conditions, 'Suspended')?.status === 'True';
    const is =
      findCondition(after.status?.conditions, 'Suspended')?.status === 'True';
    if (was === is) return;
    const [reason, message] = is
      ? ['Suspended', 'Job suspended']
      : ['Resumed', 'Job resumed'];
    this.#world.events.normal({ component: MANAGER }, after, reason, message);
  }

  /** `ttlSecondsAfterFinished` (`pkg/controller/ttlafterfinished`). */
  #expire(job: StoredObject): number | undefined {
    const ttl: number | undefined = job.spec.ttlSecondsAfterFinished;
    const finished = finishedCondition(job);
    if (ttl === undefined || !finished?.lastTransitionTime) return undefined;
    const leftMs =
      Date.parse(finished.lastTransitionTime) +
      ttl * 1000 -
      this.#world.clock.now();
    if (leftMs > 0) return leftMs;
    const { namespace, name } = job.metadata;
    this.#world.cluster.delete(kinds.jobs, namespace, name, {
      propagationPolicy: 'Foreground',
    });
    return undefined;
  }
}

function finishedAtMs(pod: StoredObject): number {
  const statuses: { state?: { terminated?: { finishedAt?: string } } }[] =
    pod.status?.containerStatuses ?? [];
  const times = statuses
    .map(status => Date.parse(status.state?.terminated?.finishedAt ?? ''))
    .filter(ms => !Number.isNaN(ms));
  return times.length > 0
    ? Math.max(...times)
    : Date.parse(pod.metadata.creationTimestamp);
}
