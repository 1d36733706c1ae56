import { StoredObject } from '../../types';
import {
  Condition,
  findCondition,
  withCondition,
  withoutCondition,
} from '../conditions';
import { JobEnd } from './jobPlan';

/** Adds how a Job ends; that it has ended only once none of its pods is left. */
export function withEnd(
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

/** A Job's conditions, with what they say of suspension brought up to date. */
export function withSuspension(job: StoredObject, now: string): Condition[] {
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
