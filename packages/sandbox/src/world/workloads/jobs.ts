import { ApiFailure, StoredObject } from '../../types';
import {
  Condition,
  findCondition,
  withCondition,
  withoutCondition,
} from '../conditions';
import { WorldContext } from '../context';
import { backOffMs } from '../delays';
import {
  controllerOf,
  controllerReference,
  getByKey,
  keyOf,
  kinds,
  timestamp,
} from '../kinds';
import { Queue } from '../loop';
import { writeStatus } from '../writes';
import {
  countPods,
  deadlineInMs,
  decideEnd,
  finishedCondition,
  JobEnd,
  wantedPods,
} from './jobPlan';
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
    const pods = cluster
      .ownedBy(job.metadata.uid)
      .filter(object => object.kind === 'Pod');
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
      for (const pod of counts.active) this.#stop(job, pod);
      active = 0;
    } else {
      const missing = wantedPods(job, counts.succeeded) - active;
      waitMs = missing > 0 ? this.#pauseMs(pods) : 0;
      if (missing > 0 && waitMs === 0) {
        failure = this.#make(job, missing);
        // The new pods' own events bring us back to count them.
        if (!failure) return undefined;
      }
    }
    const left = end
      ? this.#podsOf(job).filter(pod => !isFinished(pod)).length
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

  #podsOf(job: StoredObject): StoredObject[] {
    return this.#world.cluster
      .ownedBy(job.metadata.uid)
      .filter(object => object.kind === 'Pod');
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

  #make(job: StoredObject, count: number): ApiFailure | undefined {
    const { cluster, events, random } = this.#world;
    const { name, namespace } = job.metadata;
    const { template } = job.spec;
    for (let made = 0; made < count; made += 1) {
      const podName = `${name.slice(0, 57)}-${random.suffix()}`;
      try {
        cluster.create(
          kinds.pods,
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: {
              name: podName,
              generateName: `${name}-`,
              namespace,
              labels: template.metadata?.labels,
              annotations: template.metadata?.annotations,
              finalizers: [TRACKING],
              ownerReferences: [controllerReference(job)],
            },
            spec: template.spec,
          },
          MANAGER,
        );
        events.normal(
          { component: MANAGER },
          job,
          'SuccessfulCreate',
          `Created pod: ${podName}`,
        );
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        events.warning(
          { component: MANAGER },
          job,
          'FailedCreate',
          `Error creating: ${error.message}`,
        );
        return error;
      }
    }
    return undefined;
  }

  #stop(job: StoredObject, pod: StoredObject): void {
    const { cluster, events } = this.#world;
    const { namespace, name } = pod.metadata;
    this.#release([pod]);
    cluster.delete(kinds.pods, namespace, name);
    events.normal(
      { component: MANAGER },
      job,
      'SuccessfulDelete',
      `Deleted pod: ${name}`,
    );
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

function withEnd(
  conditions: Condition[],
  end: JobEnd | undefined,
  podsLeft: boolean,
  now: string,
): Condition[] {
  if (!end) return conditions;
  const probe = { lastProbeTime: now };
  const { reason, message } = end;
  const first =
    end.result === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  const announced = findCondition(conditions, first)
    ? conditions
    : withCondition(
        conditions,
        { type: first, status: 'True', ...probe, reason, message },
        now,
      );
  if (podsLeft) return announced;
  return withCondition(
    announced,
    { type: end.result, status: 'True', ...probe, reason, message },
    now,
  );
}

function withSuspension(job: StoredObject, now: string): Condition[] {
  const conditions: Condition[] = job.status?.conditions ?? [];
  const suspended = findCondition(conditions, 'Suspended');
  const set = (status: 'True' | 'False', reason: string, message: string) =>
    withCondition(
      withoutCondition(conditions, 'Suspended'),
      { type: 'Suspended', status, lastProbeTime: now, reason, message },
      now,
    );
  if (job.spec.suspend && suspended?.status !== 'True') {
    return set('True', 'JobSuspended', 'Job suspended');
  }
  if (!job.spec.suspend && suspended?.status === 'True') {
    return set('False', 'JobResumed', 'Job resumed');
  }
  return conditions;
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
