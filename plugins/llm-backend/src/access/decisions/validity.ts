import { AccessModel, AccessTenant, EndReason, Grant, Key } from '../types';
import { isMember } from './standing';

/** Whether something may be used now. What is dormant comes back by itself; what has ended never does. */
export type Validity =
  | { state: 'valid' }
  | {
      state: 'dormant';
      because: 'tenant-suspended' | 'tenant-absent' | 'model-absent';
    }
  | { state: 'ended'; because: EndReason };

/** What validity depends on besides the row. */
export interface World {
  now: Date;
  tenant?: AccessTenant;
  model?: AccessModel;
}

function ofTenant(tenant: AccessTenant | undefined): Validity {
  if (!tenant) {
    return { state: 'dormant', because: 'tenant-absent' };
  }
  return tenant.state === 'active'
    ? { state: 'valid' }
    : { state: 'dormant', because: 'tenant-suspended' };
}

function ofRow(row: Grant | Key, now: Date): Validity {
  if (row.state === 'ended') {
    return { state: 'ended', because: row.endedBecause ?? 'revoked' };
  }
  // A row that ran out has ended whether or not the clean-up wrote that down yet.
  return row.expiresAt <= now.toISOString()
    ? { state: 'ended', because: 'expired' }
    : { state: 'valid' };
}

/** Whether a grant holds now. */
export function grantValidity(
  grant: Grant,
  { now, tenant, model }: World,
): Validity {
  const own = ofRow(grant, now);
  if (own.state !== 'valid') {
    return own;
  }
  const tenancy = ofTenant(tenant);
  if (tenancy.state !== 'valid') {
    return tenancy;
  }
  return model ? own : { state: 'dormant', because: 'model-absent' };
}

/** Whether a key is good for anything now. Which models it may call is a question of its grants. */
export function keyValidity(
  key: Key,
  { now, tenant }: Pick<World, 'now' | 'tenant'>,
): Validity {
  const own = ofRow(key, now);
  return own.state === 'valid' ? ofTenant(tenant) : own;
}

/** Who acts: a person with her groups, or a service. */
export type Principal =
  | { user: string; groups: string[] }
  | { service: string };

/** Whether a grant is for this principal of this tenant. */
export function isFor(
  { tenant, subject }: Pick<Grant, 'tenant' | 'subject'>,
  principal: Principal,
  ofTenantName: string,
): boolean {
  if (tenant !== ofTenantName) {
    return false;
  }
  if ('service' in principal) {
    return subject.kind === 'service' && subject.ref === principal.service;
  }
  return subject.kind === 'user'
    ? subject.ref === principal.user
    : subject.kind === 'group' && principal.groups.includes(subject.ref);
}

/** Whether a model's own `spec.access` lets the principal in. A service has no groups: only public models are open to it. */
export function isOpenTo(model: AccessModel, principal: Principal): boolean {
  return (
    model.access.public ||
    ('user' in principal &&
      model.access.groups.some(group => principal.groups.includes(group)))
  );
}

/** What a call with a key needs to be judged. */
export interface KeyCall extends World {
  key: Key;
  /** The model that is called. */
  modelRef: string;
  /** The grants that the key hangs off, by id. */
  grants: ReadonlyMap<string, Grant>;
  principal: Principal;
}

/**
 * Whether a key may call a model now: it holds, its owner is still a member of its tenant, the model is in its scope, and the grant behind
 * it holds and is still the principal's.
 */
export function mayCall(call: KeyCall): boolean {
  const { key, modelRef, grants, model, principal } = call;
  const scope = key.models.find(candidate => candidate.model === modelRef);
  if (!scope || model?.ref !== modelRef) {
    return false;
  }
  if (keyValidity(key, call).state !== 'valid') {
    return false;
  }
  if (
    'user' in principal &&
    !(call.tenant && isMember(call.tenant, principal.groups))
  ) {
    return false;
  }
  if (scope.grantId === undefined) {
    return isOpenTo(model, principal);
  }
  const grant = grants.get(scope.grantId);
  return (
    grant !== undefined &&
    grant.model === modelRef &&
    isFor(grant, principal, key.tenant) &&
    grantValidity(grant, call).state === 'valid'
  );
}
