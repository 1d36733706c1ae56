import type {
  WhyAnswer,
  WhyLink,
  WhyLinkName,
} from '@slipway/plugin-llm-common';
import type { Check } from './check';
import type { WhyFacts } from './facts';
import {
  checkEndpoints,
  checkLimit,
  checkNetwork,
  checkPhase,
  checkRoute,
} from './way';
import { checkGrant, checkIdentity, checkKeyHolds, checkKeyScope } from './who';

/** The links in the order in which people walk them. */
const WALK = [
  'identity',
  'grant',
  'key',
  'limit',
  'phase',
  'route',
  'endpoints',
  'network',
] as const satisfies readonly WhyLinkName[];

/**
 * Walks from the caller to the answer and names the one link that stops the call: the first in the order in which the gateway judges.
 * That is the order of the walk, but for one thing: a key that does not hold any more is refused before anybody asks for its grants.
 * What only waits for the broken link is no second fault.
 */
export function explain(facts: WhyFacts): WhyAnswer {
  const holds = checkKeyHolds(facts);
  const checks: Record<WhyLinkName, Check> = {
    identity: checkIdentity(facts),
    grant: checkGrant(facts),
    key: holds.state === 'broken' ? holds : checkKeyScope(facts),
    limit: checkLimit(),
    phase: checkPhase(facts),
    route: checkRoute(facts),
    endpoints: checkEndpoints(facts),
    network: checkNetwork(facts),
  };
  const judged: readonly WhyLinkName[] =
    holds.state === 'broken'
      ? ['identity', 'key', ...WALK.slice(1).filter(name => name !== 'key')]
      : WALK;
  const first = judged.find(name => checks[name].state === 'broken');
  const check = first && checks[first];
  const { credential, model } = facts;
  return {
    model: model.ref,
    modelId: model.modelId,
    keyId: credential.kind === 'key' ? credential.key.id : undefined,
    callable: first === undefined,
    links: WALK.map(name => toLink(name, checks, first)),
    broken:
      first && check?.state === 'broken'
        ? { link: first, ...check.broken }
        : undefined,
  };
}

function toLink(
  name: WhyLinkName,
  checks: Record<WhyLinkName, Check>,
  first: WhyLinkName | undefined,
): WhyLink {
  const check = checks[name];
  if (check.state === 'unknown') {
    return { name, state: 'unknown', text: check.text };
  }
  if (check.state === 'broken') {
    const { follows, text } = check;
    if (name === first) {
      return { name, state: 'broken', text };
    }
    return follows && checks[follows.link].state === 'broken'
      ? { name, state: 'ahead', text: follows.text }
      : { name, state: 'warning', text };
  }
  const behind =
    first !== undefined && WALK.indexOf(name) > WALK.indexOf(first);
  return { name, state: behind ? 'ahead' : 'ok', text: check.text };
}
