import type { ResourceServer } from 'oidc-provider';
import type { Persona } from './personas';

/**
 * Name of the model API among the provider's resource servers. `oidc-provider` wants an absolute URI here; what tokens carry as `aud` is
 * `TokenSettings.audience`.
 */
export const modelsResource = 'urn:slipway:models';

/** Everything a client of the sandbox may ask for; clients are first-party, so that nobody is asked to consent. */
export const allScopes = 'openid profile email groups offline_access';

/** What access tokens for the model API look like. */
export interface TokenSettings {
  /** The `aud` claim. */
  audience: string;
  accessTokenTtlSeconds: number;
}

/** The model API as a resource server (RFC 8707): its tokens are JWTs signed with RS256. */
export function resourceServer({
  audience,
  accessTokenTtlSeconds,
}: TokenSettings): ResourceServer {
  return {
    scope: allScopes,
    audience,
    accessTokenTTL: accessTokenTtlSeconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}

/** Claims about a person, the same in id token, userinfo and access token. */
export function claimsOf(persona: Persona) {
  return {
    sub: persona.username,
    preferred_username: persona.username,
    name: persona.name,
    email: persona.email,
    email_verified: true,
    groups: persona.groups,
  };
}
