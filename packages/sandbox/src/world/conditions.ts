/** A condition as workloads, pods and nodes carry it. Times are RFC 3339. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string | null;
  lastHeartbeatTime?: string;
  observedGeneration?: number;
}

/** The condition of this type. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find(condition => condition.type === type);
}

/** The list with this condition set. The transition time moves only when the status changes. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: string,
): Condition[] {
  const old = findCondition(conditions, condition.type);
  const entry: Condition = {
    ...condition,
    lastTransitionTime:
      old && old.status === condition.status ? old.lastTransitionTime : now,
  };
  if (!old) return [...(conditions ?? []), entry];
  return (conditions ?? []).map(other => (other === old ? entry : other));
}

/** The list without the condition of this type. */
export function withoutCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition[] {
  return (conditions ?? []).filter(condition => condition.type !== type);
}
