import { ConflictError, InputError, NotAllowedError } from '@backstage/errors';
import { checkWhole } from './decisions/limits';
import type { TakenStep } from './decisions/requestState';
import { AccessModel, AccessRequest, AccessTenant } from './types';

/**
 * For how many days an approval is, if not for as many as were asked for.
 *
 * @throws InputError when they are beyond what was asked for, or the step is no approval
 */
export function checkGrantedDays(
  request: AccessRequest,
  { step, days }: TakenStep,
): number | undefined {
  if (days === undefined) {
    return undefined;
  }
  if (step !== 'approve') {
    throw new InputError(`days: only with approve, not with ${step}.`);
  }
  return checkWhole('days', days, { min: 1, max: request.days, unit: 'days' });
}

/**
 * Checks that a request can still be approved.
 *
 * @throws ConflictError when its model or its tenant is gone, or its tenant suspended
 * @throws NotAllowedError when its group has left the tenant
 */
export function checkApprovable(
  request: AccessRequest,
  model: AccessModel | undefined,
  tenant: AccessTenant | undefined,
): void {
  if (!model && request.kind === undefined) {
    throw new ConflictError(
      `Model ${request.model} is not there any more: reject request ${request.id}, or wait until it is back.`,
    );
  }
  if (!tenant || tenant.state === 'suspended') {
    throw new ConflictError(
      `Tenant ${request.tenant} is ${
        tenant ? 'suspended' : 'not there any more'
      }: request ${request.id} can't be approved.`,
    );
  }
  const { kind, ref } = request.subject;
  if (kind === 'group' && !tenant.memberGroups.includes(ref)) {
    throw new NotAllowedError(
      `Group ${ref} does not belong to tenant ${tenant.name} any more: reject request ${request.id}.`,
    );
  }
}
