import type {
  AccessStanding,
  GrantSummary,
  KeySummary,
  RequestSummary,
  TenantSummary,
} from '@slipway/plugin-llm-common';
import { grantActions } from './decisions/grantActions';
import { grantStanding, IsBlocked, keyStanding } from './decisions/blocked';
import { confirmBy } from './decisions/recertification';
import { hasTimedOut, isOwner, stepsOf } from './decisions/requestState';
import { holdsKey, isMember } from './decisions/standing';
import {
  AccessCaller,
  AccessDirectory,
  AccessRequest,
  AccessTenant,
  Grant,
  Key,
} from './types';

/** What a summary depends on besides the row. */
export interface SummaryContext {
  caller: AccessCaller;
  directory: AccessDirectory;
  /** Days after which a grant is to be confirmed again. */
  recertifyDays: number;
  now: Date;
  isBlocked: IsBlocked;
}

/** A request for one caller. */
export function toRequestSummary(
  { approvers: _approvers, ...request }: AccessRequest,
  { caller, directory, isBlocked, now }: SummaryContext,
): RequestSummary {
  const full = { ...request, approvers: _approvers };
  const model = directory.model(request.model);
  const tenant = directory.tenant(request.tenant);
  const isWished = request.kind === 'new-model' && request.state !== 'approved';
  return {
    ...request,
    // Until it is made, a model of that name is another, which may not be hers to know of.
    modelId: isWished ? undefined : model?.modelId,
    // What ran out is expired, whether or not anybody wrote that down yet.
    state: hasTimedOut(full, now) ? 'expired' : request.state,
    // Who is blocked can still say no.
    mySteps: stepsOf(full, { caller, model, tenant, now }).filter(
      step => step !== 'approve' || !isBlocked('user', caller.userEntityRef),
    ),
  };
}

/** A grant for one caller. */
export function toGrantSummary(
  grant: Grant,
  context: SummaryContext,
  keys: number,
): GrantSummary {
  const { caller, directory, isBlocked, recertifyDays } = context;
  const model = directory.model(grant.model);
  const tenant = directory.tenant(grant.tenant);
  const standing = grantStanding(grant, { ...context, tenant, model });
  const {
    state: _state,
    endedBecause: _because,
    endedAt: _endedAt,
    ...row
  } = grant;
  return {
    ...row,
    modelId: model?.modelId,
    standing,
    confirmBy:
      standing.state === 'ended' ? undefined : confirmBy(grant, recertifyDays),
    keys,
    myActions:
      standing.state === 'ended'
        ? []
        : grantActions(grant, {
            caller,
            model,
            tenant,
            isGrantBlocked: standing.state === 'blocked',
            isCallerBlocked: isBlocked('user', caller.userEntityRef),
          }),
  };
}

/** A key for one caller. */
export function toKeySummary(
  key: Key,
  context: SummaryContext,
  {
    unusedDays,
    grantEnds,
  }: {
    unusedDays: number | undefined;
    /** When the grants that it hangs off run out, by their ids. */
    grantEnds: ReadonlyMap<string, string>;
  },
): KeySummary {
  const { caller, directory } = context;
  const tenant = directory.tenant(key.tenant);
  const standing = keyStanding(key, { ...context, tenant });
  const {
    state: _state,
    endedBecause: _because,
    endedAt: _endedAt,
    keptAt: _keptAt,
    ...row
  } = key;
  return {
    ...row,
    models: key.models.map(scope => ({
      ...scope,
      modelId: directory.model(scope.model)?.modelId,
      until: scope.grantId && grantEnds.get(scope.grantId),
    })),
    standing,
    unusedEndsAt:
      standing.state === 'ended' ? undefined : unusedEnd(key, unusedDays),
    myActions:
      standing.state === 'ended'
        ? []
        : keyActions(key, { caller, tenant, unusedDays, standing }),
  };
}

function unusedEnd(key: Key, days: number | undefined): string | undefined {
  if (days === undefined) {
    return undefined;
  }
  const last = [key.createdAt, key.lastUsedAt, key.keptAt]
    .filter(time => time !== undefined)
    .reduce((a, b) => (a > b ? a : b));
  return new Date(new Date(last).getTime() + days * 86_400_000).toISOString();
}

function keyActions(
  key: Key,
  {
    caller,
    tenant,
    unusedDays,
    standing,
  }: {
    caller: AccessCaller;
    tenant?: AccessTenant;
    unusedDays?: number;
    standing: AccessStanding;
  },
): KeySummary['myActions'] {
  const isHers = [key.owner, key.backupOwner].includes(caller.userEntityRef);
  const holds = holdsKey(key, caller, tenant);
  const rotates =
    holds && standing.state === 'valid' && key.successorId === undefined;
  const ends = isHers || caller.admin || isOwner(tenant, caller);
  return [
    ...(rotates ? (['rotate'] as const) : []),
    ...(ends ? (['revoke', 'leaked'] as const) : []),
    ...(holds && unusedDays !== undefined ? (['keep'] as const) : []),
  ];
}

/** A tenant for one caller, if she is something to it. */
export function toTenantSummary(
  tenant: AccessTenant,
  caller: AccessCaller,
): TenantSummary | undefined {
  const role = roleIn(tenant, caller);
  return (
    role && {
      ...tenant,
      myRole: role,
      isMember: isMember(tenant, caller.groups),
    }
  );
}

function roleIn(
  tenant: AccessTenant,
  caller: AccessCaller,
): TenantSummary['myRole'] | undefined {
  if (isOwner(tenant, caller)) {
    return 'owner';
  }
  if (isMember(tenant, caller.groups)) {
    return 'member';
  }
  return caller.admin || caller.auditor ? 'admin' : undefined;
}
