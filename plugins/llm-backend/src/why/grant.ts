import { Grant, isOpenTo, Principal } from '../access';
import { endings, holds, inWords, tenantOf } from './acting';
import { ANSWERS } from './answers';
import { Break, broken, Check, day, ok, ownersOr, unknown } from './check';
import type { WhyFacts } from './facts';

/** Whether whoever acts may call the model: because it is open to her, or by a grant. */
export function checkGrant(facts: WhyFacts): Check {
  const { model } = facts;
  const { principal } = facts.credential;
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

function pastOf(grant: Grant, now: Date): string {
  if (grant.state === 'ended') {
    const because = endings[grant.endedBecause ?? 'revoked'];
    return `${because} on ${day(grant.endedAt ?? grant.expiresAt)}`;
  }
  return grant.expiresAt <= now.toISOString()
    ? `ran out on ${day(grant.expiresAt)}`
    : 'is dormant';
}
