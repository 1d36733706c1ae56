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
});
