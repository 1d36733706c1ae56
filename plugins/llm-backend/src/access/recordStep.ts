import { ConflictError } from '@backstage/errors';
import type { AuditAction } from './auditChain';
import { daysAfter } from './decisions/limits';
import type { TakenStep } from './decisions/requestState';
import type { Mutation } from './database/mutate';
import { addComment } from './database/operations/requests/addComment';
import { updateRequest } from './database/operations/requests/update';
import { giveGrant } from './giving';
import type { AccessRequest } from './types';

const auditedAs: Record<TakenStep['step'], AuditAction> = {
  approve: 'request-approved',
  reject: 'request-rejected',
  'ask-back': 'request-asked-back',
  answer: 'request-answered',
  withdraw: 'request-withdrawn',
};

/**
 * Writes down a step that was decided on, and gives the grant that an approval means.
 *
 * @throws ConflictError when somebody else decided first
 */
export async function recordStep(
  mutation: Mutation,
  request: AccessRequest,
  taken: TakenStep & { actor: string },
): Promise<AccessRequest> {
  const { trx, now } = mutation;
  const grant =
    request.state === 'approved' && request.kind === undefined
      ? await giveGrant(mutation, {
          tenant: request.tenant,
          model: request.model,
          subject: request.subject,
          requestedBy: request.requester,
          grantedBy: taken.actor,
          requestId: request.id,
          expiresAt: daysAfter(now, taken.days ?? request.days),
        })
      : undefined;
  const recorded = { ...request, grantId: grant?.id };
  if (!(await updateRequest(trx, request.id, recorded))) {
    throw new ConflictError(`Request ${request.id} was decided just now.`);
  }
  if (taken.comment !== undefined) {
    await addComment(trx, request.id, {
      step: taken.step,
      author: taken.actor,
      comment: taken.comment,
      at: now.toISOString(),
    });
  }
  mutation.audit({
    actor: taken.actor,
    action: auditedAs[taken.step],
    objectKind: 'request',
    objectId: request.id,
    tenant: request.tenant,
    details: {
      comment: taken.comment,
      days: taken.days,
      grant: grant?.id,
    },
  });
  return recorded;
}
