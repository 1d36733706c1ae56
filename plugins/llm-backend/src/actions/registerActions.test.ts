import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import { actionsRegistryServiceMock } from '@backstage/backend-test-utils/alpha';
import type { Knex } from 'knex';
import { AccessService } from '../access';
import { databaseIds, newDatabase } from '../access/__testUtils__/onDatabases';
import { World } from '../access/__testUtils__/world';
import type { WhyService } from '../why';
import { registerActions } from '.';

const PORTAL = 'https://portal.example.com';

describe.each(databaseIds)('what agents may do, on %s', databaseId => {
  let world: World;
  let knex: Knex;
  let access: AccessService;
  let registry: ReturnType<typeof actionsRegistryServiceMock>;

  beforeEach(async () => {
    world = new World();
    knex = await newDatabase(databaseId);
    access = world.service(knex);
    registry = actionsRegistryServiceMock();
    const why: Pick<WhyService, 'explain'> = {
      explain: async (caller, { model, key }) => ({
        model,
        modelId: 'llama',
        keyId: key,
        callable: false,
        links: [{ name: 'grant', state: 'broken', text: 'no grant' }],
        broken: {
          link: 'grant',
          answered: { status: 404, code: 'model_not_found', by: 'authorizer' },
          who: [caller.userEntityRef],
          remedy: 'Ask.',
        },
      }),
    };
    registerActions({
      registry,
      auth: mockServices.auth(),
      callers: {
        caller: async ({ principal }) => ({
          ...world.caller(principal.userEntityRef.replace('user:default/', '')),
          mayRead: () => true,
        }),
      },
      access,
      why,
      portalUrl: PORTAL,
    });
  });

  const run = async (name: string, action: string, input: object = {}) => {
    const { output } = await registry.invoke({
      id: `test:${action}`,
      // What is sent is JSON.
      input: JSON.parse(JSON.stringify(input)),
      credentials: mockCredentials.user(`user:default/${name}`),
    });
    return output;
  };
  const give = async (days = 30) =>
    access.grants.give(world.caller('aiko'), {
      model: 'llm/llama',
      subject: { kind: 'user', ref: 'user:default/mara' },
      days,
    });
  const ask = { name: 'agent', models: ['llm/llama'] };
  /** Has an agent prepare a key, and tells the id of the claim. */
  const prepare = async (name = 'mara') => {
    const output = await run(name, 'create-key', ask);
    return JSON.stringify(output).match(/claim_[0-9a-f]{32}/)?.[0] ?? '';
  };

  it('make nothing new for who is blocked, and are told that an admin can help', async () => {
    await give();
    const claim = await prepare();
    const { id } = await access.blocks.set(world.caller('priya'), {
      target: 'user',
      ref: 'user:default/mara',
      reason: 'canary',
    });
    const told = /^You are blocked: you can't .* until a platform admin lifts/;
    await expect(run('mara', 'create-key', ask)).rejects.toThrow(told);
    await expect(
      run('mara', 'request-access', {
        model: 'llm/llama',
        reason: 'For the bot',
        days: 3,
        service: 'bot',
      }),
    ).rejects.toThrow(told);
    // Nor is a key that was prepared before.
    await expect(
      access.claims.use(world.caller('mara'), claim),
    ).rejects.toThrow(told);
    expect(await knex('keys')).toEqual([]);
    await access.blocks.lift(world.caller('priya'), id);
    const issued = await access.claims.use(world.caller('mara'), claim);
    expect(issued.secret).toMatch(/^sk-/);
  });

  it('lists the models that somebody may call or ask for', async () => {
    const before = await run('mara', 'list-callable-models');
    expect(before).toEqual({
      models: [
        expect.objectContaining({ model: 'llm/bge', access: 'open' }),
        expect.objectContaining({ model: 'llm/llama', access: 'on-request' }),
      ],
    });
    const { expiresAt } = await give();
    expect(await run('mara', 'list-callable-models')).toMatchObject({
      models: [{}, { access: 'granted', tenant: 'portal', until: expiresAt }],
    });
  });

  it('asks for access in the name of who sent the agent', async () => {
    const output = await run('mara', 'request-access', {
      model: 'llm/llama',
      reason: 'docs',
      days: 7,
    });
    const [request] = (await access.requests.list(world.caller('mara'))).items;
    expect(request).toMatchObject({
      requester: 'user:default/mara',
      subject: { kind: 'user', ref: 'user:default/mara' },
      state: 'pending',
    });
    expect(output).toEqual({
      id: request.id,
      state: 'pending',
      url: `${PORTAL}/access/requests?request=${request.id}`,
    });
  });

  it('never hands a key to an agent: its person claims it, once', async () => {
    await give();
    const output = await run('mara', 'create-key', ask);
    const mara = world.caller('mara');
    expect((await access.keys.list(mara)).items).toEqual([]);
    expect(JSON.stringify(output)).not.toMatch(/sk-/);
    const id = JSON.stringify(output).match(/claim_[0-9a-f]{32}/)?.[0] ?? '';
    expect(output).toEqual({
      url: `${PORTAL}/access/claims/${id}`,
      expiresAt: '2026-11-20T08:10:00.000Z',
    });
    for (const other of ['nils', 'priya']) {
      const caller = world.caller(other);
      await expect(access.claims.get(caller, id)).rejects.toThrow(/no key/);
      await expect(access.claims.use(caller, id)).rejects.toThrow(/no key/);
    }
    const tries = await Promise.allSettled(
      [1, 2, 3].map(() => access.claims.use(mara, id)),
    );
    const secrets = tries.flatMap(each =>
      each.status === 'fulfilled' ? each.value.secret ?? [] : [],
    );
    expect(secrets).toHaveLength(1);
    expect(secrets[0]).toMatch(/^sk-slw-/);
    await expect(access.claims.use(mara, id)).rejects.toThrow(/was used/);
    const { items } = await access.keys.list(mara);
    expect(items).toHaveLength(1);
    expect((await access.claims.get(mara, id)).keyId).toBe(items[0].id);
    // Nothing at rest but the hash.
    const stored = JSON.stringify([
      await knex('key_claims'),
      await knex('idempotency'),
      await knex('audit'),
    ]);
    expect(stored).not.toContain(secrets[0]);
    expect(stored).toContain('key-claim-made');
    // The owners of her tenant see it.
    expect(
      await knex('audit').where('action', 'key-claim-made').first(),
    ).toMatchObject({ tenant: 'portal' });
  });

  it('lets a link run out, and looks again when it is opened', async () => {
    const grant = await give();
    const mara = world.caller('mara');
    const late = await prepare();
    world.later(11 / 1440);
    await expect(access.claims.use(mara, late)).rejects.toThrow(/ran out/);
    const narrowed = await prepare();
    await access.grants.revoke(world.caller('aiko'), grant.id);
    await expect(access.claims.use(mara, narrowed)).rejects.toThrow(
      /no model llm\/llama/,
    );
    expect((await access.keys.list(mara)).items).toEqual([]);
  });

  it('tells an agent at once what its person may not have', async () => {
    await expect(run('mara', 'create-key', ask)).rejects.toThrow(
      /no model llm\/llama/,
    );
    await give();
    for (let count = 0; count < 10; count++) {
      await prepare();
    }
    await expect(prepare()).rejects.toThrow(/At most 10 keys that wait/);
  });

  it('revokes keys of its person, and no others', async () => {
    await give();
    const id = await prepare();
    const mara = world.caller('mara');
    const { key } = await access.claims.use(mara, id);
    await expect(run('nils', 'revoke-key', { key: key.id })).rejects.toThrow(
      /There is no key/,
    );
    await run('mara', 'revoke-key', { key: key.id, leaked: true });
    expect(await access.keys.get(mara, key.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'leaked',
    });
    await expect(
      run('mara', 'revoke-key', { key: 'sk-slw-something' }),
    ).rejects.toThrow(/id of a key/);
  });

  it('says why a call is refused', async () => {
    expect(
      await run('mara', 'explain-call', { model: 'llm/llama' }),
    ).toMatchObject({
      callable: false,
      broken: 'grant',
      answered: '404 model_not_found (authorizer)',
      who: ['user:default/mara'],
      remedy: 'Ask.',
    });
  });

  it('is for people', async () => {
    await expect(
      registry.invoke({
        id: 'test:list-callable-models',
        input: {},
        credentials: mockCredentials.service(),
      }),
    ).rejects.toThrow(/for people/);
  });
});
