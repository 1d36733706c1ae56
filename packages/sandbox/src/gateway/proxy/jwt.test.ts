import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CryptoKey, JWK } from 'jose';
import { systemClock } from '../../world/clock';
import { jwtRefused } from './localReply';
import { JwksCache } from './jwksCache';
import { verifyJwt } from './jwt';

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
  };

  it.each(Object.keys(tokens))('%s: as a real Envoy answers', async name => {
    const verdict = await verifyJwt(
      await tokens[name](),
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
    const refusal =
      'reason' in verdict
        ? jwtRefused(verdict.reason, 'http://gw.test/echo')
        : undefined;
    expect({
      status: refusal?.status ?? 200,
      challenge: refusal?.headers?.['www-authenticate'],
      body: refusal?.body,
    }).toEqual({ challenge: undefined, body: undefined, ...replies[name] });
  });
});
