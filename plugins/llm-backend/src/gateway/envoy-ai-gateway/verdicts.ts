import { KubeObject } from '@slipway/controller';
import { at, listAt, numberAt, textAt } from '../../models/json';
import { Verdict } from '../flavour';

/**
 * What Envoy Gateway says about a policy: one entry for each Gateway it acts on. Accepted only if all entries say so for the policy's
 * present generation; refused as soon as one does. Without a route there is no entry at all.
 */
export function policyVerdict(policy: KubeObject): Verdict {
  const ancestors = listAt(policy, 'status', 'ancestors');
  return judge(
    ancestors.map(ancestor => listAt(ancestor, 'conditions')),
    policy.metadata.generation,
  );
}

/** Whether a listener's policy has the authorizer asked. */
export function asksAuthorizer(policy: KubeObject): boolean {
  return at(policy, 'spec', 'extAuth') !== undefined;
}

/** Whether a route's policy leaves it to the authorizer who may call. */
export function isJudged(policy: KubeObject): boolean {
  return at(policy, 'spec', 'mergeType') !== undefined;
}

/** Whether a ClientTrafficPolicy is for a whole Gateway, all listeners that have none of their own. */
export function isGatewayWide(policy: KubeObject, gateway: string): boolean {
  const single: unknown = at(policy, 'spec', 'targetRef');
  return [
    ...(single === undefined ? [] : [single]),
    ...listAt(policy, 'spec', 'targetRefs'),
  ].some(
    target =>
      textAt(target, 'kind') === 'Gateway' &&
      textAt(target, 'name') === gateway &&
      textAt(target, 'sectionName') === undefined,
  );
}

/**
 * What a route's policy was merged into, as `namespace/name`, where all its entries agree; nothing while it is merged nowhere. A policy with
 * `mergeType` is accepted without it too, and then nobody is asked (`docs/decisions/0001`, decision 7).
 *
 * Source: Envoy Gateway v1.8.1, condition `Merged` ("Merged with policy <namespace>/<name>").
 */
export function mergedInto(policy: KubeObject): string | undefined {
  const parents = new Set<string | undefined>();
  for (const ancestor of listAt(policy, 'status', 'ancestors')) {
    const merged = listAt(ancestor, 'conditions').find(
      condition =>
        textAt(condition, 'type') === 'Merged' &&
        textAt(condition, 'status') === 'True' &&
        isCurrent(condition, policy.metadata.generation),
    );
    const [, parent] =
      /^Merged with policy (\S+?)\.?$/.exec(textAt(merged, 'message') ?? '') ??
      [];
    parents.add(parent);
  }
  return parents.size === 1 ? [...parents][0] : undefined;
}

/**
 * Whether a route is in force: the AI gateway has accepted it and Envoy Gateway the HTTPRoute that came of it, with all its references.
 */
export function routeVerdict(
  route: KubeObject,
  generated: KubeObject | undefined,
): Verdict {
  const conditions = listAt(route, 'status', 'conditions');
  // The AI gateway sets one condition at a time, `Accepted=True` or `NotAccepted=False`, without a generation.
  const refusal = conditions.find(
    condition => textAt(condition, 'type') === 'NotAccepted',
  );
  if (refusal) {
    return {
      state: 'refused',
      message: textAt(refusal, 'message') ?? 'without a message',
    };
  }
  const own = judge(
    conditions.length > 0 ? [conditions] : [],
    route.metadata.generation,
  );
  if (own.state === 'refused' || !generated) {
    return own.state === 'refused' ? own : { state: 'pending' };
  }
  const parents = listAt(generated, 'status', 'parents').map(parent =>
    listAt(parent, 'conditions'),
  );
  for (const conditionsOfParent of parents) {
    const unresolved = conditionsOfParent.find(
      condition =>
        textAt(condition, 'type') === 'ResolvedRefs' &&
        textAt(condition, 'status') === 'False',
    );
    if (unresolved) {
      return {
        state: 'refused',
        message:
          textAt(unresolved, 'message') ?? 'a reference can not be resolved',
      };
    }
  }
  return judge(parents, generated.metadata.generation);
}

/** Goes by the condition `Accepted` of each list. A missing observedGeneration counts as current: some controllers leave it out. */
function judge(lists: unknown[][], generation: number | undefined): Verdict {
  let accepted = lists.length > 0;
  for (const conditions of lists) {
    const condition = conditions.find(
      candidate => textAt(candidate, 'type') === 'Accepted',
    );
    const current = condition !== undefined && isCurrent(condition, generation);
    if (current && textAt(condition, 'status') === 'False') {
      const reason = textAt(condition, 'reason') ?? 'Refused';
      return {
        state: 'refused',
        reason,
        message: `${reason}: ${
          textAt(condition, 'message') ?? 'without a message'
        }`,
      };
    }
    accepted &&= current && textAt(condition, 'status') === 'True';
  }
  return accepted ? { state: 'accepted' } : { state: 'pending' };
}

function isCurrent(
  condition: unknown,
  generation: number | undefined,
): boolean {
  const observed = numberAt(condition, 'observedGeneration');
  return (
    observed === undefined || generation === undefined || observed >= generation
  );
}
