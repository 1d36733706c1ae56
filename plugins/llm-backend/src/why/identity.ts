import { AccessTenant, isMember } from '../access';
import { activeTenants, blockOf, tenantInWords } from './acting';
import { ANSWERS } from './answers';
import { ADMIN, broken, Check, ok, ownersOr } from './check';
import type { KeyCredential, TokenCredential, WhyFacts } from './facts';

/** Whom the gateway takes the caller for, and for which tenant. */
export function checkIdentity(facts: WhyFacts): Check {
  const { credential } = facts;
  return credential.kind === 'key'
    ? checkKeyIdentity(credential, facts)
    : checkTokenIdentity(credential, facts);
}

function checkKeyIdentity(
  { key, tenant, principal }: KeyCredential,
  facts: WhyFacts,
): Check {
  if (!principal) {
    return broken(`${key.owner}, who owns key ${key.name}, has left.`, {
      answered: ANSWERS.invalidKey,
      who: key.backupOwner ? [key.backupOwner] : ownersOr(tenant?.owners ?? []),
      remedy: `Somebody who is still a member of tenant ${
        tenant ? tenantInWords(tenant) : key.tenant
      } creates a key of her own.`,
    });
  }
  const blockedUser = blockOf(facts, 'user', key.owner, ANSWERS.userBlocked);
  if (blockedUser) {
    return blockedUser;
  }
  if (!tenant) {
    return broken(`Tenant ${key.tenant} is not there.`, {
      answered: ANSWERS.noTenant,
      who: [ADMIN],
      remedy: `Restore tenant ${key.tenant}: what it has is dormant, and comes back with it.`,
    });
  }
  if ('user' in principal && !isMember(tenant, principal.groups)) {
    return broken(
      `${key.owner} is no member of tenant ${tenantInWords(
        tenant,
      )} (any more).`,
      {
        answered: ANSWERS.noTenant,
        who: ownersOr(tenant.owners),
        remedy: `Get back into one of the groups of tenant ${tenantInWords(
          tenant,
        )}: ${tenant.memberGroups.join(', ')}.`,
      },
    );
  }
  return (
    checkTenant(tenant, facts) ??
    ok(
      key.service === undefined
        ? `Key ${key.name} of ${key.owner}, tenant ${tenantInWords(tenant)}`
        : `Key ${key.name}, service ${key.service}, tenant ${tenantInWords(
            tenant,
          )}`,
    )
  );
}

function checkTokenIdentity(
  credential: TokenCredential,
  facts: WhyFacts,
): Check {
  const { principal, tenants } = credential;
  const { user } = principal;
  if (!credential.known) {
    return broken(`${user} is not known as a member of this platform.`, {
      answered: ANSWERS.unknownUser,
      who: [ADMIN],
      remedy: 'Add her to the catalog, or to the groups of a tenant.',
    });
  }
  const blockedUser = blockOf(facts, 'user', user, ANSWERS.userBlocked);
  if (blockedUser) {
    return blockedUser;
  }
  if (tenants.length === 0) {
    return broken(`${user} belongs to no tenant.`, {
      answered: ANSWERS.noTenant,
      who: [ADMIN],
      remedy: 'Add one of your groups to the member groups of a tenant.',
    });
  }
  const active = activeTenants(credential);
  if (active.length > 1) {
    const names = active.map(tenantInWords).join(', ');
    return broken(
      `${user} belongs to ${active.length} tenants (${names}), and a token does not say for which one it calls.`,
      {
        answered: ANSWERS.tenantAmbiguous,
        who: [user],
        remedy: 'Use a key: a key belongs to one tenant.',
        action: { kind: 'create-key', model: facts.model.ref },
      },
    );
  }
  const [tenant] = active.length > 0 ? active : tenants;
  return (
    checkTenant(tenant, facts) ?? ok(`${user}, tenant ${tenantInWords(tenant)}`)
  );
}

function checkTenant(tenant: AccessTenant, facts: WhyFacts): Check | undefined {
  const { name, state } = tenant;
  const called = tenantInWords(tenant);
  const suspended = () =>
    broken(`Tenant ${called} is suspended.`, {
      answered: ANSWERS.tenantSuspended,
      who: [ADMIN],
      remedy: `Make tenant ${called} active again: its grants and keys come back with it.`,
    });
  // A token of a suspended tenant ends there; a key's tenant is first looked up in the blocks.
  return facts.credential.kind === 'token' && state === 'suspended'
    ? suspended()
    : blockOf(facts, 'tenant', name, ANSWERS.tenantBlocked, called) ??
        (state === 'suspended' ? suspended() : undefined);
}
