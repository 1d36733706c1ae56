import { requestToken, startIdentity, type Identity } from '../identity';
import { eventually, jwtSpec, TestGateway } from './testing/testGateway';

describe('what is refused as broken or not evaluated is closed', () => {
  let identity: Identity;
  let gateway: TestGateway;
  let mara: string;

  beforeAll(async () => {
    identity = await startIdentity();
    mara = (await requestToken(identity.issuer, 'mara')).accessToken;
  });
  afterAll(() => identity.stop());
  beforeEach(async () => {
    gateway = await new TestGateway().start();
  });
  afterEach(async () => {
    await gateway.stop();
    for (const error of gateway.errors) throw error;
  });

  const status = async (model: string, token?: string) =>
    (await gateway.chat(model, token)).status;

  it('a fault in one part of the first route’s policy leaves the other parts in force, for every model of the host', async () => {
    const first = { name: 'first', issuer: identity.issuer };
    gateway.pool(first);
    gateway.policy('first-internal', {
      ...jwtSpec(first),
      apiKeyAuth: {
        credentialRefs: [{ name: 'absent' }],
        extractFrom: [{ headers: ['x-key'] }],
      },
    });
    gateway.route(first);
    gateway.model({ name: 'second', issuer: identity.issuer });
    await eventually(async () => (await status('org/second', mara)) === 200);
    expect(await gateway.chat('org/second')).toMatchObject({
      status: 401,
      body: 'Jwt is missing',
    });
    expect(await status('org/first')).toBe(401);
    expect(await status('org/first', mara)).toBe(500);
  });
});
