import type { ModelPhase } from '@slipway/plugin-llm-common';
import { ANSWERS } from './answers';
import { ADMIN, broken, Check, ok, ownersOr, unknown } from './check';
import type { EntryFacts, WhyFacts } from './facts';

/** Budgets and rate limits do not exist yet: nothing is counted, so nothing can be used up. */
export function checkLimit(): Check {
  return ok('No limits are set yet: no call is counted against one.');
}

/** Phases in which calls are answered. A degraded model serves with what it has. */
const serving: readonly ModelPhase[] = ['Ready', 'Degraded'];

/** Whether a model in this phase is called at all. */
export function isServing(phase: ModelPhase): boolean {
  return serving.includes(phase);
}

/** Whether the model serves. */
export function checkPhase({ model, phase }: WhyFacts): Check {
  const text = `${phase.phase}: ${phase.stage}`;
  if (isServing(phase.phase)) {
    return ok(text);
  }
  const { failure } = phase;
  const action = { kind: 'open-model', model: model.ref } as const;
  return broken(text, {
    answered: ANSWERS.modelNotReady,
    who: ownersOr(model.owners),
    remedy: failure
      ? [failure.why, ...failure.todo].join(' ')
      : `${model.modelId} is on its way: call again when it is Ready.`,
    action,
  });
}

const afterPhase = (text: string) => ({ link: 'phase', text } as const);

/** Whether the gateway lets calls to the model through one of the ways that its spec switches on. */
export function checkRoute({ entries, model }: WhyFacts): Check {
  if (!entries.known) {
    return unknown(entries.because);
  }
  const ways = entries.value;
  if (ways.length === 0) {
    return broken('The spec switches both endpoints off.', {
      answered: ANSWERS.noRoute,
      who: ownersOr(model.owners),
      remedy:
        'Set spec.endpoints.external.enabled or spec.endpoints.internal.enabled.',
      action: { kind: 'open-model', model: model.ref },
    });
  }
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
  return broken(
    ways.map(wayInWords).join(' '),
    {
      answered: refused ? ANSWERS.policyRefused : ANSWERS.noRoute,
      who: [ADMIN],
      remedy: refused
        ? 'Correct what the gateway says about the policy or the route; the operator offers it again by itself.'
        : 'The operator makes policy and route again by itself. If it does not, look at its log and at the conditions of the model.',
      action: { kind: 'open-model', model: model.ref },
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
  if (policy.state === 'missing' || route.state === 'missing') {
    return `There is no ${endpoint} ${
      policy.state === 'missing' ? 'policy' : 'route'
    }.`;
  }
  return `The gateway has not accepted the ${endpoint} ${
    policy.state === 'pending' ? 'policy' : 'route'
  } yet.`;
}

/** Whether there is a picker to choose a server and a server to choose. */
export function checkEndpoints({ servers, model }: WhyFacts): Check {
  if (!servers.known) {
    return unknown(servers.because);
  }
  const { servers: pods, pickers } = servers.value;
  const action = { kind: 'open-model', model: model.ref } as const;
  const fix = { who: ownersOr(model.owners), action };
  if (pickers.ready === 0) {
    return broken(
      `No endpoint picker is ready (0 of ${pickers.total}): the gateway can't choose a server.`,
      {
        ...fix,
        answered: ANSWERS.noPicker,
        remedy:
          'Look at the pods of the endpoint picker on the page of the model.',
      },
      afterPhase('None until then.'),
    );
  }
  if (pods.ready === 0) {
    return broken(
      `No server is ready (0 of ${pods.total}).`,
      {
        ...fix,
        answered: ANSWERS.noServer,
        remedy:
          'Look at the server pods on the page of the model: each says why it is not ready.',
      },
      afterPhase('None until then.'),
    );
  }
  return ok(`${pods.ready} of ${pods.total} servers are ready.`);
}

/** Whether a network policy keeps the gateway from the model's pods. */
export function checkNetwork({ network }: WhyFacts): Check {
  if (!network.known) {
    return unknown(network.because);
  }
  if (network.value.reach === 'open') {
    return ok(network.value.text);
  }
  const names = network.value.policies.join(', ');
  return broken(
    `Nothing lets the gateway reach the model's pods: network ${
      network.value.policies.length === 1 ? 'policy' : 'policies'
    } ${names}.`,
    {
      answered: ANSWERS.unreachable,
      who: [ADMIN],
      remedy: `Add the gateway's namespace to the ingress of one of the policies ${names}.`,
    },
  );
}
