import { knownExtAuth, unknownExtAuth } from './extAuth';
import type { SecuritySpec } from './security';
import { unknownFields, type KnownFields } from './unknownFields';

/** Fields that the proxy does. */
const known: KnownFields = {
  targetRef: true,
  targetRefs: true,
  mergeType: true,
  apiKeyAuth: {
    credentialRefs: true,
    extractFrom: { headers: true, params: true, cookies: true },
    forwardClientIDHeader: true,
    sanitize: true,
  },
  jwt: {
    optional: true,
    providers: {
      name: true,
      issuer: true,
      audiences: true,
      remoteJWKS: { uri: true, cacheDuration: true },
      localJWKS: { type: true, inline: true },
      claimToHeaders: { claim: true, header: true },
      recomputeRoute: true,
    },
  },
  authorization: {
    defaultAction: true,
    rules: {
      name: true,
      action: true,
      operation: { methods: true },
      principal: {
        clientCIDRs: true,
        headers: { name: true, values: true },
        jwt: {
          provider: true,
          claims: { name: true, valueType: true, values: true },
          scopes: true,
        },
      },
    },
  },
  extAuth: knownExtAuth,
};

/** Fields of a SecurityPolicy that work on a real gateway and not here. */
export function notEvaluatedFields(spec: SecuritySpec): string[] {
  return [
    ...unknownFields(spec, known),
    ...(spec.jwt?.providers?.some(({ recomputeRoute }) => recomputeRoute)
      ? ['jwt.providers[].recomputeRoute: true']
      : []),
    ...(spec.extAuth ? unknownExtAuth(spec.extAuth) : []),
  ];
}
