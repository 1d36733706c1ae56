import { KubeObject } from '@slipway/controller';
import { listAt, numberAt, textAt } from '../../models/json';
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
    const observed = numberAt(condition, 'observedGeneration');
    const current =
      condition !== undefined &&
      (observed === undefined ||
        generation === undefined ||
        observed >= generation);
    if (current && textAt(condition, 'status') === 'False') {
      const reason = textAt(condition, 'reason') ?? 'Refused';
      return {
        state: 'refused',
        message: `${reason}: ${
          textAt(condition, 'message') ?? 'without a message'
        }`,
      };
    }
    accepted &&= current && textAt(condition, 'status') === 'True';
  }
  return accepted ? { state: 'accepted' } : { state: 'pending' };
}
