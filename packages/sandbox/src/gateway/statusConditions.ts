/** A condition of the Gateway API and its policies. */
export interface StatusCondition {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
  observedGeneration?: number;
  lastTransitionTime: string;
}

/** A condition before it is known when it began. */
export type NewCondition = Omit<
  StatusCondition,
  'lastTransitionTime' | 'observedGeneration'
>;

/** Short for a condition. */
export function condition(
  type: string,
  status: boolean,
  reason: string,
  message: string,
): NewCondition {
  return { type, status: status ? 'True' : 'False', reason, message };
}

/** The same conditions with the generation they are about, and the time of the last change of status of each. */
export function dated(
  wanted: readonly NewCondition[],
  old: readonly StatusCondition[] | undefined,
  generation: number | undefined,
  now: string,
): StatusCondition[] {
  return wanted.map(next => {
    const before = old?.find(other => other.type === next.type);
    return {
      ...next,
      observedGeneration: generation,
      lastTransitionTime:
        before && before.status === next.status
          ? before.lastTransitionTime
          : now,
    };
  });
}

/** Error texts as Envoy Gateway puts them into conditions: a capital first, a full stop last (`status.Error2ConditionMsg`, v1.8.1). */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return text.endsWith('.') ? text : `${text}.`;
}

/** RFC 3339 with seconds, as Kubernetes writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
