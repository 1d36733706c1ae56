import type { BlockSummary } from '@slipway/plugin-llm-common';
import {
  Grant,
  isFor,
  isOpenTo,
  keyValidity,
  Principal,
  Validity,
} from '../access';
import { ANSWERS } from './answers';
import {
  ADMIN,
  Break,
  broken,
  Check,
  day,
  ok,
  ownersOr,
  unknown,
} from './check';
import type { KeyCredential, TokenCredential, WhyFacts } from './facts';

/** Who acts, or nothing when nobody can be said to. */
function principalOf({ credential }: WhyFacts): Principal | undefined {
  return credential.principal;
}

/** Name of the one tenant that the call is for, if there is one. */
function tenantOf({ credential }: WhyFacts): string | undefined {
  if (credential.kind === 'key') {
    return credential.key.tenant;
  }
  const [tenant, other] = credential.tenants;
  return other ? undefined : tenant?.name;
}

/** Whether a grant is for this call and has not ended. Whether its tenant is active is the identity's question. */
function holds(
  grant: Grant | undefined,
  { model, now }: WhyFacts,
  for_: { principal: Principal; tenant: string },
): boolean {
  return (
    grant !== undefined &&
    grant.model === model.ref &&
    isFor(grant, for_.principal, for_.tenant) &&
    grant.state === 'active' &&
    grant.expiresAt > now.toISOString()
  );
}

/** Whom the gateway takes the caller for: the person or the service, her tenant, and whether the kill switch stops them. */
export function checkIdentity(facts: WhyFacts): Check {
  const { credential } = facts;
  const user =
    credential.kind === 'key'
      ? credential.key.owner
      : credential.principal.user;
  const block = blockOf(facts, { user, tenant: tenantOf(facts) });
  if (block) {
    return block;
  }
  return credential.kind === 'key'
    ? checkKeyIdentity(credential)
    : checkTokenIdentity(credential, facts);
}

function checkKeyIdentity({ key, tenant, principal }: KeyCredential): Check {
  if (!principal) {
    return broken(`${key.owner}, who owns key ${key.name}, has left.`, {
      answered: ANSWERS.invalidKey,
      who: key.backupOwner ? [key.backupOwner] : ownersOr(tenant?.owners ?? []),
      remedy: `Somebody who is still a member of tenant ${key.tenant} creates a key of her own.`,
    });
  }
  if (!tenant) {
    return broken(`Tenant ${key.tenant} is not there.`, {
      answered: ANSWERS.tenantSuspended,
      who: [ADMIN],
      remedy: `Restore tenant ${key.tenant}: what it has is dormant, and comes back with it.`,
    });
  }
  return (
    suspended(tenant) ??
    ok(
      key.service === undefined
        ? `Key ${key.name} of ${key.owner}, tenant ${key.tenant}`
        : `Key ${key.name}, service ${key.service}, tenant ${key.tenant}`,
    )
  );
}

function checkTokenIdentity(
  { principal, tenants }: TokenCredential,
  { model }: WhyFacts,
): Check {
  if (tenants.length === 0) {
    return broken(`${principal.user} belongs to no tenant.`, {
      answered: ANSWERS.noTenant,
      who: [ADMIN],
      remedy: 'Add one of your groups to the member groups of a tenant.',
    });
  }
  const [tenant] = tenants;
  if (tenants.length > 1) {
    const names = tenants.map(({ name }) => name).join(', ');
    return broken(
      `${principal.user} belongs to ${tenants.length} tenants (${names}), and a token does not say for which one it calls.`,
      {
        answered: ANSWERS.tenantAmbiguous,
        who: [principal.user],
        remedy: 'Use a key: a key belongs to one tenant.',
        action: { kind: 'create-key', model: model.ref },
      },
    );
  }
  return suspended(tenant) ?? ok(`${principal.user}, tenant ${tenant.name}`);
}

function suspended(tenant: {
  name: string;
  state: string;
  owners: string[];
}): Check | undefined {
  return tenant.state === 'suspended'
    ? broken(`Tenant ${tenant.name} is suspended.`, {
        answered: ANSWERS.tenantSuspended,
        who: [ADMIN],
        remedy: `Make tenant ${tenant.name} active again: its grants and keys come back with it.`,
      })
    : undefined;
}

/** Whether whoever acts may call the model: because it is open to her, or by a grant. */
export function checkGrant(facts: WhyFacts): Check {
  const { model } = facts;
  const block = blockOf(facts, { model: model.ref });
  if (block) {
    return block;
  }
  const principal = principalOf(facts);
  if (!principal) {
    return unknown('Whose grants count is not known: the owner has left.');
  }
  if (isOpenTo(model, principal)) {
    return ok(
      model.access.public
        ? `${model.modelId} is open to everybody who is signed in: no grant is needed.`
        : `${model.modelId} is open to ${openGroups(
            facts,
            principal,
          )}: no grant is needed.`,
    );
  }
  const tenant = tenantOf(facts);
  if (tenant === undefined) {
    return unknown('Which grants count depends on the tenant.');
  }
  const [held] = facts.grants
    .filter(grant => holds(grant, facts, { principal, tenant }))
    .sort((a, b) => (a.expiresAt < b.expiresAt ? 1 : -1));
  return held
    ? ok(`${inWords(principal)} holds a grant until ${day(held.expiresAt)}.`)
    : noGrant(facts, principal, tenant);
}

function openGroups({ model }: WhyFacts, principal: Principal): string {
  return 'user' in principal
    ? model.access.groups
        .filter(group => principal.groups.includes(group))
        .join(', ')
    : '';
}

function noGrant(facts: WhyFacts, principal: Principal, tenant: string): Check {
  const { model, pendingRequest, grants, now } = facts;
  const service = 'service' in principal ? principal.service : undefined;
  const [last] = grants;
  const before =
    last === undefined ? '' : ` The last one ${pastOf(last, now)}.`;
  const own =
    service !== undefined && facts.callerHoldsGrant
      ? ' You hold one yourself, but a key of a service uses the grants of the service.'
      : '';
  const fix: Break = {
    answered: ANSWERS.modelNotFound,
    who: ownersOr(model.owners),
    remedy:
      service === undefined
        ? `Ask for access to ${model.modelId}.`
        : `Ask for access to ${model.modelId} for service ${service}.`,
    action: { kind: 'ask-for-access', model: model.ref, tenant, service },
  };
  return broken(
    `${inWords(principal)} has no grant for ${model.modelId}.${before}${own}`,
    waiting(fix, pendingRequest) ?? askable(fix, facts),
  );
}

function waiting(
  fix: Break,
  pending: WhyFacts['pendingRequest'],
): Break | undefined {
  if (!pending) {
    return undefined;
  }
  const { action: _action, ...rest } = fix;
  return {
    ...rest,
    remedy:
      pending.waitsFor === 'requester'
        ? `Answer what the approvers asked you about request ${pending.id}.`
        : `Request ${pending.id} waits for them: nothing is left for you to do.`,
  };
}

function askable(fix: Break, { model }: WhyFacts): Break {
  if (model.requestable) {
    return fix;
  }
  const { action: _action, ...rest } = fix;
  return {
    ...rest,
    remedy: `Its owners give access to ${model.modelId} themselves: it can't be asked for here.`,
  };
}

function inWords(principal: Principal): string {
  return 'service' in principal
    ? `The service ${principal.service}`
    : principal.user;
}

function pastOf(grant: Grant, now: Date): string {
  if (grant.state === 'ended') {
    const because = endings[grant.endedBecause ?? 'revoked'];
    return `${because} on ${day(grant.endedAt ?? grant.expiresAt)}`;
  }
  return grant.expiresAt <= now.toISOString()
    ? `ran out on ${day(grant.expiresAt)}`
    : 'is dormant';
}

const endings: Record<
  Extract<Validity, { state: 'ended' }>['because'],
  string
> = {
  expired: 'ran out',
  revoked: 'was revoked',
  leaked: 'was ended as leaked',
  left: 'ended because its owner left the tenant',
  narrowed: 'ended because its owner lost the right to every model of it',
  rotated: 'was rotated',
  unused: 'was ended because nobody used it',
  'grant-ended': 'ended with its last grant',
};

/** Whether the key itself still holds. Judged before everything else: a key that does not is nobody's. */
export function checkKeyHolds(facts: WhyFacts): Check {
  const { credential, model, now } = facts;
  if (credential.kind === 'token') {
    return ok(
      'You call with a token of the identity provider: no key is needed.',
    );
  }
  const { key, tenant } = credential;
  const block = blockOf(facts, { key: key.id });
  if (block) {
    return block;
  }
  const validity = keyValidity(key, { now, tenant });
  if (validity.state !== 'ended') {
    return ok(`Active, ends ${day(key.expiresAt)}.`);
  }
  const text = `Key ${key.name} ${endings[validity.because]} on ${day(
    key.endedAt ?? key.expiresAt,
  )}.`;
  const fix = { answered: ANSWERS.invalidKey, who: [key.owner] };
  if (key.successorId !== undefined) {
    return broken(text, {
      ...fix,
      remedy: `Use its successor ${key.successorId}.`,
    });
  }
  return broken(text, {
    ...fix,
    remedy: 'What has ended does not come back: create a new key.',
    action: { kind: 'create-key', model: model.ref },
  });
}

/** Whether the key may call this model, and whether the grant behind that still holds. */
export function checkKeyScope(facts: WhyFacts): Check {
  const { credential, model } = facts;
  if (credential.kind === 'token') {
    return checkKeyHolds(facts);
  }
  const { key, behind, principal } = credential;
  const scope = key.models.find(each => each.model === model.ref);
  const fix: Break = {
    answered: ANSWERS.modelNotFound,
    who: [key.owner],
    remedy: `Create a key that names ${model.modelId}: the models of a key are chosen once.`,
    action: { kind: 'create-key', model: model.ref },
  };
  const grant = {
    link: 'grant',
    text: `Active, ends ${day(
      key.expiresAt,
    )}. With a grant, a new key can name ${model.modelId}.`,
  } as const;
  if (!scope) {
    return broken(
      `${model.modelId} is not among the models of key ${key.name}.`,
      fix,
      grant,
    );
  }
  const stands =
    principal !== undefined &&
    (scope.grantId === undefined
      ? isOpenTo(model, principal)
      : holds(behind, facts, { principal, tenant: key.tenant }));
  if (stands) {
    return ok(`Active, ends ${day(key.expiresAt)}.`);
  }
  const lost =
    scope.grantId === undefined
      ? `Key ${key.name} named ${model.modelId} while it was open to its owner; it is not any more.`
      : `Key ${key.name} hangs off grant ${scope.grantId}, which does not hold any more.`;
  return broken(lost, fix, grant);
}

function blockOf(
  { blocks }: WhyFacts,
  stopped: Partial<Record<BlockSummary['target'], string>>,
): Check | undefined {
  const block = blocks.find(({ target, ref }) => stopped[target] === ref);
  return (
    block &&
    broken(
      `The kill switch stops ${block.target} ${block.ref}: ${block.reason}`,
      {
        answered: ANSWERS.blocked,
        who: [ADMIN],
        remedy: `Settle with ${block.by} what led to it; a platform admin lifts it.`,
      },
    )
  );
}
