import { ConflictError } from '@backstage/errors';
import { AccessContext, newId } from './context';
import { checkCount, daysAfter } from './decisions/limits';
import { applyRules } from './decisions/requestRules';
import type { Mutation } from './database/mutate';
import { insertRequest } from './database/operations/requests/insert';
import { openRequests } from './database/operations/requests/open';
import { heldGrant } from './giving';
import { recordStep } from './recordStep';
import { checkNotBlocked } from './refuseBlocked';
import type { AccessCaller, AccessRequest } from './types';

/** What is asked for, by whom and for whom. */
export type NewRequest = Pick<
  AccessRequest,
  | 'tenant'
  | 'model'
  | 'requester'
  | 'subject'
  | 'reason'
  | 'expectedLoad'
  | 'days'
>;

/**
 * Makes a request. A rule may approve it at once; it then comes back approved.
 *
 * @throws NotAllowedError when she is blocked
 * @throws ConflictError when that is asked for already, or its tenant or its model is blocked
 * @throws InputError when she has too many open requests
 */
export async function makeRequest(
  { limits, rules }: Pick<AccessContext, 'limits' | 'rules'>,
  mutation: Mutation,
  caller: AccessCaller,
  wanted: NewRequest,
): Promise<AccessRequest> {
  const { trx, now } = mutation;
  await checkNotBlocked(
    trx,
    { by: wanted.requester, tenant: wanted.tenant, models: [wanted.model] },
    "you can't ask for access",
  );
  const open = await openRequests(trx, wanted.requester, now);
  checkCount(
    'open requests per user (maxOpenRequestsPerUser)',
    open.length,
    limits.maxOpenRequestsPerUser,
    'Withdraw those that you do not need.',
  );
  checkNotAsked(open, wanted);
  const verdict = applyRules(rules, wanted, caller);
  const request: AccessRequest = {
    ...wanted,
    id: newId('req'),
    state: 'pending',
    waitsFor: 'approvers',
    approvers: verdict.approvers,
    rule: verdict.rule,
    renews: (await heldGrant(mutation, { ...wanted, asker: wanted.requester }))
      ?.id,
    createdAt: now.toISOString(),
    expiresAt: daysAfter(now, limits.requestDays),
  };
  await insertRequest(trx, request);
  mutation.audit({
    actor: request.requester,
    action: 'request-made',
    objectKind: 'request',
    objectId: request.id,
    tenant: request.tenant,
    details: { model: request.model, days: request.days },
  });
  if (verdict.decision === 'ask') {
    return request;
  }
  const actor = `rule:${verdict.rule}`;
  return recordStep(
    mutation,
    {
      ...request,
      state: 'approved',
      decidedBy: actor,
      decidedAt: now.toISOString(),
    },
    { step: 'approve', actor },
  );
}

function checkNotAsked(open: AccessRequest[], wanted: NewRequest): void {
  const same = open.find(
    ({ tenant, model, subject }) =>
      tenant === wanted.tenant &&
      model === wanted.model &&
      subject.kind === wanted.subject.kind &&
      subject.ref === wanted.subject.ref,
  );
  if (same) {
    throw new ConflictError(
      `You asked for that already: request ${same.id} is pending.`,
    );
  }
}
