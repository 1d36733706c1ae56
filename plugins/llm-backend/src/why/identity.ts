import { isMember } from '../access';
import { activeTenants, blockOf } from './acting';
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
      remedy: `Somebody who is still a member of tenant ${key.tenant} creates a key of her own.`,
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
      `${key.owner} is no member of tenant ${key.tenant} (any more).`,
      {
        answered: ANSWERS.noTenant,
        who: ownersOr(tenant.owners),
        remedy: `Get back into one of the groups of tenant ${
          key.tenant
        }: ${tenant.memberGroups.join(', ')}.`,
      },
    );
  }
  return (
    checkTenant(tenant, facts) ??
    ok(
      key.service === undefined
        ? `Key ${key.name} of ${key.owner}, tenant ${key.tenant}`
        : `Key ${key.name}, service ${key.service}, tenant ${key.tenant}`,
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
    const names = active.map(({ name }) => name).join(', ');
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
  return checkTenant(tenant, facts) ?? ok(`${user}, tenant ${tenant.name}`);
}

function checkTenant(
  { name, state }: { name: string; state: string },
  facts: WhyFacts,
): Check | undefined {
  const suspended = () =>
    broken(`Tenant ${name} is suspended.`, {
      answered: ANSWERS.tenantSuspended,
      who: [ADMIN],
      remedy: `Make tenant ${name} active again: its grants and keys come back with it.`,
    });
  // A token of a suspended tenant ends there; a key's tenant is first looked up in the blocks.
  return facts.credential.kind === 'token' && state === 'suspended'
    ? suspended()
    : blockOf(facts, 'tenant', name, ANSWERS.tenantBlocked) ??
        (state === 'suspended' ? suspended() : undefined);
}
