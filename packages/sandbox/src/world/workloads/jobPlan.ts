import { StoredObject } from '../../types';
import { Condition, findCondition } from '../conditions';
import { isActive, isFinished } from './podState';

/** Why a Job is over, as its conditions say it. */
export interface JobEnd {
  /** `SuccessCriteriaMet` comes before `Complete`, `FailureTarget` before `Failed` (since 1.31, when all pods are gone). */
  result: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

/** What a Job's pods say. */
export interface JobPods {
  active: StoredObject[];
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
}

/** Counts the pods of a Job. Failed ones that `podFailurePolicy` ignores are not counted. */
export function countPods(
  job: StoredObject,
  pods: readonly StoredObject[],
): JobPods {
  const active = pods.filter(isActive);
  const failed = pods.filter(pod => pod.status?.phase === 'Failed');
  return {
    active,
    ready: active.filter(
      pod => findCondition(pod.status?.conditions, 'Ready')?.status === 'True',
    ).length,
    terminating: pods.filter(
      pod => pod.metadata.deletionTimestamp && !isFinished(pod),
    ).length,
    succeeded: pods.filter(pod => pod.status?.phase === 'Succeeded').length,
    failed: failed.filter(pod => failureAction(job, pod)?.action !== 'Ignore')
      .length,
  };
}

/**
 * Whether the Job is over now, and why (`pkg/controller/job/job_controller.go` syncJob): a failure that its policy does not forgive, the
 * back-off limit, the deadline, or as many successes as wanted, asked in this order.
 */
export function decideEnd(
  job: StoredObject,
  counts: { succeeded: number; failed: number },
  pods: readonly StoredObject[],
  nowMs: number,
): JobEnd | undefined {
  const { spec, status } = job;
  const fatal = pods
    .filter(pod => pod.status?.phase === 'Failed')
    .map(pod => failureAction(job, pod))
    .find(action => action?.action === 'FailJob');
  if (fatal) {
    return {
      result: 'Failed',
      reason: 'PodFailurePolicy',
      message: fatal.message,
    };
  }
  if (counts.failed > spec.backoffLimit || restartsExceed(job, pods)) {
    return {
      result: 'Failed',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  }
  const leftMs = deadlineInMs(job, nowMs);
  if (leftMs !== undefined && leftMs <= 0) {
    return {
      result: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  }
  if (counts.succeeded >= (spec.completions ?? 1) && !status?.completionTime) {
    return {
      result: 'Complete',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
  }
  return undefined;
}

/** Milliseconds until `activeDeadlineSeconds` is over; undefined without one or while suspended. */
export function deadlineInMs(
  job: StoredObject,
  nowMs: number,
): number | undefined {
  const seconds: number | undefined = job.spec.activeDeadlineSeconds;
  const start: string | undefined = job.status?.startTime;
  if (seconds === undefined || !start || job.spec.suspend) return undefined;
  return Date.parse(start) + seconds * 1000 - nowMs;
}

/** The condition that ended this Job: `Complete` or `Failed`. */
export function finishedCondition(job: StoredObject): Condition | undefined {
  const conditions: Condition[] | undefined = job.status?.conditions;
  return conditions?.find(
    condition =>
      ['Complete', 'Failed'].includes(condition.type) &&
      condition.status === 'True',
  );
}

/** How many pods should run now. */
export function wantedPods(job: StoredObject, succeeded: number): number {
  const { parallelism = 1, completions, suspend } = job.spec;
  if (suspend) return 0;
  return Math.max(0, Math.min(parallelism, (completions ?? 1) - succeeded));
}

/** With `restartPolicy: OnFailure` the kubelet restarts containers, and those restarts count (`pastBackoffLimitOnFailure`). */
function restartsExceed(
  job: StoredObject,
  pods: readonly StoredObject[],
): boolean {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const pod of pods.filter(isActive)) {
    const statuses: { restartCount: number }[] = [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ];
    for (const { restartCount } of statuses) restarts += restartCount;
  }
  return job.spec.backoffLimit === 0
    ? restarts > 0
    : restarts >= job.spec.backoffLimit;
}

interface FailureRule {
  action: 'FailJob' | 'Ignore' | 'Count';
  onExitCodes?: {
    containerName?: string;
    operator: 'In' | 'NotIn';
    values: number[];
  };
  onPodConditions?: { type: string; status: string }[];
}

/** The first rule of `spec.podFailurePolicy` that matches a failed pod (`pkg/controller/job/pod_failure_policy.go`). */
export function failureAction(
  job: StoredObject,
  pod: StoredObject,
): { action: FailureRule['action']; message: string } | undefined {
  const rules: FailureRule[] = job.spec.podFailurePolicy?.rules ?? [];
  const podName = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [index, rule] of rules.entries()) {
    const end = rule.onExitCodes && matchingExit(rule.onExitCodes, pod);
    if (end) {
      const what = `Container ${end.name} for pod ${podName} failed with exit code ${end.exitCode}`;
      return {
        action: rule.action,
        message: `${what} matching ${rule.action} rule at index ${index}`,
      };
    }
    const condition = rule.onPodConditions?.find(
      wanted =>
        findCondition(pod.status?.conditions, wanted.type)?.status ===
        wanted.status,
    );
    if (condition) {
      const what = `Pod ${podName} has condition ${condition.type}`;
      return {
        action: rule.action,
        message: `${what} matching ${rule.action} rule at index ${index}`,
      };
    }
  }
  return undefined;
}

function matchingExit(
  rule: NonNullable<FailureRule['onExitCodes']>,
  pod: StoredObject,
): { name: string; exitCode: number } | undefined {
  const statuses: {
    name: string;
    state?: { terminated?: { exitCode: number } };
  }[] = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const { name, state } of statuses) {
    const exitCode = state?.terminated?.exitCode;
    if (exitCode === undefined || exitCode === 0) continue;
    if (rule.containerName && rule.containerName !== name) continue;
    if (rule.values.includes(exitCode) === (rule.operator === 'In'))
      return { name, exitCode };
  }
  return undefined;
}
