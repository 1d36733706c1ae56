/** A ReplicaSet as far as a rollout looks at it. */
export interface SetCounts {
  name: string;
  /** `spec.replicas`. */
  wanted: number;
  /** `status.availableReplicas`. */
  available: number;
}

/** What a Deployment wants, with percentages resolved. */
export interface RolloutGoal {
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
}

/** One ReplicaSet's new size. */
export interface Resize {
  name: string;
  replicas: number;
}

/**
 * `maxSurge` and `maxUnavailable` as numbers of pods: surge rounded up, unavailable down, and never both 0
 * (`deploymentutil.ResolveFenceposts`).
 */
export function resolveFenceposts(
  replicas: number,
  rollingUpdate: {
    maxSurge?: number | string;
    maxUnavailable?: number | string;
  } = {},
): { maxSurge: number; maxUnavailable: number } {
  const maxSurge = share(rollingUpdate.maxSurge ?? '25%', replicas, Math.ceil);
  const maxUnavailable = share(
    rollingUpdate.maxUnavailable ?? '25%',
    replicas,
    Math.floor,
  );
  return {
    maxSurge,
    maxUnavailable:
      maxSurge === 0 && maxUnavailable === 0
        ? 1
        : Math.min(maxUnavailable, replicas),
  };
}

function share(
  value: number | string,
  of: number,
  round: (x: number) => number,
): number {
  return typeof value === 'number'
    ? value
    : round((Number.parseFloat(value) / 100) * of);
}

/**
 * The next step of a rolling update: first the new set grows as far as the surge allows, then old sets shrink, unhealthy pods first,
 * as far as availability allows (`pkg/controller/deployment/rolling.go`). One step; the next follows when its effect is seen.
 */
export function rollingStep(
  goal: RolloutGoal,
  current: SetCounts,
  old: readonly SetCounts[],
): Resize[] {
  const grown = growNew(goal, current, old);
  if (grown !== current.wanted)
    return [{ name: current.name, replicas: grown }];
  return shrinkOld(goal, current, old);
}

/** The next step of a Recreate: the old sets go to 0 at once; the new one waits for the caller to see that their pods are gone. */
export function recreateStep(
  goal: RolloutGoal,
  current: SetCounts | undefined,
  old: readonly SetCounts[],
): Resize[] {
  const shrink = old
    .filter(set => set.wanted > 0)
    .map(set => ({ name: set.name, replicas: 0 }));
  if (shrink.length > 0 || !current || current.wanted === goal.replicas)
    return shrink;
  return [{ name: current.name, replicas: goal.replicas }];
}

function growNew(
  goal: RolloutGoal,
  current: SetCounts,
  old: readonly SetCounts[],
): number {
  if (current.wanted >= goal.replicas) return goal.replicas;
  const all = current.wanted + sumWanted(old);
  const room = Math.max(0, goal.replicas + goal.maxSurge - all);
  return Math.min(current.wanted + room, goal.replicas);
}

function shrinkOld(
  goal: RolloutGoal,
  current: SetCounts,
  old: readonly SetCounts[],
): Resize[] {
  const minAvailable = goal.replicas - goal.maxUnavailable;
  const newUnavailable = current.wanted - current.available;
  const most = current.wanted + sumWanted(old) - minAvailable - newUnavailable;
  if (most <= 0) return [];
  const sizes = new Map(old.map(set => [set.name, set.wanted]));
  let unhealthyLeft = most;
  for (const set of old) {
    const gone = Math.min(
      unhealthyLeft,
      Math.max(0, set.wanted - set.available),
    );
    sizes.set(set.name, set.wanted - gone);
    unhealthyLeft -= gone;
  }
  const available =
    current.available + old.reduce((sum, set) => sum + set.available, 0);
  let healthyLeft = Math.max(0, available - minAvailable);
  for (const set of old) {
    const size = sizes.get(set.name) ?? 0;
    const gone = Math.min(healthyLeft, size);
    sizes.set(set.name, size - gone);
    healthyLeft -= gone;
  }
  return old
    .filter(set => sizes.get(set.name) !== set.wanted)
    .map(set => ({ name: set.name, replicas: sizes.get(set.name) ?? 0 }));
}

function sumWanted(sets: readonly SetCounts[]): number {
  return sets.reduce((sum, set) => sum + set.wanted, 0);
}
