import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { AccessContext } from './context';
import { checkText, checkWhole } from './decisions/limits';
import { isOwner } from './decisions/requestState';
import { tenantOf } from './decisions/standing';
import { isOpenTo } from './decisions/validity';
import {
  AccessCaller,
  AccessModel,
  AccessRequest,
  AccessTenant,
  Subject,
} from './types';

/** Asks for access to a model. */
export interface AskForAccess {
  /** `<namespace>/<name>`. */
  model: string;
  reason: string;
  days: number;
  /** What load to expect, in the words of the one who asks. */
  expectedLoad?: string;
  /** One of the caller's tenants; needed only when she has several. */
  tenant?: string;
  /** For one of her groups, or a service of the tenant; for herself if absent. */
  subject?: { kind: 'group' | 'service'; ref: string };
}

/** What somebody says about a request, once it has been looked at. */
export type CheckedTexts = Pick<
  AccessRequest,
  'reason' | 'expectedLoad' | 'days'
>;

/** What was asked for, once it has been looked at. */
export interface CheckedAsk extends CheckedTexts {
  tenant: AccessTenant;
  model: AccessModel;
  subject: Subject;
}

/**
 * Checks everything about a question for access that needs no database.
 *
 * @throws NotFoundError when the model is unknown or not for her to ask for: the two are told alike
 * @throws InputError when a field is missing or beyond a limit, which the message names
 * @throws ConflictError when the model is open to her
 */
export function checkAsk(
  context: AccessContext,
  caller: AccessCaller,
  ask: AskForAccess,
): CheckedAsk {
  const texts = checkTexts(context, ask);
  const model = askableModel(context, caller, ask.model);
  const tenant = tenantOf(caller, context.directory, ask.tenant);
  const subject = subjectOf(context, caller, { tenant, model, ask });
  return { ...texts, tenant, model, subject };
}

/**
 * Checks the texts and the days of a question.
 *
 * @throws InputError when a field is missing or beyond a limit, which the message names
 */
export function checkTexts(
  { limits }: AccessContext,
  ask: Pick<AskForAccess, 'reason' | 'days' | 'expectedLoad'>,
): CheckedTexts {
  const { maxGrantDays, maxReasonLength } = limits;
  return {
    reason: checkText('reason', ask.reason, maxReasonLength),
    expectedLoad:
      ask.expectedLoad === undefined
        ? undefined
        : checkText('expectedLoad', ask.expectedLoad, maxReasonLength),
    days: checkWhole('days', ask.days, {
      min: 1,
      max: maxGrantDays,
      unit: 'days',
    }),
  };
}

function askableModel(
  { directory }: AccessContext,
  caller: AccessCaller,
  ref: string,
): AccessModel {
  const model = directory.model(ref);
  const mayAsk =
    model &&
    (caller.admin ||
      model.requestable ||
      isOwner(model, caller) ||
      isOpenTo(model, { user: caller.userEntityRef, groups: caller.groups }));
  if (!mayAsk) {
    throw new NotFoundError(`There is no model ${ref} that you may ask for.`);
  }
  return model;
}

function subjectOf(
  { limits }: AccessContext,
  caller: AccessCaller,
  asked: { tenant: AccessTenant; model: AccessModel; ask: AskForAccess },
): Subject {
  const { tenant, model } = asked;
  const { subject } = asked.ask;
  if (!subject) {
    const user = caller.userEntityRef;
    if (isOpenTo(model, { user, groups: caller.groups })) {
      throw new ConflictError(
        `Model ${model.ref} is open to you: you need no grant.`,
      );
    }
    return { kind: 'user', ref: user };
  }
  const ref = checkText('subject', subject.ref, limits.maxNameLength);
  const ownGroup =
    caller.groups.includes(ref) && tenant.memberGroups.includes(ref);
  if (subject.kind === 'group' && !ownGroup) {
    throw new InputError(
      `subject: ${ref} is not a group of yours that belongs to tenant ${tenant.name}.`,
    );
  }
  return { kind: subject.kind, ref };
}
