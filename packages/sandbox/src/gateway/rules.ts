import { goPattern, PatternError } from '../schema/goPattern';
import type { StoredObject } from '../types';
import { backendProblem, type BackendSurroundings } from './backendProblem';
import { httpRouteSpec, type HttpRouteRule } from './kinds';
import { condition, sentence, type NewCondition } from './statusConditions';
import {
  knownOfBackendRefs,
  unknownFields,
  type KnownFields,
} from './unknownFields';

/** What rules refer to. */
export interface RuleSurroundings extends BackendSurroundings {
  httpRouteFilter(key: string): StoredObject | undefined;
}

/** Something wrong with a rule, with the condition that tells. */
interface RuleProblem {
  type: 'ResolvedRefs' | 'Accepted';
  reason: string;
  message: string;
  /** Fields that work on a real gateway and not here. */
  notEvaluated?: string[];
}

/**
 * The first pattern of a rule that Go doesn't know. Such a rule is dropped: its requests go to whatever else matches.
 *
 * Source: Envoy Gateway v1.8.1, `processHTTPRouteRule` and `regex.Validate`; wording included.
 */
export function patternProblem({
  matches = [],
}: HttpRouteRule): string | undefined {
  const patterns = matches.flatMap(({ path, headers = [] }) =>
    [path, ...headers].flatMap(each =>
      each?.type === 'RegularExpression' ? [each.value ?? ''] : [],
    ),
  );
  for (const pattern of patterns) {
    try {
      goPattern(pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return `regex ${JSON.stringify(pattern)} is invalid: ${error.message}`;
    }
  }
  return undefined;
}

/** Fields of a rule that the proxy does: with another it would take requests that aren't the rule's, or do less than it says. */
const knownOfRules: KnownFields = {
  name: true,
  matches: { path: true, headers: true, method: true },
  filters: true,
  backendRefs: knownOfBackendRefs,
  timeouts: true,
};

/** Which host a model server is asked under makes no difference to it. */
const knownOfFilters: KnownFields = {
  urlRewrite: { hostname: true, appendXForwardedHost: true },
  directResponse: { statusCode: true, body: { type: true, inline: true } },
};

function notEvaluatedProblem(fields: string[]): RuleProblem[] {
  if (fields.length === 0) return [];
  return [
    {
      type: 'Accepted',
      reason: 'UnsupportedValue',
      message: `Not evaluated: the sandbox's gateway does not know ${fields.join(
        ', ',
      )}`,
      notEvaluated: fields,
    },
  ];
}

/** Problems with the filters of a rule (`processHTTPRouteRules`). */
function filterProblems(
  rule: HttpRouteRule,
  namespace: string,
  around: RuleSurroundings,
): RuleProblem[] {
  return (rule.filters ?? []).flatMap((filter): RuleProblem[] => {
    const ref = filter.extensionRef;
    if (filter.type !== 'ExtensionRef' || ref?.kind !== 'HTTPRouteFilter') {
      return [
        {
          type: 'Accepted',
          reason: 'UnsupportedValue',
          message: `Not evaluated: the sandbox knows filters of kind HTTPRouteFilter, not ${filter.type}`,
          notEvaluated: [`filters of type ${filter.type}`],
        },
      ];
    }
    const found = around.httpRouteFilter(`${namespace}/${ref.name}`);
    if (found) {
      const unknown = unknownFields(found.spec, knownOfFilters);
      return notEvaluatedProblem(
        unknown.map(field => `${field} of an HTTPRouteFilter`),
      );
    }
    // filters.go, v1.8.1: a filter that isn't there.
    return [
      {
        type: 'ResolvedRefs',
        reason: 'BackendNotFound',
        message: `Reference ${namespace}/${ref.name} not found for filter type: ${filter.type}`,
      },
    ];
  });
}

/** Problems with a rule, its backends aside. */
function ownProblems(
  rule: HttpRouteRule,
  namespace: string,
  around: RuleSurroundings,
): RuleProblem[] {
  return [
    ...filterProblems(rule, namespace, around),
    ...notEvaluatedProblem(unknownFields(rule, knownOfRules)),
  ];
}

/**
 * What is wrong with a rule itself: fields that the sandbox doesn't know (requests are answered 501), else something that Envoy Gateway
 * refuses too (500). Nothing: it is in order, whatever its backends are.
 */
export function ruleFault(
  rule: HttpRouteRule,
  namespace: string,
  around: RuleSurroundings,
): { notEvaluated: string[] } | undefined {
  const problems = ownProblems(rule, namespace, around);
  return problems.length === 0
    ? undefined
    : { notEvaluated: problems.flatMap(each => each.notEvaluated ?? []) };
}

function ruleProblems(
  route: StoredObject,
  around: RuleSurroundings,
): { problems: RuleProblem[]; unaccepted: number[] } {
  const namespace = route.metadata.namespace ?? '';
  const problems: RuleProblem[] = [];
  const unaccepted: number[] = [];
  for (const [index, rule] of (httpRouteSpec(route).rules ?? []).entries()) {
    const own = ownProblems(rule, namespace, around);
    const pattern = patternProblem(rule);
    if (pattern !== undefined) {
      own.push({
        type: 'Accepted',
        reason: 'UnsupportedValue',
        message: `Failed to process route rule ${index}: ${pattern}`,
      });
    }
    problems.push(...own);
    if (own.some(({ type }) => type === 'Accepted')) unaccepted.push(index);
    if (pattern !== undefined) continue;
    for (const [position, ref] of (rule.backendRefs ?? []).entries()) {
      const problem = backendProblem(ref, namespace, around);
      if (problem) {
        problems.push({
          type: 'ResolvedRefs',
          reason: problem.reason,
          message: `Failed to process route rule ${index} backendRef ${position}: ${problem.message}`,
        });
      }
    }
  }
  return { problems, unaccepted };
}

/** Several problems in one condition: reasons sorted and joined, messages one per line (`MultiStatusError`). */
function joined(problems: readonly RuleProblem[]): {
  reason: string;
  message: string;
} {
  return {
    reason: [...new Set(problems.map(({ reason }) => reason))].sort().join(','),
    message: problems.map(({ message }) => sentence(message)).join('\n'),
  };
}

/** What a route's rules say about it: `ResolvedRefs`, and `Accepted` or `PartiallyInvalid` when a rule isn't accepted. */
export function ruleConditions(
  route: StoredObject,
  around: RuleSurroundings,
): NewCondition[] {
  const { problems, unaccepted } = ruleProblems(route, around);
  const conditions: NewCondition[] = [];
  const acceptance = problems.filter(({ type }) => type === 'Accepted');
  const references = problems.filter(({ type }) => type === 'ResolvedRefs');
  if (acceptance.length > 0) {
    const { reason, message } = joined(acceptance);
    if (unaccepted.length === httpRouteSpec(route).rules?.length) {
      conditions.push(condition('Accepted', false, reason, message));
    } else {
      conditions.push(
        condition(
          'PartiallyInvalid',
          true,
          reason,
          `Dropped Rule(s) [${unaccepted.join(' ')}]: ${message}`,
        ),
      );
    }
  }
  if (references.length > 0) {
    const { reason, message } = joined(references);
    conditions.push(condition('ResolvedRefs', false, reason, message));
  } else {
    conditions.push(
      condition(
        'ResolvedRefs',
        true,
        'ResolvedRefs',
        'Resolved all the Object references for the Route',
      ),
    );
  }
  return conditions;
}
