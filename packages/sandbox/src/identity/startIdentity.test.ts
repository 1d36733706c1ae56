import {
  requestToken,
  startIdentity,
  defaultPersonas,
  portalRedirectUri,
  type Identity,
} from '.';
import { formOf, TestBrowser } from './testBrowser';

function claims(token: string) {
  return JSON.parse(
    Buffer.from(token.split('.')[1], 'base64url').toString('utf8'),
  );
}

function header(token: string) {
  return JSON.parse(
    Buffer.from(token.split('.')[0], 'base64url').toString('utf8'),
  );
}

async function verify(identity: Identity, token: string) {
  const jose = await import('jose');
  const keys = jose.createLocalJWKSet(
    await (await fetch(identity.jwksUri)).json(),
  );
  return (
    await jose.jwtVerify(token, keys, {
      issuer: identity.issuer,
      audience: 'llm',
    })
  ).payload;
}

describe('the OpenID provider of the sandbox', () => {
  let identity: Identity;

  beforeAll(async () => {
    identity = await startIdentity();
  });
  afterAll(() => identity.stop());

  const authorizeUrl = (redirectUri = portalRedirectUri) =>
    `${identity.issuer}/auth?${new URLSearchParams({
      client_id: 'slipway-portal',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      state: 's1',
      nonce: 'n1',
    })}`;

  const token = async (fields: Record<string, string>, secret?: string) => {
    const response = await fetch(`${identity.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: secret
        ? { authorization: `Basic ${Buffer.from(secret).toString('base64')}` }
        : {},
    });
    return { status: response.status, body: await response.json() };
  };

  it.each(defaultPersonas.map(persona => [persona.username, persona] as const))(
    'signs %s in to the portal, with groups in the id token and in userinfo',
    async (username, persona) => {
      const browser = new TestBrowser();
      const login = await browser.visit(authorizeUrl());
      expect(login.body).toContain(persona.name);

      const back = await browser.visit(formOf(login).action, {
        username,
        password: username,
      });
      const answer = new URL(back.url);
      expect(`${answer.origin}${answer.pathname}`).toBe(portalRedirectUri);
      expect(answer.searchParams.get('state')).toBe('s1');

      const tokens = await token(
        {
          grant_type: 'authorization_code',
          code: answer.searchParams.get('code') ?? '',
          redirect_uri: portalRedirectUri,
        },
        'slipway-portal:slipway-portal-secret',
      );
      expect(tokens.status).toBe(200);
      const expected = {
        sub: username,
        preferred_username: username,
        name: persona.name,
        email: persona.email,
        email_verified: true,
        groups: persona.groups,
      };
      expect(claims(tokens.body.id_token)).toMatchObject({
        ...expected,
        aud: 'slipway-portal',
        nonce: 'n1',
      });
      const userinfo = async (accessToken: string) =>
        (
          await fetch(`${identity.issuer}/me`, {
            headers: { authorization: `Bearer ${accessToken}` },
          })
        ).json();
      expect(await userinfo(tokens.body.access_token)).toEqual(expected);

      const refreshed = await token(
        {
          grant_type: 'refresh_token',
          refresh_token: tokens.body.refresh_token,
        },
        'slipway-portal:slipway-portal-secret',
      );
      expect(await userinfo(refreshed.body.access_token)).toEqual(expected);
    },
  );

  it('shows the form again, with the reason, for a wrong password', async () => {
    const browser = new TestBrowser();
    const login = await browser.visit(authorizeUrl());
    const refused = await browser.visit(formOf(login).action, {
      username: 'mara',
      password: 'jonas',
    });
    expect(refused.status).toBe(401);
    expect(refused.body).toMatch(
      /role="alert">That person and that password do not belong together/,
    );
  });

  it('does not send anybody to an address that is not the portal’s', async () => {
    const refused = await new TestBrowser().visit(
      authorizeUrl('https://evil.example.com/'),
    );
    expect(refused.status).toBe(400);
    expect(refused.body).toContain('redirect_uri');
  });

  it('gives scripts a token for the model API, and nothing for a wrong password', async () => {
    const { accessToken } = await requestToken(identity.issuer, 'jonas');
    expect(await verify(identity, accessToken)).toMatchObject({
      sub: 'jonas',
      aud: 'llm',
      preferred_username: 'jonas',
      groups: ['research', 'research-leads', 'developers'],
    });
    await expect(
      requestToken(identity.issuer, 'jonas', 'wrong'),
    ).rejects.toThrow(/gave jonas no token/);
    await expect(requestToken(identity.issuer, 'nobody')).rejects.toThrow(
      /gave nobody no token/,
    );
  });

  it('does not let the portal’s client exchange passwords', async () => {
    const refused = await token(
      { grant_type: 'password', username: 'mara', password: 'mara' },
      'slipway-portal:slipway-portal-secret',
    );
    expect(refused).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('connects a command line by the code that it shows', async () => {
    const start = await (
      await fetch(`${identity.issuer}/device/auth`, {
        method: 'POST',
        body: new URLSearchParams({
          client_id: 'slipway-cli',
          scope: 'openid profile groups',
        }),
      })
    ).json();
    const poll = () =>
      token({
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: start.device_code,
        client_id: 'slipway-cli',
      });
    expect((await poll()).body.error).toBe('authorization_pending');

    const browser = new TestBrowser();
    const enter = await browser.visit(start.verification_uri);
    const code = formOf(enter);
    const confirm = await browser.visit(code.action, {
      ...code.fields,
      user_code: start.user_code,
    });
    expect(confirm.body).toContain(start.user_code);
    const confirmation = formOf(confirm);
    const login = await browser.visit(confirmation.action, confirmation.fields);
    const done = await browser.visit(formOf(login).action, {
      username: 'mara',
      password: 'mara',
    });
    expect(done.body).toContain('Connected');

    const { body } = await poll();
    expect(await verify(identity, body.access_token)).toMatchObject({
      sub: 'mara',
      groups: ['developers', 'llm'],
    });
  });
});

describe('keys of the OpenID provider', () => {
  it('can be rotated: new tokens have a new key, old ones hold until their key is withdrawn', async () => {
    const identity = await startIdentity();
    try {
      const before = await requestToken(identity.issuer, 'mara');
      const kid = await identity.rotateKeys();
      const after = await requestToken(identity.issuer, 'mara');
      expect(header(after.accessToken).kid).toBe(kid);
      expect(header(before.accessToken).kid).not.toBe(kid);
      await expect(verify(identity, before.accessToken)).resolves.toMatchObject(
        { sub: 'mara' },
      );

      await identity.rotateKeys({ withdrawOld: true });
      await expect(verify(identity, before.accessToken)).rejects.toThrow(
        /no applicable key/,
      );
      await expect(verify(identity, after.accessToken)).rejects.toThrow(
        /no applicable key/,
      );

      const refreshed = await fetch(`${identity.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: 'slipway-cli',
          refresh_token: before.refreshToken ?? '',
        }),
      });
      await expect(
        verify(identity, (await refreshed.json()).access_token),
      ).resolves.toMatchObject({ sub: 'mara' });
    } finally {
      await identity.stop();
    }
  });
});
