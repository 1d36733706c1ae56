/**
 * Who judges calls at the gateway: the authorizer, by tenants, grants and keys; or the gateway alone (native mode), which knows tokens and
 * a model's `spec.access` and nothing else.
 */
export type CallJudge = 'authorizer' | 'gateway';

/** Why the authorizer refuses every call of somebody: it answers 403 with the code `no_tenant` or `tenant_suspended`. */
export type CallRefusal = 'no-tenant' | 'tenant-suspended';

/** What a client calls with: an API key, or a token of the identity provider. */
export type CredentialKind = 'key' | 'token';

type TenantState = { state: 'active' | 'suspended' };

/**
 * Why no call of somebody gets through whatever the model is, and no request of hers either; nothing where calls may. Whoever judges is
 * taken for the authorizer while it is not known, so that nothing is promised.
 *
 * @param memberOf - the tenants that she is a member of
 */
export function callRefusalOf(
  memberOf: readonly TenantState[],
  judge: CallJudge | undefined,
): CallRefusal | undefined {
  if (judge === 'gateway' || memberOf.some(({ state }) => state === 'active')) {
    return undefined;
  }
  return memberOf.length === 0 ? 'no-tenant' : 'tenant-suspended';
}

/**
 * The only kind of credential that gets through where not both do: a gateway that judges alone knows no keys, and a token does not say
 * for which of several active tenants it calls (403 `tenant_ambiguous`).
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
