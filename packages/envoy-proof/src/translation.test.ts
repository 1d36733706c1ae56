import type { CaseName } from './cases';
import { loadTranslation } from './cases';
import type { JsonObject } from './json';
import { isObject, listAt, objectsIn, textAt } from './json';
import { modelDigest, modelId } from './objects';
import type { Translation } from './translate';

const authorizerFilter =
  'envoy.filters.http.ext_authz/securitypolicy/gateways/slipway-default-deny';
const rbacFilter = 'envoy.filters.http.rbac';

/** The HTTP filters of the models' listener, in the order in which a request meets them. */
function filters({ listeners }: Translation): string[] {
  const [listener] = listeners.filter(
    ({ name }) => name === 'gateways/ai/llm-https',
  );
  const manager = [...objectsIn(listener)].find(found =>
    textAt(found, '@type').endsWith('.HttpConnectionManager'),
  );
  return listAt(manager, 'httpFilters').map(filter => textAt(filter, 'name'));
}

function routes({ routes: configurations }: Translation): JsonObject[] {
  return configurations
    .flatMap(configuration => listAt(configuration, 'virtualHosts'))
    .flatMap(host => listAt(host, 'routes'))
    .filter(isObject);
}

function perFilter(route: JsonObject): JsonObject {
  return isObject(route.typedPerFilterConfig) ? route.typedPerFilterConfig : {};
}

/** What a route's rule lets pass: the values that it compares with, and what happens to the rest. */
function rule(route: JsonObject) {
  const matcher = perFilter(route)[rbacFilter];
  const matchers = listAt(
    matcher,
    'rbac',
    'matcher',
    'matcherList',
    'matchers',
  );
  return {
    allows: matchers.map(found => {
      const predicate = ['predicate', 'singlePredicate'] as const;
      return [
        textAt(found, ...predicate, 'input', 'typedConfig', 'headerName'),
        textAt(found, ...predicate, 'valueMatch', 'exact'),
      ].join('=');
    }),
    otherwise: textAt(
      matcher,
      ...['rbac', 'matcher', 'onNoMatch', 'action', 'typedConfig', 'action'],
    ),
  };
}

const routesOf = (translation: Translation, name: string) =>
  routes(translation).filter(route =>
    textAt(route, 'name').startsWith(`httproute/models/${name}/`),
  );

describe('what Envoy Gateway makes of our objects', () => {
  it.each<[CaseName, number]>([
    ['grpc', 3],
    ['http', 3],
    ['thousand-models', 1000],
  ])(
    '%s: one ext_authz filter serves all %i models, and each route has its own rule',
    async (name, models) => {
      const translation = await loadTranslation(name);
      expect(filters(translation)).toEqual([
        authorizerFilter,
        rbacFilter,
        'envoy.filters.http.router',
      ]);
      // A route for the model and one for what no rule matches.
      expect(routes(translation)).toHaveLength(2 * models);
      for (let n = 0; n < models; n++) {
        const own = routesOf(translation, `m${n}`);
        expect(own).toHaveLength(2);
        for (const route of own) {
          expect(Object.keys(perFilter(route)).sort()).toEqual(
            [authorizerFilter, rbacFilter].sort(),
          );
          expect(rule(route)).toEqual({
            allows: [`x-slipway-model=${modelDigest(modelId(n))}`],
            otherwise: 'DENY',
          });
        }
      }
    },
  );

  it('merges the policy of a route with the one of the listener, and says so in the status', async () => {
    const { policies } = await loadTranslation('grpc');
    expect(policies).toContain(
      'SecurityPolicy/m0 Merged=True/Merged: Merged with policy gateways/slipway-default-deny',
    );
    expect(policies).toContain(
      'SecurityPolicy/m0 Accepted=True/Accepted: Policy has been accepted.',
    );
  });

  it('denies everything on a route without a policy of its own', async () => {
    const translation = await loadTranslation('no-route-policy');
    for (const route of routesOf(translation, 'm1')) {
      expect(rule(route)).toEqual({ allows: [], otherwise: 'DENY' });
      expect(Object.keys(perFilter(route))).toContain(authorizerFilter);
    }
  });

  it("keeps a route's rule when the listener's policy is gone, but asks the authorizer no more and still says Accepted", async () => {
    const translation = await loadTranslation('no-listener-policy');
    expect(filters(translation)).not.toContain(authorizerFilter);
    for (const route of routesOf(translation, 'm0')) {
      expect(rule(route)).toEqual({
        allows: [`x-slipway-model=${modelDigest(modelId(0))}`],
        otherwise: 'DENY',
      });
    }
    expect(
      translation.policies.filter(line => line.startsWith('SecurityPolicy/m0')),
    ).toEqual([
      'SecurityPolicy/m0 Accepted=True/Accepted: Policy has been accepted.',
    ]);
  });

  it("answers 500 on every route while the authorizer's Service is missing, and its policies say why", async () => {
    const translation = await loadTranslation('no-authorizer-service');
    expect(routes(translation).map(route => listDirectResponse(route))).toEqual(
      Array(6).fill(500),
    );
    const reason = 'ExtAuth: service slipway/slipway-authorizer not found.';
    expect(
      translation.policies.filter(line => line.includes('Accepted=False')),
    ).toEqual(
      ['m0', 'm1', 'm2', 'slipway-default-deny'].map(
        name => `SecurityPolicy/${name} Accepted=False/Invalid: ${reason}`,
      ),
    );
  });
});

function listDirectResponse(route: JsonObject) {
  return isObject(route.directResponse)
    ? route.directResponse.status
    : undefined;
}
