import type { AccessView, IndexedGrant, IndexedKey } from './accessIndex';
import type { CheckAnswer } from './types';
import type { WorldModel, WorldTenant, WorldView } from './world';
import {
  blocked,
  invalidKey,
  noTenant,
  tenantAmbiguous,
  tenantSuspended,
  unknownUser,
} from './answers';

/** What a verified token says. */
export interface TokenIdentity {
  /** Entity ref. */
  user: string;
  /** As the token names them, a leading slash dropped. */
  groups: readonly string[];
}

/** Somebody who may call something: whom it is charged to, and what she may call. */
export interface Caller {
  tenant: string;
  /** Id of the key, or `jwt`. */
  keyId: string;
  /** Entity ref. */
  owner: string;
  /** The key, if it is one. */
  key?: IndexedKey;
  /** Whether she may call a model: it is in the key's scope, and the grant behind it holds and is hers. */
  mayCall(model: WorldModel): boolean;
  /** The models that she might call; {@link mayCall} has the last word. */
  candidates(): Iterable<WorldModel>;
}

/** Who calls, or why nobody. */
export type CallerOrAnswer = Caller | { answer: CheckAnswer };

/** What callers are found in. `now` is in milliseconds since 1970. */
export interface Grounds {
  index: AccessView;
  world: WorldView;
  now: number;
}

const publicOnly: readonly string[] = [];

/** The caller with a key. The rules are those of `mayCall` and `keyValidity` in the access room; a test holds the two together. */
export function callerOfKey(
  keyHash: Uint8Array,
  { index, world, now }: Grounds,
): CallerOrAnswer {
  const key = index.findKey(keyHash);
  if (!key || key.expiresMs <= now || index.isBlocked('key', key.id)) {
    return { answer: invalidKey };
  }
  // A person who left has no groups and no keys; a key of a service outlives its owner, who hands it over.
  const groups =
    key.service === undefined ? index.groupsOf(key.owner) : publicOnly;
  if (groups === undefined) {
    return { answer: invalidKey };
  }
  if (index.isBlocked('user', key.owner)) {
    return { answer: blocked('user') };
  }
  const tenant = world.tenant(key.tenant);
  // Who lost the tenant's groups calls for it no longer, from the moment on that the tenant or her groups say so.
  if (!tenant || (key.service === undefined && !isMember(tenant, groups))) {
    return { answer: noTenant };
  }
  if (index.isBlocked('tenant', key.tenant)) {
    return { answer: blocked('tenant') };
  }
  if (tenant.state !== 'active') {
    return { answer: tenantSuspended };
  }
  const isHers = ({ kind, ref }: IndexedGrant) =>
    key.service === undefined
      ? (kind === 'user' && ref === key.owner) ||
        (kind === 'group' && groups.includes(ref))
      : kind === 'service' && ref === key.service;
  return {
    tenant: key.tenant,
    keyId: key.id,
    owner: key.owner,
    key,
    mayCall: model => {
      const scope = index.scope(key, model.ref);
      if (scope === undefined || scope === 'implicit') {
        return scope === 'implicit' && isOpenTo(model, groups);
      }
      return (
        scope.model === model.ref &&
        scope.tenant === key.tenant &&
        scope.expiresMs > now &&
        isHers(scope)
      );
    },
    candidates: () =>
      index.modelsOf(key).flatMap(ref => world.modelByRef(ref) ?? []),
  };
}

/** The caller with a token: what is open to her groups, and what is granted to her or to one of them in her tenant. */
export function callerOfToken(
  token: TokenIdentity,
  { index, world, now }: Grounds,
  { requireMember }: { requireMember: boolean },
): CallerOrAnswer {
  const { user, groups } = token;
  if (requireMember && index.groupsOf(user) === undefined) {
    return { answer: unknownUser };
  }
  if (index.isBlocked('user', user)) {
    return { answer: blocked('user') };
  }
  const memberOf = world.tenantsOf(groups);
  const active = memberOf.filter(({ state }) => state === 'active');
  if (active.length !== 1) {
    const none = memberOf.length === 0 ? noTenant : tenantSuspended;
    return { answer: active.length === 0 ? none : tenantAmbiguous };
  }
  const tenant = active[0].name;
  if (index.isBlocked('tenant', tenant)) {
    return { answer: blocked('tenant') };
  }
  const holds = ({ expiresMs }: IndexedGrant) => expiresMs > now;
  return {
    tenant,
    keyId: 'jwt',
    owner: user,
    mayCall: model =>
      isOpenTo(model, groups) ||
      index.grantsOf('user', user, tenant, model.ref).some(holds) ||
      groups.some(group =>
        index.grantsOf('group', group, tenant, model.ref).some(holds),
      ),
    candidates: () => world.models(),
  };
}

function isMember(
  { memberGroups }: WorldTenant,
  groups: readonly string[],
): boolean {
  return memberGroups.some(group => groups.includes(group));
}

/** Whether a model's own `spec.access` lets somebody with these groups in. */
function isOpenTo(
  { access }: Pick<WorldModel, 'access'>,
  groups: readonly string[],
): boolean {
  return access.public || groups.some(group => access.groups.has(group));
}
