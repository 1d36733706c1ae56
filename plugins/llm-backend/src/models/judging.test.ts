import { KubeObject } from '@slipway/controller';
import { envoyAIGateway as flavour } from '../gateway/envoy-ai-gateway';
import { Guard, GuardVerdict, isClosed, isInForce } from '../gateway/guard';
import { exampleModel, examplePlatform } from './__testUtils__/examples';
import { EndpointInput, judgeEndpoint } from './endpointState';
import { parseModel } from './model';
import { ObservedEndpoint } from './observed';
import { Renders } from './Renders';

const platform = examplePlatform({
  authorizer: { namespace: 'slipway', name: 'slipway-authorizer', port: 9002 },
});
const model = parseModel(exampleModel({ access: { groups: ['llm'] } }));
const OURS = 'envoy-gateway-system/slipway-default-deny-ai-llm-internal-https';

const verdicts: GuardVerdict[] = [
  { state: 'accepted' },
  { state: 'pending' },
  { state: 'pending', closes: true },
  { state: 'refused', reason: 'Invalid', message: 'Invalid: no Service' },
];
const parents = [OURS, 'somebody/elses', undefined];
const judges = ['nobody', 'gateway', 'authorizer'] as const;

function withStatus(object: KubeObject, status: unknown): KubeObject {
  return {
    ...object,
    metadata: { ...object.metadata, uid: 'u', generation: 1 },
    status,
  };
}

const condition = (type: string, message = '') => ({
  type,
  status: 'True',
  reason: type,
  message,
  observedGeneration: 1,
});

function policyBy(
  judge: (typeof judges)[number],
  parent: string | undefined,
): KubeObject | undefined {
  const conditions = [
    ...(parent ? [condition('Merged', `Merged with policy ${parent}`)] : []),
    condition('Accepted'),
  ];
  const status = { ancestors: [{ conditions }] };
  switch (judge) {
    case 'gateway':
      return withStatus(
        flavour.renderPolicy(model, platform, 'internal'),
        status,
      );
    case 'authorizer':
      return withStatus(
        flavour.renderJudgedPolicy(model, 'internal', model.modelId),
        status,
      );
    default:
      return undefined;
  }
}

interface Case {
  guard: Guard;
  judge: (typeof judges)[number];
  routed: boolean;
  parent: string | undefined;
}

function* cases(): Generator<Case> {
  for (const listener of verdicts)
    for (const stripping of verdicts)
      for (const gatewayJudgesToo of [false, true])
        for (const judge of judges)
          for (const routed of [false, true])
            for (const parent of parents)
              yield {
                guard: { policy: OURS, listener, stripping, gatewayJudgesToo },
                judge,
                routed,
                parent,
              };
}

function decide({ guard, judge, routed, parent }: Case) {
  const route = flavour.renderRoute(model, platform, 'internal', model.modelId);
  const live: ObservedEndpoint = {
    guard,
    gatewayFound: true,
    policy: policyBy(judge, parent),
    ...(routed
      ? {
          route: withStatus(route, { conditions: [condition('Accepted')] }),
          generated: withStatus(route, {
            parents: [{ conditions: [condition('Accepted')] }],
          }),
        }
      : {}),
  };
  const input: EndpointInput = {
    model,
    platform,
    flavour,
    endpoint: 'internal',
    observed: {
      namespaceManaged: true,
      jobs: [],
      pods: [],
      endpoints: { external: {}, internal: live },
      unserved: new Set(),
    },
    servedModelId: model.modelId,
    hasTarget: true,
    refusals: new Map(),
    nowMs: 0,
    renders: new Renders(),
  };
  return judgeEndpoint(input);
}

describe('an endpoint with an authorizer, in every state of its listener, its policy and its route', () => {
  const all = [...cases()].map(each => ({ ...each, state: decide(each) }));

  it('gets a route that relies on the authorizer only where it is asked and nobody can forge its word', () => {
    const made = all.filter(({ state }) => state.route !== undefined);
    const relying = made.filter(({ judge }) => judge === 'authorizer');
    expect(relying.length).toBeGreaterThan(0);
    for (const { guard } of relying) {
      expect(isInForce(guard)).toBe(true);
    }
    // Without any policy on the server there is no route, whatever else is there.
    expect(made.filter(({ judge }) => judge === 'nobody')).toEqual([]);
  });

  it('keeps such a route only while clients can not forge the word, and makes no new ones meanwhile', () => {
    const there = all.filter(
      ({ judge, routed }) => judge === 'authorizer' && routed,
    );
    for (const { guard, state } of there) {
      const stays = state.route !== undefined || state.keepRoute;
      expect(stays).toBe(isClosed(guard));
    }
  });

  it('goes on by the rules of the gateway until the listener is guarded, and then changes over', () => {
    const served = all.filter(
      ({ judge, routed }) => judge === 'gateway' && routed,
    );
    for (const { guard, state } of served) {
      expect(state.policy && flavour.isJudged(state.policy)).toBe(
        isInForce(guard),
      );
    }
  });

  it('is Ready only when its policy is merged into the one that asks, and that one and the stripping are accepted', () => {
    const ready = all.filter(({ state }) => state.stage.status === 'True');
    expect(ready.length).toBeGreaterThan(0);
    for (const { guard, judge, parent, routed } of ready) {
      expect({ judge, parent, routed, inForce: isInForce(guard) }).toEqual({
        judge: 'authorizer',
        parent: OURS,
        routed: true,
        inForce: true,
      });
    }
  });

  it('says why it is not Ready', () => {
    const reasons = new Set(
      all
        .filter(({ judge, routed }) => judge === 'authorizer' && routed)
        .map(({ state }) => state.stage.reason),
    );
    expect([...reasons].sort()).toEqual([
      'AuthorizerPending',
      'AuthorizerRefused',
      'PolicyMergedElsewhere',
      'PolicyPending',
      'Programmed',
    ]);
  });
});
