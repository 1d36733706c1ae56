import { ConflictError, InputError, NotAllowedError } from '@backstage/errors';
import {
  AccessCaller,
  AccessModel,
  AccessRequest,
  AccessTenant,
  RequestState,
  RequestStep,
} from '../types';

/** A step that a person takes, and what she says. */
export interface TakenStep {
  step: Exclude<RequestStep, 'expire'>;
  comment?: string;
  /** With an approval: for how many days, if for fewer than were asked for. */
  days?: number;
}

/** What a decision about a request depends on besides the request. */
export interface RequestContext {
  caller: AccessCaller;
  /** The model and the tenant as they are now; absent when they are gone. */
  model?: AccessModel;
  tenant?: AccessTenant;
  now: Date;
}

const needsComment = new Set<RequestStep>(['reject', 'ask-back', 'answer']);

const decided: Record<'approve' | 'reject' | 'withdraw', RequestState> = {
  approve: 'approved',
  reject: 'rejected',
  withdraw: 'withdrawn',
};

/** What of a request a step changes. */
export type RequestChange = Pick<
  AccessRequest,
  'state' | 'waitsFor' | 'decidedBy' | 'decidedAt'
>;

/**
 * The request after a step.
 *
 * @throws ConflictError when it is decided already, or timed out
 * @throws NotAllowedError when the step is not the caller's to take
 * @throws InputError when the step needs a comment
 */
export function takeStep(
  request: AccessRequest,
  { step, comment }: TakenStep,
  context: RequestContext,
): RequestChange {
  const { caller, now } = context;
  checkPending(request, now);
  if (step === 'withdraw' || step === 'answer') {
    checkRequester(request, step, caller);
  } else {
    checkMayDecide(request, context);
  }
  if (needsComment.has(step) && !comment) {
    throw new InputError(
      `comment: to ${step} request ${request.id} say why, for the one who reads it.`,
    );
  }
  if (step === 'ask-back') {
    return { state: 'pending', waitsFor: 'requester' };
  }
  if (step === 'answer') {
    if (request.waitsFor !== 'requester') {
      throw new ConflictError(
        `Request ${request.id} waits for its approvers: nobody asked you anything.`,
      );
    }
    return { state: 'pending', waitsFor: 'approvers' };
  }
  return {
    state: decided[step],
    waitsFor: request.waitsFor,
    decidedBy: caller.userEntityRef,
    decidedAt: now.toISOString(),
  };
}

/** Whether a pending request has waited too long; it then is expired, whether or not anybody wrote that down yet. */
export function hasTimedOut(request: AccessRequest, now: Date): boolean {
  return request.state === 'pending' && request.expiresAt <= now.toISOString();
}

function checkPending(request: AccessRequest, now: Date): void {
  if (hasTimedOut(request, now)) {
    throw new ConflictError(
      `Request ${request.id} timed out on ${request.expiresAt}. Ask again.`,
    );
  }
  if (request.state !== 'pending') {
    throw new ConflictError(
      `Request ${request.id} is ${request.state} since ${request.decidedAt}, by ${request.decidedBy}.`,
    );
  }
}

function checkRequester(
  request: AccessRequest,
  step: RequestStep,
  caller: AccessCaller,
): void {
  if (request.requester !== caller.userEntityRef) {
    throw new NotAllowedError(
      `Only ${request.requester}, who asked, can ${step} request ${request.id}.`,
    );
  }
}

/**
 * Nobody decides on what she asked for herself, nor on what she would get: for herself, or as a member of the group that it
 * is for. That holds for owners and admins alike.
 */
export function isOwnRequest(
  { requester, subject }: Pick<AccessRequest, 'requester' | 'subject'>,
  caller: AccessCaller,
): boolean {
  return (
    requester === caller.userEntityRef ||
    (subject.kind === 'user' && subject.ref === caller.userEntityRef) ||
    (subject.kind === 'group' && caller.groups.includes(subject.ref))
  );
}

/** Whether the caller is one of the owners, herself or through a group. */
export function isOwner(
  owned: { owners: string[] } | undefined,
  caller: Pick<AccessCaller, 'ownershipEntityRefs'>,
): boolean {
  return (
    owned !== undefined &&
    caller.ownershipEntityRefs.some(ref => owned.owners.includes(ref))
  );
}

/** The steps that the caller may take now. */
export function stepsOf(
  request: AccessRequest,
  context: RequestContext,
): TakenStep['step'][] {
  if (request.state !== 'pending' || hasTimedOut(request, context.now)) {
    return [];
  }
  const asRequester: TakenStep['step'][] =
    request.waitsFor === 'requester' ? ['answer', 'withdraw'] : ['withdraw'];
  return [
    ...(request.requester === context.caller.userEntityRef ? asRequester : []),
    ...(mayDecide(request, context)
      ? (['approve', 'reject', 'ask-back'] as const)
      : []),
  ];
}

/** Whether a request is one that the caller is asked to decide. */
export function mayDecide(
  request: AccessRequest,
  { caller, model, tenant }: Omit<RequestContext, 'now'>,
): boolean {
  if (!caller.mayApprove || isOwnRequest(request, caller)) {
    return false;
  }
  const { approvers } = request;
  const asModelOwner =
    ['model-owners', 'either'].includes(approvers) && isOwner(model, caller);
  const asTenantOwner =
    ['tenant-owners', 'either'].includes(approvers) && isOwner(tenant, caller);
  return caller.admin || asModelOwner || asTenantOwner;
}

function checkMayDecide(request: AccessRequest, context: RequestContext) {
  if (isOwnRequest(request, context.caller)) {
    throw new NotAllowedError(
      `Nobody decides on their own request, not through a group either: request ${request.id} needs another approver.`,
    );
  }
  if (!context.caller.mayApprove) {
    throw new NotAllowedError(
      `Your permissions do not let you decide on requests (llm.request.approve): request ${request.id} needs another approver.`,
    );
  }
  if (!mayDecide(request, context)) {
    throw new NotAllowedError(
      `Request ${request.id} is for ${decidersInWords(request)} to decide.`,
    );
  }
}

function decidersInWords({ approvers, model, tenant }: AccessRequest): string {
  switch (approvers) {
    case 'admins':
      return 'platform admins';
    case 'tenant-owners':
      return `the owners of tenant ${tenant}`;
    default:
      return `the owners of model ${model}`;
  }
}
