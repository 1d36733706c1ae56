import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CryptoKey, JWK } from 'jose';
import { systemClock } from '../../world/clock';
import { jwtRefused } from './localReply';
import { JwksCache } from './jwksCache';
import { isAllowed } from './authorize';
import { verifyJwt } from './jwt';
import { tokensOf } from './tokens';

/** What a real Envoy answered. */
type Replies = Record<
  string,
  { status: number; challenge?: string; body?: string }
>;

const replies: Replies = JSON.parse(
  readFileSync(
    path.join(__dirname, '..', 'testdata', 'envoyReplies.json'),
    'utf8',
  ),
);

const encode = (value: unknown) =>
  Buffer.from(
    typeof value === 'string' ? value : JSON.stringify(value),
  ).toString('base64url');

describe('tokens', () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'http://idp.test',
    aud: 'llm',
    sub: 'mara',
    exp: now + 600,
    groups: ['a', 'b'],
  };
  let key: CryptoKey;
  let otherKey: CryptoKey;
  let jwk: JWK;
  let pem: string;

  beforeAll(async () => {
    const jose = await import('jose');
    const pair = await jose.generateKeyPair('RS256', { extractable: true });
    key = pair.privateKey;
    jwk = {
      ...(await jose.exportJWK(pair.publicKey)),
      kid: 'k1',
      use: 'sig',
      alg: 'RS256',
    };
    pem = await jose.exportSPKI(pair.publicKey);
    otherKey = (await jose.generateKeyPair('RS256')).privateKey;
  });

  const sign = async (
    change: object = {},
    header: object = {},
    signer = key,
  ) => {
    const jose = await import('jose');
    return new jose.SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'at+jwt', ...header })
      .sign(signer);
  };

  /** A token with claims and header as they are, however wrong. */
  const raw = async (change: object, header: object = {}) => {
    const signed = [
      { alg: 'RS256', kid: 'k1', typ: 'at+jwt', ...header },
      { ...claims, ...change },
    ]
      .map(encode)
      .join('.');
    const signature = await crypto.subtle.sign(
      'RSASSA-PKCS1-v1_5',
      key,
      Buffer.from(signed),
    );
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  };

  const tokens: Record<string, () => string | undefined | Promise<string>> = {
    missing: () => undefined,
    good: () => sign(),
    wrongAud: () => sign({ aud: 'other' }),
    noAud: () => sign({ aud: undefined }),
    wrongIss: () => sign({ iss: 'http://evil' }),
    noIss: () => sign({ iss: undefined }),
    expired: () => sign({ exp: now - 120 }),
    expiredInSkew: () => sign({ exp: now - 30 }),
    nbf: () => sign({ nbf: now + 300 }),
    nbfSkew: () => sign({ nbf: now + 30 }),
    unknownKid: () => sign({}, { kid: 'zz' }),
    noKid: () => sign({}, { kid: undefined }),
    badSig: () => sign({}, {}, otherKey),
    none: () => `${encode({ alg: 'none' })}.${encode(claims)}.`,
    hs256: () => {
      const body = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims)}`;
      return `${body}.${createHmac('sha256', pem)
        .update(body)
        .digest('base64url')}`;
    },
    ps256hdr: async () =>
      [
        encode({ alg: 'PS256', kid: 'k1' }),
        ...(await sign()).split('.').slice(1),
      ].join('.'),
    foo: async () =>
      [
        encode({ alg: 'FOO', kid: 'k1' }),
        ...(await sign()).split('.').slice(1),
      ].join('.'),
    garbage: () => 'abc',
    two: () => 'a.b',
    badjson: () => `${encode('{x')}.e30.c2ln`,
    badb64: () => '$$$.e30.c2ln',
    noalg: () => `${encode({ kid: 'k1' })}.e30.c2ln`,
    badpayload: () => `${encode({ alg: 'RS256' })}.${encode('{x')}.c2ln`,
    audArr: () => sign({ aud: ['x', 'llm'] }),
    noexp: () => sign({ exp: undefined }),
    expString: () => raw({ exp: String(now - 1000) }),
    expFuture: () => raw({ exp: String(now + 600) }),
    nbfString: () => raw({ nbf: String(now + 300) }),
    iatString: () => raw({ iat: String(now) }),
    expNegative: () => raw({ exp: -5 }),
    expFraction: () => raw({ exp: now + 600.5 }),
    expNull: () => raw({ exp: null }),
    subNumber: () => raw({ sub: 42 }),
    subNull: () => raw({ sub: null }),
    issNumber: () => raw({ iss: 42 }),
    audNumber: () => raw({ aud: 42 }),
    audNumbers: () => raw({ aud: ['llm', 1] }),
    jtiNumber: () => raw({ jti: 42 }),
    kidNumber: () => raw({}, { kid: 7 }),
  };
  const verify = (given: readonly string[]) =>
    verifyJwt(
      given,
      {
        providers: [
          {
            name: 'oidc',
            issuer: claims.iss,
            audiences: ['llm'],
            localJWKS: {
              type: 'Inline',
              inline: JSON.stringify({ keys: [jwk] }),
            },
          },
        ],
      },
      { jwks: new JwksCache(systemClock), clock: systemClock },
    );

  it.each(Object.keys(tokens))('%s: as a real Envoy answers', async name => {
    const token = await tokens[name]();
    const headers = new Map(
      token === undefined ? [] : [['authorization', `Bearer ${token}`]],
    );
    const verdict = await verify(tokensOf(headers, new URLSearchParams()));
    const refusal =
      'reason' in verdict
        ? jwtRefused(verdict.reason, 'http://gw.test', '/echo')
        : undefined;
    expect({
      status: refusal?.status ?? 200,
      challenge: refusal?.headers?.['www-authenticate'],
      body: refusal?.body,
    }).toEqual({ challenge: undefined, body: undefined, ...replies[name] });
  });

  /** Whether a request with these tokens passes, and what of it is asked: that it has the group `a`, or else a claim. */
  const answer = async (
    authorization: string | undefined,
    inQuery?: string,
    claim: {
      name: string;
      valueType: 'String' | 'StringArray';
      value: string;
    } = {
      name: 'groups',
      valueType: 'StringArray',
      value: 'a',
    },
  ) => {
    const verdict = await verify(
      tokensOf(
        new Map(
          authorization === undefined ? [] : [['authorization', authorization]],
        ),
        new URLSearchParams(
          inQuery === undefined ? {} : { access_token: inQuery },
        ),
      ),
    );
    if ('reason' in verdict) {
      const { status, body } = jwtRefused(verdict.reason, '', '/');
      return { status, body };
    }
    const { value, ...wanted } = claim;
    const allowed = isAllowed(
      {
        rules: [
          {
            action: 'Allow',
            principal: {
              jwt: {
                provider: 'oidc',
                claims: [{ ...wanted, values: [value] }],
              },
            },
          },
        ],
      },
      {
        method: 'GET',
        headers: new Map(),
        remoteAddress: '',
        claims: verdict.claims,
      },
    );
    return allowed
      ? { status: 200 }
      : { status: 403, body: 'RBAC: access denied' };
  };

  it('all tokens of a request must be valid, and the header’s claims count: as a real Envoy answers', async () => {
    const good = await sign();
    const expired = await sign({ exp: now - 120 });
    const others = await sign({ groups: ['z'] });
    const none = await sign({ groups: undefined });
    const cases: [string, string | undefined, string?][] = [
      ['token in the query', undefined, good],
      ['empty token in the query', undefined, ''],
      ['good token, empty in the query', `Bearer ${good}`, ''],
      ['good token, garbage in the query', `Bearer ${good}`, 'abc'],
      ['garbage, good token in the query', 'Bearer abc', good],
      ['good token, expired in the query', `Bearer ${good}`, expired],
      ['expired token, good in the query', `Bearer ${expired}`, good],
      ['good token, other groups in the query', `Bearer ${good}`, others],
      ['other groups, good token in the query', `Bearer ${others}`, good],
      ['no groups, good token in the query', `Bearer ${none}`, good],
      ['good token, comma', `Bearer ${good},x`],
      ['good token, space', `Bearer ${good} x`],
      ['good token behind spaces', `Bearer  ${good}`],
      ['good token behind a comma', `Bearer ,${good}`],
      ['good token behind a word', `Bearer good ${good}`],
      ['bearer alone', 'Bearer'],
      // What comes twice is one header.
      ['header twice: good token and garbage', `Bearer ${good},Bearer x`],
      ['header twice: garbage and good token', `Bearer x,Bearer ${good}`],
      [
        'header twice: good token and expired one',
        `Bearer ${good},Bearer ${expired}`,
      ],
      ['header twice: basic and good token', `Basic x,Bearer ${good}`],
    ];
    for (const [name, authorization, inQuery] of cases) {
      expect([name, await answer(authorization, inQuery)]).toEqual([
        name,
        replies[name],
      ]);
    }
  });

  it('words of `scope` and `scp` count one by one: as a real Envoy answers', async () => {
    const scopes: Record<string, object> = {
      good: {},
      scope: { scope: 'openid llm', scp: 'a llm' },
      scopeList: { scope: ['openid', 'llm'] },
      scopeOne: { scope: 'llm' },
    };
    const rules = {
      'scope-string': ['scope', 'String', 'openid llm'],
      'scope-list': ['scope', 'StringArray', 'llm'],
      'scp-list': ['scp', 'StringArray', 'llm'],
    } as const;
    for (const [rule, [name, valueType, value]] of Object.entries(rules)) {
      for (const [token, change] of Object.entries(scopes)) {
        const authorization = `Bearer ${await sign(change)}`;
        const which = `${rule}: ${token}`;
        expect([
          which,
          await answer(authorization, undefined, { name, valueType, value }),
        ]).toEqual([which, replies[which]]);
      }
    }
  });
});
