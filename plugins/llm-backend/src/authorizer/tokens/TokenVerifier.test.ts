import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  KeyObject,
  sign,
} from 'node:crypto';
import { silentLogger } from '@slipway/controller';
import { FakeClock, waitFor } from '@slipway/controller/testing';
import type { TokenIdentity } from '../caller';
import { TokenVerifier } from './TokenVerifier';

const settings = {
  issuer: 'https://id.example.com/realms/x',
  audience: 'llm',
  userClaim: 'preferred_username',
  groupsClaim: 'groups',
  clockSkewS: 30,
};
const DISCOVERY = `${settings.issuer}/.well-known/openid-configuration`;
const JWKS = 'https://id.example.com/keys';
const START = '2026-11-20T08:00:00.000Z';

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const [first, second] = [rsa(), rsa()];
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const base64 = (value: object) =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

function jwk(pair: { publicKey: KeyObject }, kid: string) {
  return { ...pair.publicKey.export({ format: 'jwk' }), kid };
}

describe('tokens', () => {
  const running: TokenVerifier[] = [];
  let clock: FakeClock;
  let documents: Record<string, unknown>;
  let asked: string[];

  beforeEach(() => {
    clock = new FakeClock(START);
    asked = [];
    documents = {
      [DISCOVERY]: { issuer: settings.issuer, jwks_uri: JWKS },
      [JWKS]: { keys: [jwk(first, 'one'), jwk(ec, 'curve')] },
    };
  });

  afterEach(() => running.splice(0).forEach(each => each.stop()));

  async function start(options: object = {}): Promise<TokenVerifier> {
    const verifier = await TokenVerifier.start({
      settings: { ...settings, ...options },
      clock,
      logger: silentLogger,
      fetchJson: async url => {
        asked.push(url);
        if (documents[url] === undefined) {
          throw new Error(`${url} answered 503`);
        }
        return documents[url];
      },
    });
    running.push(verifier);
    return verifier;
  }

  const nowS = () => Math.floor(clock.wallMs() / 1000);
  const claims = (fields: object = {}) => ({
    iss: settings.issuer,
    aud: 'llm',
    exp: nowS() + 300,
    preferred_username: 'Mara',
    groups: ['/developers', 'llm'],
    ...fields,
  });

  function token(
    fields: object = {},
    {
      header = { alg: 'RS256', kid: 'one' } as object,
      pair = first as { privateKey: KeyObject },
    } = {},
  ): string {
    const text = `${base64(header)}.${base64(claims(fields))}`;
    const signature = sign('sha256', Buffer.from(text), {
      key: pair.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${text}.${signature.toString('base64url')}`;
  }

  const mara: TokenIdentity = {
    user: 'user:default/mara',
    groups: ['developers', 'llm'],
  };

  it('of the issuer say who somebody is and her groups, signed by RSA or on a curve', async () => {
    const verifier = await start();
    expect(await verifier.verify(token())).toEqual(mara);
    const curve = token(
      { aud: ['other', 'llm'], groups: 'llm' },
      { header: { alg: 'ES256', kid: 'curve' }, pair: ec },
    );
    expect(await verifier.verify(curve)).toEqual({ ...mara, groups: ['llm'] });
    expect(await verifier.verify(token({ groups: undefined }))).toEqual({
      ...mara,
      groups: [],
    });
    expect(asked).toEqual([DISCOVERY, JWKS]);
  });

  it.each([
    ['another audience', { aud: 'portal' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://evil.example.com' }],
    ['no issuer', { iss: undefined }],
    ['no end', { exp: undefined }],
    ['an end that has passed', { exp: Date.parse(START) / 1000 - 31 }],
    ['a beginning that has not come', { nbf: Date.parse(START) / 1000 + 31 }],
    ['no user', { preferred_username: undefined }],
    ['a user that is no text', { preferred_username: ['mara'] }],
    ['a user that is no name', { preferred_username: 'mara/../priya' }],
    [
      'a user in letters that only look so',
      { preferred_username: 'mi\u212Ae' },
    ],
    ['more groups than anybody has', { groups: Array(1_001).fill('g') }],
  ])('with %s do not hold', async (_, fields) => {
    const verifier = await start();
    expect(await verifier.verify(token(fields))).toBeUndefined();
    expect(await verifier.verify(token())).toEqual(mara);
  });

  it('hold as much longer and earlier as clocks may differ', async () => {
    const verifier = await start();
    const late = token({ exp: nowS() - 29, nbf: nowS() + 29 });
    expect(await verifier.verify(late)).toEqual(mara);
    await clock.advance(2_000);
    expect(await verifier.verify(late)).toBeUndefined();
  });

  it('without a signature, with one by a shared secret, or by another key do not hold', async () => {
    const verifier = await start();
    await verifier.verify(token());
    const unsigned = `${base64({ alg: 'none' })}.${base64(claims())}.`;
    const pem = first.publicKey.export({ type: 'spki', format: 'pem' });
    const hmac = (header: object, secret: string | Buffer) => {
      const text = `${base64(header)}.${base64(claims())}`;
      const mac = createHmac('sha256', secret).update(text).digest('base64url');
      return `${text}.${mac}`;
    };
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    const whole = token();
    const [head, , signature] = whole.split('.');
    const forged = [
      unsigned,
      hmac({ alg: 'HS256', kid: 'one' }, pem),
      hmac({ alg: 'HS256', kid: 'one' }, der),
      hmac({ alg: 'HS256' }, pem),
      hmac({ alg: 'RS256', kid: 'one' }, pem),
      token({}, { pair: second }),
      token({}, { header: { alg: 'RS256', kid: 'curve' } }),
      token({}, { header: { alg: 'RS512', kid: 'one' } }),
      // Keys and places of keys that a token brings along are not looked at.
      token(
        {},
        { header: { alg: 'RS256', jwk: jwk(second, 'x') }, pair: second },
      ),
      token(
        {},
        { header: { alg: 'RS256', kid: 'x', jku: JWKS }, pair: second },
      ),
      `${head}.${base64(claims({ preferred_username: 'priya' }))}.${signature}`,
      whole.slice(0, -8),
      'a.b.c',
      '..',
    ];
    for (const text of forged) {
      expect([text, await verifier.verify(text)]).toEqual([text, undefined]);
    }
    expect(asked).not.toContain('https://evil.example.com');
  });

  it('that were verified are known again until they run out', async () => {
    const verifier = await start();
    const text = token({ exp: nowS() + 60 });
    expect(verifier.verify(text)).toBeInstanceOf(Promise);
    await waitFor(async () => verifier.verify(text) !== undefined);
    await verifier.verify(text);
    expect(verifier.verify(text)).toEqual(mara);
    await clock.advance(91_000);
    expect(await verifier.verify(text)).toBeUndefined();
  });

  it('of a new key hold at once; those of a key that is taken back no more, remembered or not', async () => {
    const verifier = await start();
    const old = token();
    expect(await verifier.verify(old)).toEqual(mara);
    await clock.advance(31_000);
    documents[JWKS] = { keys: [jwk(second, 'two')] };
    const fresh = token(
      {},
      { header: { alg: 'RS256', kid: 'two' }, pair: second },
    );
    expect(await verifier.verify(fresh)).toEqual(mara);
    expect(await verifier.verify(old)).toBeUndefined();
    // Without anybody asking, a key that is taken back is noticed within five minutes.
    documents[JWKS] = { keys: [jwk(first, 'one')] };
    await clock.advance(300_000);
    await waitFor(async () => (await verifier.verify(token())) !== undefined);
    expect(
      await verifier.verify(
        token({}, { header: { alg: 'RS256', kid: 'two' }, pair: second }),
      ),
    ).toBeUndefined();
  });

  it('with made-up key ids make us ask the issuer once in half a minute', async () => {
    const verifier = await start();
    await verifier.verify(token());
    await clock.advance(31_000);
    const before = asked.length;
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        verifier.verify(token({}, { header: { alg: 'RS256', kid: `x${n}` } })),
      ),
    );
    expect(asked.length - before).toBe(2);
  });

  it('wait for an issuer that is away, and are not asked to wait for one that was there within the hour', async () => {
    const keys = documents[JWKS];
    documents[JWKS] = undefined;
    const verifier = await start();
    expect(await verifier.verify(token())).toBeUndefined();
    expect(verifier.problem).toBe(`${JWKS} answered 503`);
    documents[JWKS] = keys;
    await clock.advance(2_000);
    expect(await verifier.verify(token())).toEqual(mara);
    expect(verifier.problem).toBeUndefined();
    documents[JWKS] = undefined;
    await clock.advance(3_500_000);
    expect(await verifier.verify(token())).toEqual(mara);
    await clock.advance(700_000);
    expect(await verifier.verify(token())).toBeUndefined();
  });

  it.each([
    [
      'is about another issuer',
      { [DISCOVERY]: { issuer: 'https://evil.example.com', jwks_uri: JWKS } },
    ],
    ['names no keys', { [DISCOVERY]: { issuer: settings.issuer } }],
    ['leads to no keys', { [JWKS]: { keys: 'none' } }],
    [
      'leads to shared secrets',
      { [JWKS]: { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one' }] } },
    ],
  ])('are refused while discovery %s', async (_, wrong) => {
    Object.assign(documents, wrong);
    const verifier = await start();
    expect(await verifier.verify(token())).toBeUndefined();
    expect(verifier.problem).toBeDefined();
  });

  it('need no discovery where the place of the keys is given', async () => {
    const verifier = await start({ jwksUri: JWKS });
    expect(await verifier.verify(token())).toEqual(mara);
    expect(asked).toEqual([JWKS]);
  });
});
