import { KubeObject } from '@slipway/controller';
import { Model } from '../../models/model';
import { metadataOf, namesOf } from '../../models/names';
import { Platform } from '../../models/platform';
import { Endpoint } from '../flavour';

const API_VERSION = 'gateway.envoyproxy.io/v1alpha1';
/** `claims[].values` takes 128 (Envoy Gateway 1.8); each group stands in two spellings. */
const GROUPS_PER_RULE = 64;

/** Who may call a model through an endpoint without an authorizer, and that nobody else may. @throws Error when the issuer's keys are not known */
export function renderSecurityPolicy(
  model: Model,
  platform: Platform,
  endpoint: Endpoint,
): KubeObject {
  const names = namesOf(model);
  if (endpoint === 'external') {
    return policy(model, names.externalPolicy, names.externalRoute, {
      // Nobody: keys need the authorizer.
      authorization: { defaultAction: 'Deny', rules: [] },
    });
  }
  if (platform.oidc.jwksUri === undefined) {
    throw new Error(
      `model ${model.namespace}/${model.name}: the keys of the issuer are not known, so no token can be checked`,
    );
  }
  return policy(model, names.internalPolicy, names.internalRoute, {
    jwt: { providers: [provider(platform, platform.oidc.jwksUri)] },
    authorization: model.access.public
      ? allowEverybody(platform.oidc.issuer)
      : allowGroups(model.access.groups, platform.oidc.groupsClaim),
  });
}

function policy(
  model: Model,
  name: string,
  route: string,
  rules: Record<string, unknown>,
): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'SecurityPolicy',
    metadata: metadataOf(model, name),
    spec: {
      targetRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route },
      ],
      ...rules,
    },
  };
}

function provider(platform: Platform, jwksUri: string) {
  const { issuer, audience } = platform.oidc;
  return {
    name: 'oidc',
    issuer,
    ...(audience ? { audiences: [audience] } : {}),
    // With the API server's default written out: providers are compared as a whole.
    remoteJWKS: { uri: jwksUri, cacheDuration: '300s' },
    // Groups are a list, which Envoy can't turn into a header; they are judged below.
    claimToHeaders: [{ claim: 'preferred_username', header: 'x-auth-user' }],
  };
}

/**
 * Allows everybody with a token that was checked. Envoy checks tokens by the policy of the route that it matches before the model is known,
 * which may be another model's; without this rule a request that nobody checked there would get through here.
 */
function allowEverybody(issuer: string) {
  return {
    defaultAction: 'Deny',
    rules: [
      {
        name: 'allow-valid-tokens',
        action: 'Allow',
        principal: {
          jwt: {
            provider: 'oidc',
            claims: [{ name: 'iss', valueType: 'String', values: [issuer] }],
          },
        },
      },
    ],
  };
}

/**
 * Allows the groups, however many there are. A group counts with and without the leading slash that Keycloak sends for groups with full
 * paths.
 */
function allowGroups(groups: string[], groupsClaim: string) {
  const names = [
    ...new Set(groups.map(group => group.trim().replace(/^\/+/, ''))),
  ].filter(Boolean);
  const rules: Record<string, unknown>[] = [];
  for (let start = 0; start < names.length; start += GROUPS_PER_RULE) {
    const values = names
      .slice(start, start + GROUPS_PER_RULE)
      .flatMap(name => [name, `/${name}`]);
    rules.push({
      name:
        start === 0
          ? 'allow-groups'
          : `allow-groups-${start / GROUPS_PER_RULE + 1}`,
      action: 'Allow',
      principal: {
        jwt: {
          provider: 'oidc',
          claims: [{ name: groupsClaim, valueType: 'StringArray', values }],
        },
      },
    });
  }
  return { defaultAction: 'Deny', ...(rules.length > 0 ? { rules } : {}) };
}
