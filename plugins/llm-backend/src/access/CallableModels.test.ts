import type { CallJudge, ModelRefusal } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { World } from './__testUtils__/world';
import type { Block } from './types';

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
      ({ model, by, refused }) => `${model} ${by?.kind ?? refused ?? 'no way'}`,
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
      'llm/bge no-tenant',
      'llm/llama no-tenant',
    ]);
    judge = undefined;
    expect(await standing('otto')).toEqual([refused, refused]);
    expect(await room().tenantsOf(world.caller('otto'))).toEqual({
      items: [],
      isBlocked: false,
    });
  });

  it('says whose turn it is on a request: the owners’, or hers once they ask back', async () => {
    const { requests } = room();
    const { id } = await requests.ask(world.caller('mara'), {
      model: 'llm/llama',
      reason: 'Answers in the support desk',
      days: 30,
    });
    expect((await standing('mara'))[0]).toEqual({
      state: 'requested',
      requestId: id,
    });
    await requests.decide(world.caller('aiko'), id, {
      step: 'ask-back',
      comment: 'For how many people?',
    });
    expect((await standing('mara'))[0]).toEqual({
      state: 'requested',
      requestId: id,
      asksBack: true,
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
      isBlocked: false,
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

  describe('what the kill switch stops', () => {
    const block = (target: Block['target'], ref: string) =>
      room().blocks.set(world.caller('priya'), {
        target,
        ref,
        reason: 'canary',
      });
    const refused = (because: ModelRefusal) => ({ state: 'refused', because });

    it('is refused to a blocked person and to nobody else, until the block is lifted', async () => {
      await giveToMara();
      const before = await standing('mara');
      const { id } = await block('user', 'user:default/mara');
      const because = refused('user-blocked');
      expect(await standing('mara')).toEqual([because, because]);
      expect(await waysToCall('mara')).toEqual([
        'llm/bge user-blocked',
        'llm/llama user-blocked',
      ]);
      const { services } = await room().callable.overview(world.caller('mara'));
      expect(services).toEqual([]);
      expect(await standing('nils')).toEqual([
        { state: 'requestable' },
        { state: 'open' },
      ]);
      const told = await room().tenantsOf(world.caller('mara'));
      expect(told.isBlocked).toBe(true);
      expect(JSON.stringify(told)).not.toContain('canary');
      expect((await room().tenantsOf(world.caller('nils'))).isBlocked).toBe(
        false,
      );

      await room().blocks.lift(world.caller('priya'), id);
      expect(await standing('mara')).toEqual(before);
    });

    it('is refused to the members of a blocked tenant, who call for another of theirs on', async () => {
      const { id } = await giveToMara();
      await block('tenant', 'portal');
      const because = refused('tenant-blocked');
      expect(await standing('mara')).toEqual([because, because]);
      const { items } = await room().tenantsOf(world.caller('mara'));
      expect(items).toMatchObject([{ name: 'portal', isBlocked: true }]);
      // Only who is concerned learns of it.
      const otto = await room().tenantsOf(world.caller('otto'));
      expect(otto.items).toEqual([]);

      world.people.set('mara', ['developers', 'research']);
      world.modelMap.get('llm/llama')!.access.groups = [];
      expect(await standing('mara')).toEqual([
        { state: 'requestable' },
        { state: 'open', only: 'key' },
      ]);
      expect(await waysToCall('mara')).toEqual([
        'llm/bge open',
        'llm/llama no way',
      ]);
      expect(JSON.stringify(await standing('mara'))).not.toContain(id);
    });

    it('is a model for everybody, also for whom it is open and for services', async () => {
      await giveToMara();
      await room().grants.give(world.caller('priya'), {
        model: 'llm/llama',
        subject: { kind: 'service', ref: 'bot' },
        tenant: 'portal',
        days: 30,
      });
      const forServices = async () =>
        (await room().callable.overview(world.caller('aiko'))).services.flatMap(
          ({ models }) => models.map(({ model }) => model),
        );
      expect(await forServices()).toEqual(['llm/bge', 'llm/llama']);
      await block('model', 'llm/llama');
      await block('model', 'llm/bge');
      const because = refused('model-blocked');
      for (const name of ['mara', 'jonas', 'otto', 'priya']) {
        expect(await standing(name)).toEqual([because, because]);
      }
      expect(await waysToCall('mara')).toEqual([
        'llm/bge model-blocked',
        'llm/llama model-blocked',
      ]);
      expect(await forServices()).toEqual([]);
    });

    it('stops nothing where the gateway judges alone', async () => {
      await block('user', 'user:default/mara');
      await block('tenant', 'portal');
      await block('model', 'llm/bge');
      judge = 'gateway';
      expect(await standing('mara')).toEqual([
        undefined,
        { state: 'open', only: 'token' },
      ]);
    });

    it('is read at once, however many models there are', async () => {
      for (let index = 0; index < 500; index++) {
        const ref = `llm/m${index}`;
        const model = world.modelMap.get('llm/bge')!;
        world.modelMap.set(ref, { ...model, ref, modelId: ref });
      }
      await block('model', 'llm/m7');
      let queries = 0;
      const count = () => queries++;
      knex.on('query', count);
      const of = await room().callable.standingOf(world.caller('mara'));
      const found = world.models().map(({ ref }) => of(ref));
      expect(queries).toBe(3);
      expect(found.filter(each => each?.state === 'refused')).toHaveLength(1);
      // With services, whose grants are one query more.
      queries = 0;
      const { items } = await room().callable.overview(world.caller('mara'));
      knex.removeListener('query', count);
      expect(queries).toBe(4);
      expect(items).toContainEqual({
        model: 'llm/m7',
        modelId: 'llm/m7',
        refused: 'model-blocked',
      });
    });
  });
});
