import type { GrantSummary } from '@slipway/plugin-llm-common';
import { AccessCaller, AccessModel, AccessTenant, Grant } from '../types';
import { isOwner, isOwnRequest } from './requestState';

/** A grant with its model and its tenant as they are now; absent when they are gone. */
export interface GrantContext {
  caller: AccessCaller;
  model?: AccessModel;
  tenant?: AccessTenant;
}

/** Whether the caller decides on a grant: as an owner of its model or tenant, or as an admin. */
export function owns({ caller, model, tenant }: GrantContext): boolean {
  return caller.admin || isOwner(model, caller) || isOwner(tenant, caller);
}

/** Whether the caller may give or prolong what she owns: like an approval, it needs the permission to approve. */
export function mayGive(context: GrantContext): boolean {
  return context.caller.mayApprove && owns(context);
}

/** Whether a grant is the caller's own: nobody prolongs or confirms that. */
export function isOwnGrant(grant: Grant, caller: AccessCaller): boolean {
  // A grant that was given without a request was asked for by nobody.
  const requester = grant.requestId === undefined ? '' : grant.requestedBy;
  return isOwnRequest({ requester, subject: grant.subject }, caller);
}

/** Whether the caller may ask for a grant to go on: it is for her or her group, or she asked for it. */
export function mayRenew(
  { requestedBy, requestId, subject }: Grant,
  caller: AccessCaller,
): boolean {
  // Who gave it unasked did not ask for it, and can prolong it while she owns the model or the tenant.
  const asked = requestId !== undefined && requestedBy === caller.userEntityRef;
  return (
    (asked && subject.kind === 'service') ||
    (subject.kind === 'user' && subject.ref === caller.userEntityRef) ||
    (subject.kind === 'group' && caller.groups.includes(subject.ref))
  );
}

/** Whether the caller may end a grant: she has it or asked for it, or owns its model or tenant. */
export function mayRevoke(grant: Grant, context: GrantContext): boolean {
  const { requestedBy, subject } = grant;
  const { userEntityRef } = context.caller;
  return (
    requestedBy === userEntityRef ||
    (subject.kind === 'user' && subject.ref === userEntityRef) ||
    owns(context)
  );
}

/** What the kill switch stops, of the grant and of the caller. */
interface Stopped {
  isGrantBlocked: boolean;
  isCallerBlocked: boolean;
}

/** What the caller may do with a grant that is active: while she is blocked, nothing that prolongs it. */
export function grantActions(
  grant: Grant,
  context: GrantContext & Stopped,
): GrantSummary['myActions'] {
  const { caller, isCallerBlocked, isGrantBlocked } = context;
  const renews = mayRenew(grant, caller) && !isGrantBlocked && !isCallerBlocked;
  const decides = mayGive(context) && !isOwnGrant(grant, caller);
  return [
    ...(renews ? (['renew'] as const) : []),
    ...(decides && !isCallerBlocked ? (['extend'] as const) : []),
    ...(decides ? (['recertify'] as const) : []),
    ...(mayRevoke(grant, context) ? (['revoke'] as const) : []),
  ];
}
