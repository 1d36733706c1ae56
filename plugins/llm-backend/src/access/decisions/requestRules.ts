import { InputError } from '@backstage/errors';
import { z } from 'zod';
import {
  AccessCaller,
  AccessDirectory,
  AccessRequest,
  Approvers,
} from '../types';
import { isOwner } from './requestState';
import { isMember } from './standing';
import { isOpenTo } from './validity';

const names = z.array(z.string().min(1)).min(1).optional();

const ruleSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    models: names,
    tenants: names,
    groups: names,
    maxDays: z.number().int().positive().optional(),
    decision: z.enum(['approve', 'ask']),
    approvers: z.enum(['model-owners', 'tenant-owners', 'either']).optional(),
  })
  .readonly();

/**
 * A rule about requests. It speaks about a request when all that it names fits: models and tenants by name (a model as
 * `<namespace>/<name>`, or `<namespace>/*`), groups of the requester as identity tokens name them, and at most so many days.
 */
export type AccessRule = z.infer<typeof ruleSchema>;

/** What becomes of a request that was just made. */
export interface RuleVerdict {
  decision: 'approve' | 'ask';
  approvers: Approvers;
  /** The rule that said so; absent when none spoke. */
  rule?: string;
}

/**
 * The rules from configuration.
 *
 * @throws InputError that names the rule and the field
 */
export function parseRules(value: unknown): AccessRule[] {
  const parsed = z.array(ruleSchema).safeParse(value ?? []);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `llm.access.rules.${issue.path.join('.')}: ${issue.message}`,
    );
  }
  const seen = new Set<string>();
  for (const { name } of parsed.data) {
    if (seen.has(name)) {
      throw new InputError(
        `llm.access.rules: two rules are named ${name}; the audit could not tell them apart.`,
      );
    }
    seen.add(name);
  }
  return parsed.data;
}

function fits(
  rule: AccessRule,
  request: Pick<AccessRequest, 'model' | 'tenant' | 'days'>,
  requester: AccessCaller,
): boolean {
  const { models, tenants, groups, maxDays } = rule;
  const [namespace] = request.model.split('/');
  return (
    (!models ||
      models.includes(request.model) ||
      models.includes(`${namespace}/*`)) &&
    (!tenants || tenants.includes(request.tenant)) &&
    (!groups || groups.some(group => requester.groups.includes(group))) &&
    (maxDays === undefined || request.days <= maxDays)
  );
}

/**
 * What the first rule that speaks about the request says; without one it goes to the owners of the model and of the tenant.
 * No rule approves a request for a group: what is granted to many is for a person to decide.
 */
export function applyRules(
  rules: AccessRule[],
  request: Pick<AccessRequest, 'model' | 'tenant' | 'days' | 'subject'>,
  requester: AccessCaller,
): RuleVerdict {
  const rule = rules.find(
    candidate =>
      fits(candidate, request, requester) &&
      (candidate.decision === 'ask' || request.subject.kind !== 'group'),
  );
  return {
    decision: rule?.decision ?? 'ask',
    approvers: rule?.approvers ?? 'either',
    rule: rule?.name,
  };
}

/** The rules that a caller may know of: all of them, or those that name only models, tenants and groups that are hers to see. */
export function visibleRules(
  rules: AccessRule[],
  caller: AccessCaller,
  directory: AccessDirectory,
): AccessRule[] {
  if (caller.admin || caller.auditor) {
    return rules;
  }
  const mine = directory
    .tenants()
    .filter(each => isMember(each, caller.groups) || isOwner(each, caller))
    .map(({ name }) => name);
  return rules.flatMap(rule => {
    const tenants = rule.tenants?.filter(name => mine.includes(name));
    const groups = rule.groups?.filter(name => caller.groups.includes(name));
    const models = rule.models?.filter(name =>
      seesModel(name, caller, directory),
    );
    const hidden = [tenants, groups, models].some(left => left?.length === 0);
    return hidden ? [] : [{ ...rule, tenants, groups, models }];
  });
}

function seesModel(
  name: string,
  caller: AccessCaller,
  directory: AccessDirectory,
): boolean {
  const [namespace] = name.split('/');
  return directory
    .models()
    .filter(
      ({ ref }) =>
        ref === name ||
        (`${namespace}/*` === name && ref.startsWith(`${namespace}/`)),
    )
    .some(
      model =>
        model.requestable ||
        isOwner(model, caller) ||
        isOpenTo(model, { user: caller.userEntityRef, groups: caller.groups }),
    );
}
