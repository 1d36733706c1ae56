/** A program that may ask the provider for tokens. */
export interface IdentityClient {
  clientId: string;
  /** Shown on the login page. */
  name: string;
  /** Confidential clients have one; public clients (command line) don't. */
  secret?: string;
  /** Where the browser may be sent back to; at least one makes it a client of the authorization code flow. */
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  /** Device flow (RFC 8628), for tools without a browser of their own. */
  deviceFlow?: boolean;
  /** Username and password for a token in one request, as Keycloak's "direct access grants". For development. */
  directGrants?: boolean;
  /**
   * Whom its access tokens are for. `models`: a JWT whose audience is the model API, accepted by the gateway and not by userinfo.
   * `userinfo`: an opaque token, for userinfo alone.
   */
  accessTokensFor: 'models' | 'userinfo';
}

/** Where the portal of a local start gets its sign-in answers. */
export const portalRedirectUri =
  'http://localhost:7007/api/auth/oidc/handler/frame';

/** The clients of the sandbox: the portal, and a command line tool. */
export function defaultClients(
  portalRedirectUris: string[] = [portalRedirectUri],
): IdentityClient[] {
  return [
    {
      clientId: 'slipway-portal',
      name: 'Slipway',
      secret: 'slipway-portal-secret',
      redirectUris: portalRedirectUris,
      accessTokensFor: 'userinfo',
    },
    {
      clientId: 'slipway-cli',
      name: 'Slipway command line',
      deviceFlow: true,
      directGrants: true,
      accessTokensFor: 'models',
    },
  ];
}

/** OAuth grant types that a client's description stands for. */
export function grantTypesOf(client: IdentityClient): string[] {
  return [
    ...(client.redirectUris?.length ? ['authorization_code'] : []),
    ...(client.deviceFlow
      ? ['urn:ietf:params:oauth:grant-type:device_code']
      : []),
    ...(client.directGrants ? ['password'] : []),
    'refresh_token',
  ];
}
