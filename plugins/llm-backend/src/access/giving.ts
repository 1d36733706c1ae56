import { newId } from './context';
import { changeGrant } from './ending';
import type { Mutation } from './database/mutate';
import { extendGrantRow } from './database/operations/grants/extend';
import { insertGrant } from './database/operations/grants/insert';
import { selectGrants } from './database/operations/grants/select';
import { Grant } from './types';

/** What is to be granted. */
export type NewGrant = Pick<
  Grant,
  | 'tenant'
  | 'model'
  | 'subject'
  | 'requestedBy'
  | 'grantedBy'
  | 'requestId'
  | 'expiresAt'
>;

/**
 * The grant that the same subject holds already, if there is one: a new one would only prolong it. A grant for a service is whose who asked
 * for it, to make keys with and to renew: who asks for what somebody else asked for, or was given unasked, gets one of her own.
 *
 * @param wanted - `asker` is who asks for it; absent where it is given unasked
 */
export async function heldGrant(
  { trx, now }: Pick<Mutation, 'trx' | 'now'>,
  wanted: Pick<NewGrant, 'tenant' | 'model' | 'subject'> & { asker?: string },
): Promise<Grant | undefined> {
  const { tenant, model, subject, asker } = wanted;
  return (await selectGrants(trx, { tenant, model })).find(
    grant =>
      grant.subject.kind === subject.kind &&
      grant.subject.ref === subject.ref &&
      grant.expiresAt > now.toISOString() &&
      (subject.kind !== 'service' ||
        asker === undefined ||
        (grant.requestId !== undefined && grant.requestedBy === asker)),
  );
}

/**
 * Gives a grant. Where the subject has the same one already that one is prolonged, so that its keys live on; it is never made
 * shorter.
 */
export async function giveGrant(
  mutation: Mutation,
  wanted: NewGrant,
): Promise<Grant> {
  const { trx, now } = mutation;
  const { requestId, requestedBy } = wanted;
  const asker = requestId === undefined ? undefined : requestedBy;
  const held = await heldGrant(mutation, { ...wanted, asker });
  if (held) {
    return wanted.expiresAt > held.expiresAt
      ? extendGrant(mutation, held, wanted)
      : held;
  }
  const grant: Grant = {
    ...wanted,
    id: newId('grant'),
    state: 'active',
    createdAt: now.toISOString(),
  };
  await insertGrant(trx, grant);
  mutation.audit({
    actor: grant.grantedBy,
    action: 'grant-given',
    objectKind: 'grant',
    objectId: grant.id,
    tenant: grant.tenant,
    details: {
      model: grant.model,
      subjectKind: grant.subject.kind,
      subject: grant.subject.ref,
      expiresAt: grant.expiresAt,
      request: grant.requestId,
    },
  });
  changeGrant(mutation, grant);
  return grant;
}

/** Moves the end of an active grant. */
export async function extendGrant(
  mutation: Mutation,
  grant: Grant,
  {
    expiresAt,
    grantedBy,
    requestId,
  }: Pick<NewGrant, 'expiresAt' | 'grantedBy' | 'requestId'>,
): Promise<Grant> {
  await extendGrantRow(mutation.trx, grant.id, expiresAt);
  const extended = { ...grant, expiresAt };
  mutation.audit({
    actor: grantedBy,
    action: 'grant-extended',
    objectKind: 'grant',
    objectId: grant.id,
    tenant: grant.tenant,
    details: { from: grant.expiresAt, to: expiresAt, request: requestId },
  });
  changeGrant(mutation, extended);
  return extended;
}
