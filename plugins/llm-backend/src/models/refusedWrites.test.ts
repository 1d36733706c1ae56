import { KubeObject } from '@slipway/controller';
import { envoyAIGateway as flavour } from '../gateway/envoy-ai-gateway';
import { ENDPOINTS } from '../gateway/flavour';
import { exampleModel, examplePlatform } from './__testUtils__/examples';
import { listAt, textAt } from './json';
import { GENERATED_KINDS } from './kinds';
import { parseModel } from './model';
import { Observed, refusalKey, Refusals } from './observed';
import { planModel } from './plan';
import { Renders } from './Renders';
import {
  renderClaim,
  renderEndpointPicker,
  renderInferencePool,
} from './render';
import { deriveStatus } from './status';

const platform = examplePlatform();
const model = parseModel(
  exampleModel({ serving: { monitoring: { enabled: true } } }),
);

function present(object: KubeObject, status: unknown = {}): KubeObject {
  return {
    ...object,
    metadata: { ...object.metadata, uid: 'u', generation: 1 },
    status,
  };
}

/** A model all of whose objects are wanted: the claim is bound, so that its download starts, and there is something to route to. */
function plan(refusals: Refusals, unserved: string[] = []) {
  const claim = renderClaim(model, platform);
  const picker = renderEndpointPicker(model, platform).find(
    ({ kind }) => kind === 'Deployment',
  );
  const endpoint = (name: (typeof ENDPOINTS)[number]) => ({
    gatewayFound: true,
    policy: present(flavour.renderPolicy(model, platform, name)),
  });
  const observed: Observed = {
    namespaceManaged: true,
    claim: claim && present(claim, { phase: 'Bound' }),
    jobs: [],
    pods: [],
    picker: picker && present(picker),
    pool: present(renderInferencePool(model)),
    endpoints: {
      external: endpoint('external'),
      internal: endpoint('internal'),
    },
    unserved: new Set(unserved),
  };
  return planModel({
    model,
    platform,
    flavour,
    observed,
    refusals,
    nowMs: 0,
    renders: new Renders(),
  });
}

function conditionsWith(refusals: Refusals, unserved?: string[]) {
  const status = deriveStatus({
    model,
    platform,
    plan: plan(refusals, unserved),
    refusals,
    previous: undefined,
    now: new Date(0),
  });
  return listAt(status, 'conditions');
}

const wanted = (() => {
  const { apply, routes } = plan(new Map());
  return [...apply.flat(), ...routes];
})();

describe('whatever the cluster refuses has a name', () => {
  it('all kinds that are made for a model are among what follows', () => {
    const kinds = new Set(wanted.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      [
        ...Object.values(GENERATED_KINDS).map(({ kind }) => kind),
        flavour.policyKind.kind,
        flavour.routeKind.kind,
      ].sort(),
    );
  });

  it.each(wanted.map(object => [refusalKey(object)]))(
    '%s: a condition gives the words of the server',
    key => {
      const [kind, name] = key.split('/');
      const message = 'denied by the policy of the house';
      const conditions = conditionsWith(
        new Map([[key, { code: 403, message }]]),
      );
      const told = conditions.filter(condition =>
        textAt(condition, 'message')?.includes(message),
      );
      expect(told).not.toEqual([]);
      for (const condition of told) {
        expect(textAt(condition, 'message')).toContain(name);
        const isRemark = kind === 'PodMonitor';
        expect(textAt(condition, 'status')).toBe(isRemark ? 'True' : 'False');
        expect(textAt(condition, 'reason')).toMatch(
          isRemark ? /^SpecValid$/ : /^(Write|Policy|Route)Refused$/,
        );
      }
    },
  );

  it('what the picker is made of is told with the picker', () => {
    const pickers = [
      ...renderEndpointPicker(model, platform),
      renderInferencePool(model),
    ];
    expect(pickers).toHaveLength(7);
    for (const object of pickers) {
      const refusals = new Map([
        [refusalKey(object), { code: 403, message: 'no' }],
      ]);
      const refused = conditionsWith(refusals)
        .filter(condition => textAt(condition, 'reason') === 'WriteRefused')
        .map(condition => textAt(condition, 'type'));
      expect(refused).toEqual(['EndpointPickerReady', 'Ready']);
    }
  });

  it('a model that nothing can scrape says so, and is accepted nevertheless', () => {
    const [accepted] = conditionsWith(new Map(), ['PodMonitor']);
    expect(accepted).toMatchObject({
      type: 'Accepted',
      status: 'True',
      message: expect.stringMatching(
        /^The spec can work\. The model is not scraped, because the cluster does not serve PodMonitor \(monitoring\.coreos\.com\/v1\): .*\.$/,
      ),
    });
  });
});
