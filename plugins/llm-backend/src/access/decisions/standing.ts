import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  AccessCaller,
  AccessDirectory,
  AccessTenant,
  Key,
  OwnSight,
  Sight,
} from '../types';
import { isOwner } from './requestState';

/** Whether somebody with these groups is a member of the tenant. */
export function isMember(tenant: AccessTenant, groups: string[]): boolean {
  return tenant.memberGroups.some(group => groups.includes(group));
}

/**
 * Whether somebody belongs to a tenant no more: she has left altogether (no groups), or none of her groups is a member. A tenant that is
 * away is dormant, and takes nothing from anybody who is still there.
 */
export function hasLeft(
  tenant: AccessTenant | undefined,
  groups: string[] | undefined,
): boolean {
  return !groups || (tenant !== undefined && !isMember(tenant, groups));
}

/**
 * Whether a key is the caller's to hand on: she owns it or backs it up, and still belongs to its tenant. Keys of services are good for calls
 * whoever looks after them, so that nobody may get a secret of one once she has left.
 */
export function holdsKey(
  { owner, backupOwner }: Pick<Key, 'owner' | 'backupOwner'>,
  { userEntityRef, groups }: Pick<AccessCaller, 'userEntityRef' | 'groups'>,
  tenant: AccessTenant | undefined,
): boolean {
  return (
    [owner, backupOwner].includes(userEntityRef) && !hasLeft(tenant, groups)
  );
}

/** What the caller may see, from who she is now. */
export function sightOf(
  caller: AccessCaller,
  directory: AccessDirectory,
): Sight {
  return caller.auditor
    ? { everything: true, own: ownSight(caller, directory) }
    : reachOf(caller, directory);
}

/** What of it she may act on: an auditor sees all, and changes no more than anybody else. */
export function reachOf(
  caller: AccessCaller,
  directory: AccessDirectory,
): Sight {
  const own = ownSight(caller, directory);
  return caller.admin ? { everything: true, own } : own;
}

/** What she may see for what she is and owns, whatever else she is allowed. */
export function ownSight(
  caller: Pick<
    AccessCaller,
    'userEntityRef' | 'ownershipEntityRefs' | 'groups'
  >,
  directory: AccessDirectory,
): OwnSight {
  const tenants = directory.tenants();
  return {
    everything: false,
    userEntityRef: caller.userEntityRef,
    groups: caller.groups,
    memberTenants: tenants
      .filter(tenant => isMember(tenant, caller.groups))
      .map(({ name }) => name),
    ownedTenants: tenants
      .filter(tenant => isOwner(tenant, caller))
      .map(({ name }) => name),
    ownedModels: directory
      .models()
      .filter(model => isOwner(model, caller))
      .map(({ ref }) => ref),
  };
}

/**
 * The tenant that the caller acts for: the only one she is a member of, or the one she chose among hers. What a client sends
 * never makes anybody a member.
 *
 * @throws NotFoundError when she is not a member of the one she named, or there is no such tenant: the two are told alike
 * @throws InputError when she must choose, or is a member of none
 * @throws ConflictError when it is suspended
 */
export function tenantOf(
  caller: AccessCaller,
  directory: AccessDirectory,
  wanted?: string,
): AccessTenant {
  const own = directory
    .tenants()
    .filter(tenant => isMember(tenant, caller.groups));
  return chooseTenant(own, wanted);
}

/**
 * The tenant that the caller gives access for: the only one she is a member or an owner of, or the one she chose among hers; an admin
 * chooses among all.
 *
 * @throws as {@link tenantOf}
 */
export function tenantToGiveFor(
  caller: AccessCaller,
  directory: AccessDirectory,
  wanted?: string,
): AccessTenant {
  const hers = directory
    .tenants()
    .filter(
      tenant =>
        (caller.admin && wanted !== undefined) ||
        isMember(tenant, caller.groups) ||
        isOwner(tenant, caller),
    );
  return chooseTenant(hers, wanted);
}

function chooseTenant(own: AccessTenant[], wanted?: string): AccessTenant {
  const tenant =
    wanted === undefined && own.length === 1
      ? own[0]
      : own.find(({ name }) => name === wanted);
  if (!tenant && wanted !== undefined) {
    throw new NotFoundError(`There is no tenant ${wanted} that you belong to.`);
  }
  if (!tenant) {
    throw new InputError(
      own.length === 0
        ? 'You belong to no tenant. Ask a platform admin to add one of your groups to one.'
        : `tenant: choose one of ${own.map(({ name }) => name).join(', ')}.`,
    );
  }
  if (tenant.state === 'suspended') {
    throw new ConflictError(
      `Tenant ${tenant.name} is suspended. Its owners or a platform admin can say why.`,
    );
  }
  return tenant;
}
