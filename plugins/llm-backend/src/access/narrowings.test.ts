import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { World } from './__testUtils__/world';
import { Narrowings } from './narrowings';

jest.setTimeout(120_000);

describe('narrowings', () => {
  it('are found where fewer are let in than before, and nowhere else', () => {
    const world = new World();
    const narrowings = new Narrowings();
    const note = () => narrowings.note(world.models());
    const set = (
      ref: string,
      access: { public: boolean; groups: string[] },
    ) => {
      const model = world.model(ref);
      if (model) {
        world.modelMap.set(ref, { ...model, access });
      }
    };
    expect(note()).toEqual([]);
    set('llm/bge', { public: false, groups: ['research'] });
    set('llm/llama', { public: false, groups: ['research', 'developers'] });
    expect(note()).toEqual(['llm/bge']);
    set('llm/llama', { public: false, groups: ['developers'] });
    set('llm/bge', { public: true, groups: [] });
    expect(note()).toEqual(['llm/llama']);
    expect(note()).toEqual([]);
    // One that comes back counts as new: while it was away nothing could be taken.
    world.modelMap.delete('llm/llama');
    expect(note()).toEqual([]);
  });
});

describe.each(databaseIds)('after a narrowing on %s', databaseId => {
  it('a key loses the model, but not of somebody whose groups are not known just now', async () => {
    const knex = await newDatabase(databaseId);
    const world = new World();
    const access = world.service(knex);
    const issue = async (name: string) => {
      const ask = { name: 'k', models: ['llm/bge'] };
      return (await access.keys.issue(world.caller(name), ask)).key.id;
    };
    const [mara, nils] = [await issue('mara'), await issue('nils')];
    const bge = world.model('llm/bge');
    expect(bge).toBeDefined();
    if (bge) {
      world.modelMap.set('llm/bge', {
        ...bge,
        access: { public: false, groups: ['research'] },
      });
    }
    world.people.delete('nils');
    await access.upkeep.recheckModels();
    const stateOf = async (id: string) =>
      (await knex('keys').where({ id }).first()).state;
    expect(await stateOf(mara)).toBe('ended');
    expect(await stateOf(nils)).toBe('active');
    await knex.destroy();
  });

  it('of a tenant its keys end or pass on, and its grants end, of who is out', async () => {
    const knex = await newDatabase(databaseId);
    const world = new World();
    const access = world.service(knex);
    const portal = world.tenant('portal');
    expect(portal).toBeDefined();
    const robot = { kind: 'service' as const, ref: 'robot' };
    const toMara = { kind: 'user' as const, ref: 'user:default/mara' };
    for (const subject of [robot, toMara]) {
      await access.grants.give(world.caller('priya'), {
        model: 'llm/llama',
        subject,
        tenant: 'portal',
        days: 30,
      });
    }
    world.people.set('mara', ['developers', 'platform']);
    world.people.set('nils', ['developers']);
    const aiko = world.caller('aiko');
    const issue = async (name: string, more: object = {}) => {
      const ask = { name: 'k', models: ['llm/bge'], ...more };
      return (await access.keys.issue(world.caller(name), ask)).key.id;
    };
    const own = await issue('nils');
    const kept = await issue('mara');
    const service = { service: 'robot', models: ['llm/llama'] };
    const backed = await issue('aiko', {
      ...service,
      backupOwner: 'user:default/nils',
    });
    await access.upkeep.recheckTenants();
    expect(await knex('keys').where('state', 'ended')).toEqual([]);
    if (portal) {
      world.tenantMap.set('portal', { ...portal, memberGroups: ['platform'] });
    }
    await access.upkeep.recheckTenants();
    const get = (id: string) => access.keys.get(aiko, id);
    expect(await get(own)).toMatchObject({ endedBecause: 'left' });
    expect(await get(kept)).toMatchObject({ state: 'active' });
    expect(await get(backed)).toMatchObject({
      state: 'active',
      owner: aiko.userEntityRef,
      backupOwner: undefined,
    });
    world.people.set('mara', ['developers']);
    // One that is away takes nothing from anybody.
    world.tenantMap.delete('portal');
    await access.upkeep.recheckTenants();
    expect(await knex('grants').where('state', 'ended')).toEqual([]);
    if (portal) {
      world.tenantMap.set('portal', { ...portal, memberGroups: ['platform'] });
    }
    await access.upkeep.recheckTenants();
    expect(await knex('grants').where('state', 'ended')).toMatchObject([
      { subject: toMara.ref, ended_because: 'left' },
    ]);
    expect(await get(kept)).toMatchObject({ endedBecause: 'left' });
    await knex.destroy();
  });
});
