import { StoredObject } from '../../types';
import {
  Condition,
  findCondition,
  withCondition,
  withoutCondition,
} from '../conditions';

/** Status of a Deployment, as far as it is written. */
export interface DeploymentStatus {
  observedGeneration: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  conditions?: Condition[];
  collisionCount?: number;
}

interface Inputs {
  deployment: StoredObject;
  /** The set of the present template, when it exists. */
  current: StoredObject | undefined;
  old: readonly StoredObject[];
  maxUnavailable: number;
  /** RFC 3339. */
  now: string;
}

/** That a Deployment has just been paused or resumed. */
export interface ProgressNote {
  reason: 'DeploymentPaused' | 'DeploymentResumed';
  message: string;
}

/**
 * Counters and conditions of a Deployment (`pkg/controller/deployment/sync.go` calculateStatus and `progress.go` syncRolloutStatus;
 * reasons and messages from `util/deployment_util.go`).
 */
export function deploymentStatus(
  inputs: Inputs,
  note?: ProgressNote,
): DeploymentStatus {
  const { deployment, current, old, now } = inputs;
  const before: DeploymentStatus = deployment.status ?? {
    observedGeneration: 0,
  };
  const sets = current ? [current, ...old] : old;
  const available = sum(sets, 'availableReplicas');
  const wanted = sets.reduce((total, set) => total + set.spec.replicas, 0);
  const counters = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(sets, 'replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(sets, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
  };
  let conditions = withCondition(
    before.conditions,
    availability(available >= deployment.spec.replicas - inputs.maxUnavailable),
    now,
  );
  conditions = stamped(conditions, before.conditions, 'Available', now);
  const progress = progressing(inputs, before, counters, note);
  if (progress === 'remove')
    conditions = withoutCondition(conditions, 'Progressing');
  if (progress && progress !== 'remove') {
    conditions = withCondition(conditions, progress, now);
  }
  return clean({
    ...counters,
    conditions: withFailure(conditions, sets, now),
    collisionCount: before.collisionCount,
  });
}

/** Milliseconds until the rollout has taken too long, or undefined when nobody waits for it. */
export function progressDeadlineInMs(
  deployment: StoredObject,
  nowMs: number,
): number | undefined {
  const seconds: number | undefined = deployment.spec.progressDeadlineSeconds;
  const progress = findCondition(deployment.status?.conditions, 'Progressing');
  if (
    seconds === undefined ||
    deployment.spec.paused ||
    !progress?.lastUpdateTime
  )
    return undefined;
  if (
    progress.reason === 'NewReplicaSetAvailable' ||
    progress.reason === 'ProgressDeadlineExceeded'
  )
    return undefined;
  return Math.max(
    0,
    Date.parse(progress.lastUpdateTime) + seconds * 1000 - nowMs,
  );
}

/** Every pod is of the present template and available, and no other is left (`deploymentutil.DeploymentComplete`). */
export function isComplete(
  deployment: StoredObject,
  status: DeploymentStatus,
): boolean {
  const { replicas } = deployment.spec;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    status.observedGeneration >= (deployment.metadata.generation ?? 0)
  );
}

function progressing(
  { deployment, current, now }: Inputs,
  before: DeploymentStatus,
  counters: DeploymentStatus,
  note?: ProgressNote,
): Condition | 'remove' | undefined {
  const make = (
    status: 'True' | 'False' | 'Unknown',
    reason: string,
    message: string,
  ): Condition => ({
    type: 'Progressing',
    status,
    lastUpdateTime: now,
    reason,
    message,
  });
  const deadline: number | undefined = deployment.spec.progressDeadlineSeconds;
  if (deadline === undefined) return 'remove';
  const old = findCondition(before.conditions, 'Progressing');
  if (note?.reason === 'DeploymentPaused') {
    return make('Unknown', note.reason, note.message);
  }
  if (deployment.spec.paused) return undefined;
  const name = current
    ? `ReplicaSet "${current.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, counters)) {
    if (
      old?.reason === 'NewReplicaSetAvailable' &&
      old.message?.startsWith(name)
    )
      return undefined;
    return make(
      'True',
      'NewReplicaSetAvailable',
      `${name} has successfully progressed.`,
    );
  }
  if (note) return make('Unknown', note.reason, note.message);
  if (!old && !current) return undefined;
  if (current && (!old || old.reason === 'NewReplicaSetAvailable')) {
    const text = `Created new replica set "${current.metadata.name}"`;
    return make('True', 'NewReplicaSetCreated', text);
  }
  if (hasProgressed(before, counters))
    return make('True', 'ReplicaSetUpdated', `${name} is progressing.`);
  if (!old || old.reason === 'ProgressDeadlineExceeded') return undefined;
  const sinceMs = Date.parse(old.lastUpdateTime ?? now);
  if (Date.parse(now) >= sinceMs + deadline * 1000) {
    return make(
      'False',
      'ProgressDeadlineExceeded',
      `${name} has timed out progressing.`,
    );
  }
  return undefined;
}

/** More pods of the new kind, fewer of the old, or more that are ready or available than last time. */
function hasProgressed(
  before: DeploymentStatus,
  now: DeploymentStatus,
): boolean {
  const n = (value: number | undefined) => value ?? 0;
  return (
    n(now.updatedReplicas) > n(before.updatedReplicas) ||
    n(now.replicas) - n(now.updatedReplicas) <
      n(before.replicas) - n(before.updatedReplicas) ||
    n(now.readyReplicas) > n(before.readyReplicas) ||
    n(now.availableReplicas) > n(before.availableReplicas)
  );
}

function availability(enough: boolean): Condition {
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Sets `lastUpdateTime` of a condition when it changed, else keeps it as it was. */
function stamped(
  conditions: Condition[],
  before: readonly Condition[] | undefined,
  type: string,
  now: string,
): Condition[] {
  const old = findCondition(before, type);
  return conditions.map(condition =>
    condition.type === type
      ? {
          ...condition,
          lastUpdateTime:
            old?.status === condition.status ? old.lastUpdateTime : now,
        }
      : condition,
  );
}

/** A ReplicaSet that cannot make pods says why; the Deployment repeats it. */
function withFailure(
  conditions: Condition[],
  sets: readonly StoredObject[],
  now: string,
): Condition[] {
  const failure = sets
    .map(set => findCondition(set.status?.conditions, 'ReplicaFailure'))
    .find(condition => condition?.status === 'True');
  if (!failure) return withoutCondition(conditions, 'ReplicaFailure');
  const old = findCondition(conditions, 'ReplicaFailure');
  if (old?.reason === failure.reason) return conditions;
  return withCondition(
    conditions,
    {
      type: 'ReplicaFailure',
      status: 'True',
      lastUpdateTime: now,
      reason: failure.reason,
      message: failure.message,
    },
    now,
  );
}

function sum(sets: readonly StoredObject[], field: string): number {
  return sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
}

/** Go's `omitempty`: counters that are 0 are not written. */
function clean(status: DeploymentStatus): DeploymentStatus {
  const entries = Object.entries(status).filter(
    ([name, value]) =>
      name === 'observedGeneration' || (value !== 0 && value !== undefined),
  );
  return {
    observedGeneration: status.observedGeneration,
    ...Object.fromEntries(entries),
  };
}
