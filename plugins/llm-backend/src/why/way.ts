import { blockOf } from './acting';
import { ANSWERS } from './answers';
import { ADMIN, Break, broken, Check, ok, ownersOr, unknown } from './check';
import type { EntryFacts, WhyFacts } from './facts';

/** Budgets and rate limits do not exist yet: nothing is counted, so nothing can be used up. */
export function checkLimit(): Check {
  return ok('No limits are set yet: no call is counted against one.');
}

/** Whether the model answers, by what its own status says; what stops it at the gateway or the picker is for those links. */
export function checkPhase(facts: WhyFacts): Check {
  const { model, phase } = facts;
  const text = `${phase.phase}: ${phase.stage}`;
  return (
    blockOf(facts, 'model', model.ref, ANSWERS.modelBlocked) ??
    (answersNowhere(facts) && phase.stopsAt === 'phase'
      ? broken(text, { ...fixOfModel(facts), answered: ANSWERS.modelNotReady })
      : ok(text))
  );
}

function answersNowhere({ phase }: WhyFacts): boolean {
  return phase.reachable.length === 0;
}

/** Who can fix the model, and how: as its page says. */
function fixOfModel({ model, phase }: WhyFacts): Omit<Break, 'answered'> {
  const { failure } = phase;
  return {
    who: ownersOr(model.owners),
    remedy: failure
      ? [failure.why, ...failure.todo].join(' ')
      : `${model.modelId} is on its way: call again when it is Ready.`,
    action: { kind: 'open-model', model: model.ref },
  };
}

const afterPhase = (text: string) => ({ link: 'phase', text } as const);

/** Whether the spec opens any way to the model; without one the model is told to be unknown. */
export function isSwitchedOff({ phase }: WhyFacts): boolean {
  return phase.endpoints.length === 0;
}

/** Whether the gateway lets calls to the model through one of the ways that its spec switches on. */
export function checkRoute(facts: WhyFacts): Check {
  const { entries, model, phase } = facts;
  if (isSwitchedOff(facts)) {
    return broken('The spec switches both endpoints off.', {
      answered: ANSWERS.modelNotFound,
      who: ownersOr(model.owners),
      remedy:
        'Set spec.endpoints.external.enabled or spec.endpoints.internal.enabled.',
      action: { kind: 'open-model', model: model.ref },
    });
  }
  const seen = entries.known
    ? judgeEntries(facts, entries.value)
    : unknown(entries.because);
  return seen.state !== 'broken' &&
    answersNowhere(facts) &&
    phase.stopsAt === 'route'
    ? broken(`${phase.phase}: ${phase.stage}`, {
        ...fixOfModel(facts),
        answered: ANSWERS.modelNotReady,
      })
    : seen;
}

function judgeEntries(facts: WhyFacts, ways: EntryFacts[]): Check {
  const open = ways.filter(
    ({ policy, route }) =>
      policy.state === 'accepted' && route.state === 'accepted',
  );
  if (open.length > 0) {
    const names = open.map(({ endpoint }) => endpoint).join(' and ');
    const shut = ways.filter(way => !open.includes(way)).map(wayInWords);
    return ok([`Policy and route are accepted (${names}).`, ...shut].join(' '));
  }
  const refused = ways.some(
    ({ policy, route }) =>
      policy.state === 'refused' || route.state === 'refused',
  );
  const byGateway = refused ? ANSWERS.policyRefused : ANSWERS.noRoute;
  return broken(
    ways.map(wayInWords).join(' '),
    {
      answered: answersNowhere(facts) ? ANSWERS.modelNotReady : byGateway,
      who: [ADMIN],
      remedy: refused
        ? 'Correct what the gateway says about the policy or the route; the operator offers it again by itself.'
        : 'The operator makes policy and route again by itself. If it does not, look at its log and at the conditions of the model.',
      action: { kind: 'open-model', model: facts.model.ref },
    },
    refused ? undefined : afterPhase('Opens when the model is Ready.'),
  );
}

function wayInWords({ endpoint, policy, route }: EntryFacts): string {
  if (policy.state === 'refused') {
    return `The gateway refuses the ${endpoint} policy: ${policy.message}.`;
  }
  if (route.state === 'refused') {
    return `The gateway refuses the ${endpoint} route: ${route.message}.`;
  }
  if (policy.state === 'unmerged') {
    return `The ${endpoint} policy is not merged with the listener's, which asks the authorizer: everybody is refused.`;
  }
  if (policy.state === 'missing' || route.state === 'missing') {
    return `There is no ${endpoint} ${
      policy.state === 'missing' ? 'policy' : 'route'
    }.`;
  }
  return `The gateway has not accepted the ${endpoint} ${
    policy.state === 'pending' ? 'policy' : 'route'
  } yet.`;
}

/** Whether there is a picker to choose a server, and a server to choose. */
export function checkEndpoints(facts: WhyFacts): Check {
  const { phase, servers } = facts;
  const seen = servers.known
    ? judgeServers(facts, servers.value)
    : unknown(servers.because);
  return seen.state !== 'broken' &&
    answersNowhere(facts) &&
    phase.stopsAt === 'endpoints'
    ? broken(`${phase.phase}: ${phase.stage}`, {
        ...fixOfModel(facts),
        answered: ANSWERS.modelNotReady,
      })
    : seen;
}

function judgeServers(
  facts: WhyFacts,
  { servers, pickers }: Extract<WhyFacts['servers'], { known: true }>['value'],
): Check {
  const { model } = facts;
  const answered = (otherwise: Break['answered']) =>
    answersNowhere(facts) ? ANSWERS.modelNotReady : otherwise;
  const fix = {
    who: ownersOr(model.owners),
    action: { kind: 'open-model', model: model.ref },
  } as const;
  if (pickers.ready === 0) {
    return broken(
      `No endpoint picker is ready (0 of ${pickers.total}): the gateway can't choose a server.`,
      {
        ...fix,
        answered: answered(ANSWERS.noPicker),
        remedy:
          'Look at the pods of the endpoint picker on the page of the model.',
      },
      afterPhase('None until then.'),
    );
  }
  if (servers.ready === 0) {
    return broken(
      `No server is ready (0 of ${servers.total}).`,
      {
        ...fix,
        answered: answered(ANSWERS.noServer),
        remedy:
          'Look at the server pods on the page of the model: each says why it is not ready.',
      },
      afterPhase('None until then.'),
    );
  }
  return ok(`${servers.ready} of ${servers.total} servers are ready.`);
}

/** Whether a network policy keeps the gateway from the model's pods. */
export function checkNetwork({ network }: WhyFacts): Check {
  if (!network.known) {
    return unknown(network.because);
  }
  if (network.value.reach === 'open') {
    return ok(network.value.text);
  }
  const { policies } = network.value;
  const names = policies.join(', ');
  return broken(
    `Nothing lets the gateway reach the model's pods: network ${
      policies.length === 1 ? 'policy' : 'policies'
    } ${names}.`,
    {
      answered: ANSWERS.unreachable,
      who: [ADMIN],
      remedy: `Add the gateway's namespace to the ingress of one of the policies ${names}.`,
    },
  );
}
