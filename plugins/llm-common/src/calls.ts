/**
 * Who judges calls at the gateway: the authorizer, by tenants, grants and keys; or the gateway alone (native mode), which knows tokens and
 * a model's `spec.access` and nothing else.
 */
export type CallJudge = 'authorizer' | 'gateway';

/**
 * Why the authorizer refuses every call of somebody: it answers 403 with the code `user_blocked`, `no_tenant`, `tenant_suspended` or
 * `tenant_blocked`. Blocked is what the kill switch stops.
 */
export type CallRefusal =
  | 'user-blocked'
  | 'no-tenant'
  | 'tenant-suspended'
  | 'tenant-blocked';

/** Why no call of somebody to a model gets through: none of hers does, or none to the model, whoever calls (403 `model_blocked`). */
export type ModelRefusal = CallRefusal | 'model-blocked';

/** What a client calls with: an API key, or a token of the identity provider. */
export type CredentialKind = 'key' | 'token';

type TenantState = {
  state: 'active' | 'suspended';
  /** Whether the kill switch stops it. */
  isBlocked?: boolean;
};

/** What is asked of somebody at the gateway before any model is looked at. */
export type CallerStanding = {
  /** The tenants that she is a member of. */
  memberOf: readonly TenantState[];
  /** Taken for the authorizer while it is not known, so that nothing is promised. A gateway that judges alone knows no tenants and no blocks. */
  judge: CallJudge | undefined;
  /** Whether the kill switch stops her. */
  isBlocked: boolean;
};

/** Why no call of somebody gets through whatever the model is; nothing where calls may. */
export function callRefusalOf({
  memberOf,
  judge,
  isBlocked,
}: CallerStanding): CallRefusal | undefined {
  if (judge === 'gateway') {
    return undefined;
  }
  if (isBlocked) {
    return 'user-blocked';
  }
  if (memberOf.some(isUsable)) {
    return undefined;
  }
  if (memberOf.length === 0) {
    return 'no-tenant';
  }
  return memberOf.some(({ state }) => state === 'active')
    ? 'tenant-blocked'
    : 'tenant-suspended';
}

/** Whether the authorizer lets calls for a tenant through: it is active, and not blocked. */
export function isUsable({ state, isBlocked }: TenantState): boolean {
  return state === 'active' && !isBlocked;
}

/**
 * The only kind of credential that gets through where not both do: a gateway that judges alone knows no keys, and a token does not say
 * for which of several active tenants it calls (403 `tenant_ambiguous`), whether or not one of them is blocked.
 *
 * @param memberOf - the tenants that she is a member of
 */
export function onlyCredentialOf(
  memberOf: readonly TenantState[],
  judge: CallJudge | undefined,
): CredentialKind | undefined {
  if (judge === 'gateway') {
    return 'token';
  }
  const active = memberOf.filter(({ state }) => state === 'active');
  return active.length > 1 ? 'key' : undefined;
}
