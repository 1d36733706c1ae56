import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { ClientMetadata, Configuration, Provider } from 'oidc-provider';
import { defaultClients, grantTypesOf, type IdentityClient } from './clients';
import { listen } from './listen';
import { handleInteraction, interactionPath, isInteraction } from './login';
import { MemoryStore } from './memoryStore';
import { deviceCodePage, deviceConfirmPage, escapeHtml, page } from './pages';
import { addPasswordGrant } from './passwordGrant';
import { defaultPersonas, type Persona } from './personas';
import { newSigningKey, type SigningKey } from './signingKeys';
import {
  allScopes,
  claimsOf,
  modelsResource,
  resourceServer,
  type TokenSettings,
} from './tokens';

/** How to start the OpenID provider. Everything has a default. */
export interface IdentityOptions {
  /** TCP port on 127.0.0.1; 0 (the default) takes a free one. */
  port?: number;
  /** The issuer's URL; `http://localhost:<port>` unless given. */
  issuer?: string;
  personas?: readonly Persona[];
  clients?: readonly IdentityClient[];
  /** Redirect URIs of the default client `slipway-portal`; ignored when `clients` is given. */
  portalRedirectUris?: string[];
  /** `aud` of access tokens for models. */
  audience?: string;
  accessTokenTtlSeconds?: number;
}

/** A running OpenID provider. */
export interface Identity {
  issuer: string;
  personas: readonly Persona[];
  clients: readonly IdentityClient[];
  /** Where a verifier gets the public keys. */
  jwksUri: string;
  /**
   * Signs with a new key from now on and answers its `kid`. Old keys stay published, so that tokens out there keep working; with
   * `withdrawOld` they are taken away, as after a leak.
   */
  rotateKeys(options?: { withdrawOld?: boolean }): Promise<string>;
  stop(): Promise<void>;
}

function clientMetadata(client: IdentityClient): ClientMetadata {
  return {
    client_id: client.clientId,
    client_name: client.name,
    client_secret: client.secret,
    token_endpoint_auth_method: client.secret ? 'client_secret_basic' : 'none',
    grant_types: grantTypesOf(client),
    response_types: client.redirectUris?.length ? ['code'] : [],
    redirect_uris: client.redirectUris ?? [],
    post_logout_redirect_uris: client.postLogoutRedirectUris ?? [],
  };
}

interface ProviderParts {
  personas: readonly Persona[];
  clients: readonly IdentityClient[];
  store: MemoryStore;
  cookieKey: string;
  settings: TokenSettings;
}

function configuration(
  parts: ProviderParts,
  keys: SigningKey[],
): Configuration {
  const { personas, clients, store, cookieKey, settings } = parts;
  const find = (username: string) =>
    personas.find(persona => persona.username === username);
  const wantsModels = (clientId?: string) =>
    clients.some(
      client =>
        client.clientId === clientId && client.accessTokensFor === 'models',
    );
  const ttl = settings.accessTokenTtlSeconds;
  return {
    adapter: store.adapter,
    jwks: { keys },
    clients: clients.map(clientMetadata),
    cookies: { keys: [cookieKey] },
    responseTypes: ['code'],
    scopes: allScopes.split(' '),
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username', 'groups'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // Keycloak and Dex put the profile into the id token too; the default of oidc-provider leaves it to userinfo.
    conformIdTokenClaims: false,
    clockTolerance: 5,
    findAccount: (_ctx, username) => {
      const persona = find(username);
      return (
        persona && { accountId: username, claims: () => claimsOf(persona) }
      );
    },
    extraTokenClaims: (_ctx, token) => {
      const persona =
        'accountId' in token && token.accountId
          ? find(token.accountId)
          : undefined;
      return persona && { ...claimsOf(persona) };
    },
    loadExistingGrant: async ctx => {
      const { client, session, provider } = ctx.oidc;
      if (!client || !session?.accountId) {
        return undefined;
      }
      const grant = new provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope(allScopes);
      grant.addResourceScope(modelsResource, allScopes);
      await grant.save();
      return grant;
    },
    issueRefreshToken: (_ctx, client) =>
      client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    // A client with a secret keeps its refresh token, as Keycloak's default is: two tabs that start together, or a reload
    // that cuts off the answer, would else use one token twice and end the session.
    rotateRefreshToken: ctx => ctx.oidc.client?.clientAuthMethod === 'none',
    interactions: {
      url: (_ctx, interaction) => interactionPath(interaction.uid),
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = page(
        'Sign-in failed',
        `<h1>Sign-in failed</h1><p class="bad" role="alert">${escapeHtml(
          [out.error, out.error_description].filter(Boolean).join(': '),
        )}</p>`,
      );
    },
    ttl: {
      AccessToken: ttl,
      IdToken: ttl,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Interaction: 3600,
      Session: 24 * 3600,
      Grant: 14 * 24 * 3600,
      RefreshToken: 14 * 24 * 3600,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: async (ctx, form, _out, error) => {
          ctx.body = deviceCodePage(
            form,
            error && 'That code is not right, or it has expired. Try again.',
          );
        },
        userCodeConfirmSource: async (ctx, form, client, _device, userCode) => {
          ctx.body = deviceConfirmPage(
            form,
            client.clientName ?? client.clientId,
            userCode,
          );
        },
        successSource: async ctx => {
          ctx.body = page(
            'Connected',
            '<h1>Connected</h1><p>You can close this page and go on in your command line.</p>',
          );
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, client, oneOf) =>
          oneOf ?? (wantsModels(client.clientId) ? modelsResource : []),
        useGrantedResource: () => true,
        getResourceServerInfo: () => resourceServer(settings),
      },
    },
  };
}

/**
 * Starts an OpenID provider with people one can be: discovery, authorization code, device flow, refresh, and a password grant for
 * scripts. Groups are in the id token, in userinfo and in access tokens.
 *
 * @throws Error when the port is taken.
 */
export async function startIdentity(
  options: IdentityOptions = {},
): Promise<Identity> {
  const oidc = await import('oidc-provider');
  const personas = options.personas ?? defaultPersonas;
  const clients = options.clients ?? defaultClients(options.portalRedirectUris);
  const parts: ProviderParts = {
    personas,
    clients,
    store: new MemoryStore(),
    cookieKey: randomBytes(32).toString('hex'),
    settings: {
      audience: options.audience ?? 'llm',
      accessTokenTtlSeconds: options.accessTokenTtlSeconds ?? 3600,
    },
  };

  let current:
    | {
        provider: Provider;
        answer: (request: IncomingMessage, response: ServerResponse) => void;
      }
    | undefined;
  const server = createServer((request, response) => {
    if (!current) {
      response.writeHead(503).end();
    } else if (isInteraction(request)) {
      handleInteraction(current.provider, personas, request, response).catch(
        error => {
          response
            .writeHead(400, { 'content-type': 'text/plain' })
            .end(String(error.message));
        },
      );
    } else {
      current.answer(request, response);
    }
  });
  const port = await listen(server, options.port ?? 0);
  const issuer = options.issuer ?? `http://localhost:${port}`;

  let keys: SigningKey[] = [];
  const rotateKeys: Identity['rotateKeys'] = async ({
    withdrawOld = false,
  } = {}) => {
    const key = await newSigningKey();
    keys = [key, ...(withdrawOld ? [] : keys)];
    // The provider reads its keys once, so it is made anew; sessions and tokens stay in the store.
    const provider = new oidc.Provider(issuer, configuration(parts, keys));
    addPasswordGrant(provider, oidc, personas, parts.settings);
    current = { provider, answer: provider.callback() };
    return key.kid;
  };
  await rotateKeys();

  return {
    issuer,
    personas,
    clients,
    jwksUri: `${issuer}/jwks`,
    rotateKeys,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
