import { InputError, NotAllowedError } from '@backstage/errors';
import { AccessContext } from './context';
import { checkText } from './decisions/limits';
import { isOwnRequest } from './decisions/requestState';
import { isMember } from './decisions/standing';
import { AccessCaller, AccessTenant, Subject } from './types';

/** Gives access without a request. */
export interface GiveAccess {
  /** `<namespace>/<name>`. */
  model: string;
  /** A member of the tenant, one of its groups, or one of its services. */
  subject: Subject;
  /** One that the caller is a member or an owner of, any for an admin; needed only when she has several. */
  tenant?: string;
  days: number;
}

/**
 * Whom a grant is given to: somebody other than who gives it, who or which belongs to the tenant. A slip of the pen would give it to nobody.
 *
 * @throws NotAllowedError when she would give it to herself
 * @throws InputError when the subject does not belong to the tenant
 */
export async function checkRecipient(
  { directory, limits }: AccessContext,
  caller: AccessCaller,
  tenant: AccessTenant,
  ask: GiveAccess,
): Promise<Subject> {
  const { kind } = ask.subject;
  const ref = checkText('subject', ask.subject.ref, limits.maxNameLength);
  checkForOthers(caller, tenant, { model: ask.model, subject: { kind, ref } });
  if (kind === 'user') {
    const groups = await directory.groupsOf(ref);
    if (!groups || !isMember(tenant, groups)) {
      throw new InputError(
        `subject: ${ref} is not a member of tenant ${tenant.name}. Name one of its members by entity ref.`,
      );
    }
  }
  if (kind === 'group' && !tenant.memberGroups.includes(ref)) {
    throw new InputError(
      `subject: group ${ref} does not belong to tenant ${
        tenant.name
      }. Its groups: ${tenant.memberGroups.join(', ')}.`,
    );
  }
  return { kind, ref };
}

/** Nobody gives to herself, through a group, or through a service that she could make keys for. */
function checkForOthers(
  caller: AccessCaller,
  tenant: AccessTenant,
  { model, subject }: Pick<GiveAccess, 'model' | 'subject'>,
): void {
  // For what she gives, nobody asked: the requester is left out of the question whether it is her own.
  if (isOwnRequest({ requester: '', subject }, caller)) {
    throw new NotAllowedError(
      `Nobody gives access to themselves, not through a group either. Ask for ${model}, and another owner decides.`,
    );
  }
  if (subject.kind === 'service' && isMember(tenant, caller.groups)) {
    throw new NotAllowedError(
      `Nobody gives access to a service of a tenant of theirs: they could use it themselves. Ask for ${model} for service ${subject.ref}, and another owner decides.`,
    );
  }
}
