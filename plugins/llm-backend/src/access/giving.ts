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

/** The grant that the same subject holds already, if there is one: a new one would only prolong it. */
export async function heldGrant(
  { trx, now }: Pick<Mutation, 'trx' | 'now'>,
  { tenant, model, subject }: Pick<NewGrant, 'tenant' | 'model' | 'subject'>,
): Promise<Grant | undefined> {
  return (await selectGrants(trx, { tenant, model })).find(
    grant =>
      grant.subject.kind === subject.kind &&
      grant.subject.ref === subject.ref &&
      grant.expiresAt > now.toISOString(),
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
  const held = await heldGrant(mutation, wanted);
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
