import type { StoredObject } from '../../types';
import { gatewayKinds, httpRouteSpec } from '../kinds';
import { plainSecurity } from '../mergedSecurity';
import {
  policyTargets,
  problemMessage,
  securityProblems,
  securitySpec,
  selectedKinds,
  type PolicyTarget,
} from '../security';
import { condition, type NewCondition } from '../statusConditions';
import { targetTerm } from '../terms';
import type { ControllerContext } from './context';
import {
  addOutcome,
  gatewayAncestor,
  refuseSelectors,
  writeAncestors,
  type AncestorOutcome,
} from './policyStatus';

const accepted = condition(
  'Accepted',
  true,
  'Accepted',
  'Policy has been accepted.',
);

const refused = (reason: string, message: string) =>
  condition('Accepted', false, reason, message);

function verdict(message: string | undefined): NewCondition {
  return message === undefined ? accepted : refused('Invalid', message);
}

/** Somebody else's policy that has the target already, as a condition; nothing when the target is this policy's. */
function conflict(
  context: ControllerContext,
  policy: StoredObject,
  term: string,
  message: string,
) {
  const [first] = context.plane.policiesFor(term);
  const mine = first?.metadata.uid === policy.metadata.uid;
  return mine ? undefined : refused('Conflicted', message);
}

/** Source: `processSecurityPolicyForRoute`, Envoy Gateway v1.8.1. */
function atRoute(
  context: ControllerContext,
  policy: StoredObject,
  target: PolicyTarget,
  outcomes: AncestorOutcome[],
): void {
  const { plane } = context;
  const namespace = policy.metadata.namespace ?? '';
  const routeKey = `${namespace}/${target.name}`;
  const route = plane.views.httpRoutes.get(routeKey);
  const parents = plane.parents(routeKey);
  if (!route || parents.length === 0) return;
  const atParents = (...conditions: NewCondition[]) => {
    for (const { gatewayKey, ref } of parents) {
      addOutcome(
        outcomes,
        gatewayAncestor(gatewayKey, ref.sectionName),
        ...conditions,
      );
    }
  };
  const { sectionName } = target;
  if (
    sectionName &&
    !httpRouteSpec(route).rules?.some(({ name }) => name === sectionName)
  ) {
    const message = `No section name ${sectionName} found for HTTPRoute ${routeKey}`;
    atParents(refused('TargetNotFound', message));
    return;
  }
  const taken = conflict(
    context,
    policy,
    targetTerm('HTTPRoute', routeKey, sectionName),
    sectionName
      ? `Unable to target RouteRule ${target.name}/${sectionName}, another SecurityPolicy has already attached to it`
      : `Unable to target HTTPRoute ${target.name}, another SecurityPolicy has already attached to it`,
  );
  if (taken) {
    atParents(taken);
    return;
  }
  if (!securitySpec(policy).mergeType) {
    atParents(
      verdict(problemMessage(securityProblems(plainSecurity(policy), plane))),
    );
    return;
  }
  for (const { gatewayKey, served } of parents) {
    for (const { listener } of served) {
      const { problems, parent } = plane.routeSecurity(
        policy,
        gatewayKey,
        listener.spec.name,
      );
      const message = problemMessage(problems);
      const ref = gatewayAncestor(gatewayKey, listener.spec.name);
      if (message !== undefined)
        addOutcome(outcomes, ref, refused('Invalid', message));
      else if (parent) {
        const name = `${parent.metadata.namespace}/${parent.metadata.name}`;
        addOutcome(
          outcomes,
          ref,
          condition('Merged', true, 'Merged', `Merged with policy ${name}`),
        );
      }
    }
  }
  atParents(accepted);
}

/** Routes whose own policies replace a listener's or are merged into it (`getOverriddenAndMergedTargetsMessageForGateway`). */
function effectOnRoutes(
  context: ControllerContext,
  gatewayKey: string,
  section: string | undefined,
): NewCondition[] {
  const { plane } = context;
  const overridden = new Set<string>();
  const merged = new Set<string>();
  for (const routeKey of plane.routes.owners(`gateway:${gatewayKey}`)) {
    const [own] = plane.policiesFor(targetTerm('HTTPRoute', routeKey));
    if (!own) continue;
    for (const parent of plane.parents(routeKey)) {
      const { sectionName } = parent.ref;
      const concerned =
        parent.gatewayKey === gatewayKey &&
        (!section || !sectionName || sectionName === section);
      if (!concerned) continue;
      const merges =
        securitySpec(own).mergeType !== undefined &&
        parent.served.some(
          ({ listener }) =>
            (!section || listener.spec.name === section) &&
            problemMessage(
              plane.routeSecurity(own, gatewayKey, listener.spec.name).problems,
            ) === undefined,
        );
      (merges ? merged : overridden).add(routeKey);
    }
  }
  const goList = (keys: Set<string>) =>
    `these routes: [${[...keys].sort().join(' ')}]`;
  for (const key of merged) overridden.delete(key);
  return [
    ...(merged.size > 0
      ? [
          condition(
            'Merged',
            true,
            'Merged',
            `This policy is being merged by other securityPolicies for ${goList(
              merged,
            )}`,
          ),
        ]
      : []),
    ...(overridden.size > 0
      ? [
          condition(
            'Overridden',
            true,
            'Overridden',
            `This policy is being overridden by other securityPolicies for ${goList(
              overridden,
            )}`,
          ),
        ]
      : []),
  ];
}

/** Longest message of a condition (`conditionMessageMaxLength`). */
const longestMessage = 32_768;
const truncated = ' (message truncated).';

function truncate(next: NewCondition): NewCondition {
  if (next.message.length <= longestMessage) return next;
  return {
    ...next,
    message:
      next.message.slice(0, longestMessage - truncated.length) + truncated,
  };
}

/** Source: `processSecurityPolicyForGateway`, Envoy Gateway v1.8.1. */
function atGateway(
  context: ControllerContext,
  policy: StoredObject,
  target: PolicyTarget,
  outcomes: AncestorOutcome[],
): void {
  const { plane } = context;
  const gatewayKey = `${policy.metadata.namespace}/${target.name}`;
  const listeners = plane.listeners(gatewayKey);
  if (!listeners) return;
  const { sectionName } = target;
  const ref = gatewayAncestor(gatewayKey, sectionName);
  if (sectionName && !listeners.some(({ spec }) => spec.name === sectionName)) {
    const message = `No section name ${sectionName} found for Gateway ${gatewayKey}`;
    addOutcome(outcomes, ref, refused('TargetNotFound', message));
    return;
  }
  const taken = conflict(
    context,
    policy,
    targetTerm('Gateway', gatewayKey, sectionName),
    sectionName
      ? `Unable to target Listener ${target.name}/${sectionName}, another SecurityPolicy has already attached to it`
      : `Unable to target Gateway ${target.name}, another SecurityPolicy has already attached to it`,
  );
  if (taken) {
    addOutcome(outcomes, ref, taken);
    return;
  }
  const message = problemMessage(
    securityProblems(plainSecurity(policy), plane),
  );
  addOutcome(
    outcomes,
    ref,
    verdict(message),
    ...effectOnRoutes(context, gatewayKey, sectionName).map(truncate),
  );
}

/**
 * Writes what became of a SecurityPolicy at each Gateway that it takes effect through. A policy whose target is not there gets no status.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/securitypolicy.go`, `status/policy.go`.
 */
export function reconcileSecurityPolicy(
  context: ControllerContext,
  key: string,
): void {
  const policy = context.plane.views.securityPolicies.get(key);
  if (!policy) return;
  const outcomes: AncestorOutcome[] = [];
  for (const target of policyTargets(policy)) {
    if (target.kind === 'HTTPRoute') atRoute(context, policy, target, outcomes);
    if (target.kind === 'Gateway') atGateway(context, policy, target, outcomes);
  }
  if (selectedKinds(policy).length > 0) refuseSelectors(outcomes, policy);
  writeAncestors(context, gatewayKinds.securityPolicies, policy, outcomes);
}
