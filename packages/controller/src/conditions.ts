/** A condition, per the Kubernetes API conventions. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase. */
  reason: string;
  /** A sentence for people: what is, and what to do. */
  message: string;
  observedGeneration?: number;
  /** When `status` last changed; RFC 3339 in UTC, whole seconds. */
  lastTransitionTime: string;
}

/**
 * Conditions with one of them set. Its `lastTransitionTime` moves only when its status changes; order is kept, a new one comes last.
 * Returns the very same list when nothing changes.
 */
export function setCondition(
  conditions: readonly Condition[],
  wanted: Omit<Condition, 'lastTransitionTime'>,
  now: Date,
): readonly Condition[] {
  const present = conditions.find(({ type }) => type === wanted.type);
  const lastTransitionTime =
    present?.status === wanted.status
      ? present.lastTransitionTime
      : timestamp(now);
  const next: Condition = { ...wanted, lastTransitionTime };
  if (!present) {
    return [...conditions, next];
  }
  return isSame(present, next)
    ? conditions
    : conditions.map(condition => (condition === present ? next : condition));
}

/** Conditions after setting all of these, in their order; those of other types stay behind them. */
export function setConditions(
  conditions: readonly Condition[],
  wanted: readonly Omit<Condition, 'lastTransitionTime'>[],
  now: Date,
): readonly Condition[] {
  return wanted.reduce(
    (result, each) => setCondition(result, each, now),
    conditions,
  );
}

/** A time as the API writes it: RFC 3339, UTC, whole seconds. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function isSame(left: Condition, right: Condition): boolean {
  return (
    left.status === right.status &&
    left.reason === right.reason &&
    left.message === right.message &&
    left.observedGeneration === right.observedGeneration &&
    left.lastTransitionTime === right.lastTransitionTime
  );
}
