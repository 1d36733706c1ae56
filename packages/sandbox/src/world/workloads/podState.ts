import { StoredObject } from '../../types';
import { Condition, findCondition } from '../conditions';

/** Neither finished nor being deleted (`controller.IsPodActive`). */
export function isActive(pod: StoredObject): boolean {
  return !isFinished(pod) && !pod.metadata.deletionTimestamp;
}

/** Succeeded or failed. */
export function isFinished(pod: StoredObject): boolean {
  const phase: string | undefined = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The pod's Ready condition says True. */
export function isReady(pod: StoredObject): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** Milliseconds until the pod has been ready for `minReadySeconds`; 0 when it is available, undefined when it is not ready. */
export function availableInMs(
  pod: StoredObject,
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  const ready = readyCondition(pod);
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const sinceMs = Date.parse(ready.lastTransitionTime ?? '');
  return Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}

function readyCondition(pod: StoredObject): Condition | undefined {
  return findCondition(pod.status?.conditions, 'Ready');
}
