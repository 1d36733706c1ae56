import type {
  WhyAnswer,
  WhyLink,
  WhyLinkName,
} from '@slipway/plugin-llm-common';
import { blockedInWords } from '../access';
import { tenantOf } from './acting';
import { ADMIN, Break, Check } from './check';
import type { WhyFacts } from './facts';
import { checkGrant } from './grant';
import { checkIdentity } from './identity';
import { checkKeyHolds, checkKeyScope } from './key';
import {
  byGateway,
  checkNativeGrant,
  checkNativeIdentity,
  checkNativeKey,
  judgesAlone,
} from './native';
import {
  checkEndpoints,
  checkLimit,
  checkNetwork,
  checkPhase,
  checkRoute,
  isSwitchedOff,
} from './way';

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
 * That is the order of the walk, but for two things: a key that does not hold any more is refused before anything else, and a model whose
 * endpoints are switched off is as good as unknown. What only waits for the broken link is no second fault.
 */
export function explain(facts: WhyFacts): WhyAnswer {
  const native = judgesAlone(facts);
  const keyHolds = native ? checkNativeKey(facts) : checkKeyHolds(facts);
  const checks: Record<WhyLinkName, Check> = {
    identity: native ? checkNativeIdentity(facts) : checkIdentity(facts),
    grant: native ? checkNativeGrant(facts) : checkGrant(facts),
    key:
      native || keyHolds.state === 'broken' ? keyHolds : checkKeyScope(facts),
    limit: checkLimit(),
    phase: checkPhase(facts),
    route: checkRoute(facts),
    endpoints: checkEndpoints(facts),
    network: checkNetwork(facts),
  };
  const judged: WhyLinkName[] = [
    ...(keyHolds.state === 'broken' ? (['key'] as const) : []),
    ...(['identity', 'grant', 'key'] as const),
    ...(isSwitchedOff(facts) ? (['route'] as const) : []),
    ...WALK.slice(3),
  ];
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
        ? {
            link: first,
            ...(native
              ? byGateway(check.broken)
              : withoutVain(check.broken, facts)),
          }
        : undefined,
  };
}

/** The next step, unless it would be refused because something is blocked: nobody is sent to ask for access to that, or to make a key for it. */
function withoutVain(fix: Break, facts: WhyFacts): Break {
  const { action, ...rest } = fix;
  if (action?.kind !== 'ask-for-access' && action?.kind !== 'create-key') {
    return fix;
  }
  const blocked = blockedInWords(
    (target, ref) =>
      facts.blocks.some(block => block.target === target && block.ref === ref),
    {
      users: [facts.caller],
      tenant: tenantOf(facts),
      models: [facts.model.ref],
    },
  );
  return blocked === undefined
    ? fix
    : {
        ...rest,
        who: [ADMIN, ...rest.who],
        remedy: `${blocked}, which a platform admin can lift. Then: ${rest.remedy}`,
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
