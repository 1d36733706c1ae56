import type { BlockSummary } from '@slipway/plugin-llm-common';
import { AccessTenant, Grant, isFor, Principal } from '../access';
import { ADMIN, Break, broken, Check, day } from './check';
import type { TokenCredential, WhyFacts } from './facts';

/** The tenants that a token can be for: those that are active. */
export function activeTenants({ tenants }: TokenCredential) {
  return tenants.filter(({ state }) => state === 'active');
}

/** Name of the one tenant that the call is for, if there is one. */
export function tenantOf({ credential }: WhyFacts): string | undefined {
  if (credential.kind === 'key') {
    return credential.key.tenant;
  }
  const active = activeTenants(credential);
  const [tenant, other] = active.length > 0 ? active : credential.tenants;
  return other ? undefined : tenant?.name;
}

/** A tenant as people know it, with the name of its resource where that is another: `Search & Ranking (search)`. */
export function tenantInWords({
  name,
  displayName,
}: Pick<AccessTenant, 'name' | 'displayName'>): string {
  return displayName.toLocaleLowerCase('en-US') === name
    ? displayName
    : `${displayName} (${name})`;
}

/** Whether a grant is for this call and has not ended. Whether its tenant is active is the identity's question. */
export function holds(
  grant: Grant | undefined,
  { model, now }: WhyFacts,
  acting: { principal: Principal; tenant: string },
): boolean {
  return (
    grant !== undefined &&
    grant.model === model.ref &&
    isFor(grant, acting.principal, acting.tenant) &&
    grant.state === 'active' &&
    grant.expiresAt > now.toISOString()
  );
}

/** Who acts, as the beginning of a sentence: a person by her entity ref, which pages show as her name. */
export function inWords(principal: Principal): string {
  return 'service' in principal
    ? `The service ${principal.service}`
    : principal.user;
}

/** The kill switch, if it stops this. */
export function blockOf(
  { blocks }: WhyFacts,
  target: BlockSummary['target'],
  ref: string,
  answered: Break['answered'],
  /** What it is called, if that is not `ref`. */
  name = ref,
): Check | undefined {
  const block = blocks.find(each => each.target === target && each.ref === ref);
  if (!block) {
    return undefined;
  }
  const since = `The kill switch stops ${target} ${name} since ${day(
    block.at,
  )}`;
  // Why is for admins to know: it is left out of the facts of others.
  return broken(block.reason ? `${since}: ${block.reason}` : `${since}.`, {
    answered,
    who: [ADMIN],
    remedy: block.reason
      ? `Settle with ${block.by} what led to it, and lift it.`
      : 'Ask a platform admin what led to it; only they can lift it.',
  });
}

/** How something ended, in words. */
export const endings: Record<NonNullable<Grant['endedBecause']>, string> = {
  expired: 'ran out',
  revoked: 'was revoked',
  leaked: 'was ended as leaked',
  left: 'ended because its owner left the tenant',
  narrowed: 'ended because its owner lost the right to every model of it',
  rotated: 'was rotated',
  unused: 'was ended because nobody used it',
  'grant-ended': 'ended with its last grant',
};
