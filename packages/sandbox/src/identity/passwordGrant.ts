import type { Provider, TokenEndpointGrantContext } from 'oidc-provider';
import { passwordMatches, type Persona } from './personas';
import {
  allScopes,
  modelsResource,
  resourceServer,
  type TokenSettings,
} from './tokens';

/** What the grant reads from the request, besides the client's own credentials. */
interface PasswordParameters {
  username?: string;
  password?: string;
  scope?: string;
}

/**
 * Adds the resource owner password grant (RFC 6749 §4.3), which `oidc-provider` leaves out on purpose. Keycloak has it as "direct access
 * grants", and scripts against a development realm use it. Tokens are the same as of the device flow.
 */
export function addPasswordGrant(
  provider: Provider,
  { errors }: typeof import('oidc-provider'),
  personas: readonly Persona[],
  settings: TokenSettings,
): void {
  const handle = async (
    ctx: TokenEndpointGrantContext<PasswordParameters>,
  ): Promise<void> => {
    const { client, params } = ctx.oidc;
    const persona = personas.find(
      candidate => candidate.username === params.username,
    );
    if (!persona || !passwordMatches(persona, params.password ?? '')) {
      throw new errors.InvalidGrant('invalid user credentials');
    }
    const scope = [
      ...new Set(['openid', ...(params.scope ?? allScopes).split(' ')]),
    ].join(' ');
    const owner = { accountId: persona.username, client };

    const grant = new provider.Grant({
      accountId: persona.username,
      clientId: client.clientId,
    });
    grant.addOIDCScope(scope);
    grant.addResourceScope(modelsResource, scope);
    const grantId = await grant.save();
    ctx.oidc.entity('Grant', grant);

    const accessToken = new provider.AccessToken({
      ...owner,
      grantId,
      gty: 'password',
      scope,
    });
    accessToken.resourceServer = new provider.ResourceServer(
      modelsResource,
      resourceServer(settings),
    );
    const refreshToken = new provider.RefreshToken({
      ...owner,
      grantId,
      gty: 'password',
      scope,
      resource: modelsResource,
      rotations: 0,
    });
    ctx.body = {
      access_token: await accessToken.save(),
      expires_in: accessToken.expiration,
      refresh_token: await refreshToken.save(),
      scope,
      token_type: accessToken.tokenType,
    };
  };
  provider.registerGrantType<PasswordParameters>('password', handle, [
    'username',
    'password',
    'scope',
  ]);
}
