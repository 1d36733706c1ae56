import type { CallJudge } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { World } from './__testUtils__/world';

describe.each(databaseIds)('what somebody may call, on %s', databaseId => {
  let world: World;
  let knex: Knex;
  let judge: CallJudge | undefined;

  beforeEach(async () => {
    world = new World();
    knex = await newDatabase(databaseId);
    judge = 'authorizer';
  });

  const room = () => world.service(knex, { judge: async () => judge });
  /** How she stands to the model on request, and to the public one. */
  const standing = async (name: string) => {
    const of = await room().callable.standingOf(world.caller(name));
    return [of('llm/llama'), of('llm/bge')];
  };
  const waysToCall = async (name: string) =>
    (await room().callable.list(world.caller(name))).map(
      ({ model, by }) => `${model} ${by?.kind ?? 'no way'}`,
    );
  const giveToMara = () =>
    room().grants.give(world.caller('aiko'), {
      model: 'llm/llama',
      subject: { kind: 'user', ref: 'user:default/mara' },
      days: 30,
    });

  it('promises nothing to who is in no tenant, also while the judge is not known', async () => {
    const refused = { state: 'refused', because: 'no-tenant' };
    expect(await standing('otto')).toEqual([refused, refused]);
    // An admin is no member by that alone.
    expect(await standing('priya')).toEqual([refused, refused]);
    expect(await waysToCall('otto')).toEqual([
      'llm/bge no way',
      'llm/llama no way',
    ]);
    judge = undefined;
    expect(await standing('otto')).toEqual([refused, refused]);
    expect(await room().tenantsOf(world.caller('otto'))).toEqual({
      items: [],
    });
  });

  it('asks for no tenant where the gateway judges alone, and promises nothing by grants and keys there', async () => {
    await giveToMara();
    judge = 'gateway';
    const open = { state: 'open', only: 'token' };
    expect(await standing('otto')).toEqual([undefined, open]);
    expect(await standing('mara')).toEqual([undefined, open]);
    expect(await waysToCall('mara')).toEqual([
      'llm/bge open',
      'llm/llama no way',
    ]);
    expect(await room().tenantsOf(world.caller('otto'))).toEqual({
      items: [],
      judge: 'gateway',
    });
  });

  it('refuses who is only in a suspended tenant, and promises nothing by a grant of one', async () => {
    const { id } = await giveToMara();
    expect(await standing('mara')).toMatchObject([
      { state: 'granted', grantId: id },
      { state: 'open' },
    ]);
    const portal = world.tenantMap.get('portal')!;
    world.tenantMap.set('portal', { ...portal, state: 'suspended' });
    const refused = { state: 'refused', because: 'tenant-suspended' };
    expect(await standing('mara')).toEqual([refused, refused]);

    world.people.set('mara', ['developers', 'research']);
    world.modelMap.get('llm/llama')!.access.groups = [];
    expect(await standing('mara')).toEqual([
      { state: 'requestable' },
      { state: 'open' },
    ]);
  });

  it('says that only a key gets through for who is in several tenants', async () => {
    world.people.set('mara', ['developers', 'research']);
    expect(await standing('mara')).toEqual([
      { state: 'open', only: 'key' },
      { state: 'open', only: 'key' },
    ]);
  });
});
