import type { Member, MembershipSource } from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import { databaseIds, newDatabase } from '../__testUtils__/onDatabases';
import { Replay } from '../__testUtils__/replay';
import { World } from '../__testUtils__/world';
import { accessJobs } from '../jobs';
import { Membership } from './Membership';

jest.setTimeout(120_000);

/** The people of the world, as a source that can fail. */
class Source implements MembershipSource {
  readonly name = 'directory';
  broken = false;

  constructor(readonly world: World) {}

  async members(): Promise<Member[]> {
    if (this.broken) {
      throw new Error('the directory is away');
    }
    return [...this.world.people].map(([name, groups]) => ({
      userEntityRef: `user:default/${name}`,
      groups: groups.map(group => `/${group}`),
    }));
  }

  async member(userEntityRef: string): Promise<Member | undefined> {
    return (await this.members()).find(
      member => member.userEntityRef === userEntityRef,
    );
  }
}

describe.each(databaseIds)('membership on %s', databaseId => {
  let knex: Knex;
  let world: World;
  let source: Source;
  let membership: Membership;
  let errors: string[];
  let access: ReturnType<World['service']>;
  let refresh: () => Promise<void>;

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
    world = new World();
    source = new Source(world);
    errors = [];
    membership = Membership.create({
      knex,
      source,
      trust: { maxLossShare: 0.2, holdMinutes: 60 },
      logger: { error: text => errors.push(text), info: () => undefined },
      now: () => world.time,
    });
    world.groupsOf = user => membership.groupsOf(user);
    access = world.service(knex);
    const [job] = accessJobs({
      access,
      membership,
      refreshSeconds: 60,
      now: () => world.time,
    });
    refresh = job.run;
    await refresh();
  });

  afterEach(() => knex.destroy());

  const members = async () => {
    const index = new Replay();
    await index.follow(access.feed);
    return [...index.entries.values()]
      .flatMap(entry => (entry.kind === 'member' ? [entry.id.slice(13)] : []))
      .sort();
  };
  const keyOf = async (name: string, models = ['llm/bge'], tenant?: string) => {
    const ask = { name: 'k', models, tenant };
    return (await access.keys.issue(world.caller(name), ask)).key;
  };
  const stateOf = async (id: string) => {
    const row = await knex('keys').where({ id }).first();
    return row.ended_because ?? row.state;
  };

  it('tells the authorizers who there is, and a snapshot says the same as the feed', async () => {
    expect(await members()).toEqual([
      'aiko',
      'jonas',
      'mara',
      'nils',
      'otto',
      'priya',
    ]);
    expect(await membership.groupsOf('user:default/jonas')).toEqual([
      'developers',
      'research',
      'research-leads',
    ]);
    const { revision, digest } = await access.feed.takeDigest(world.time);
    const index = new Replay();
    await index.follow(access.feed);
    expect(index.digests.get(revision)).toBe(digest);
    const head = index.revision;
    await refresh();
    await index.follow(access.feed);
    expect(index.revision).toBe(head);
  });

  it('ends what a leaver and who changed groups held within one refresh, and keeps the evidence', async () => {
    const left = await keyOf('mara');
    const moved = await keyOf('jonas', ['llm/llama'], 'research');
    const stays = await keyOf('nils');
    world.people.delete('mara');
    world.people.set('jonas', ['research-leads']);
    await refresh();
    expect(await stateOf(left.id)).toBe('left');
    expect(await stateOf(moved.id)).toBe('left');
    expect(await stateOf(stays.id)).toBe('active');
    expect(await members()).not.toContain('mara');
    expect(await membership.groupsOf('user:default/mara')).toBeUndefined();
    expect(await knex('keys')).toHaveLength(3);
    const { items } = await access.audit.list(world.caller('priya'), {
      object: left.id,
    });
    expect(items.map(({ action, actor }) => [action, actor])).toEqual([
      ['key-ended', 'system:membership'],
      ['key-issued', 'user:default/mara'],
    ]);
  });

  it('ends what a process that knew her old groups let her take a moment later, too', async () => {
    world.people.delete('mara');
    world.people.set('mara', []);
    await refresh();
    world.people.set('mara', ['developers']);
    const late = await keyOf('mara');
    world.people.set('mara', []);
    await refresh();
    expect(await stateOf(late.id)).toBe('left');
    expect((await knex('members').where('rechecks', '>', 0)).length).toBe(0);
  });

  it('takes nothing from anybody while the source is away', async () => {
    const key = await keyOf('mara');
    source.broken = true;
    await expect(refresh()).rejects.toThrow(/away/);
    expect(await stateOf(key.id)).toBe('active');
    expect(await members()).toContain('mara');
  });

  it('does not believe that everybody has left: nothing ends, after a while nobody is let in, and then all is as before', async () => {
    const key = await keyOf('mara');
    const people = new Map(world.people);
    world.people.clear();
    world.people.set('zoe', ['developers']);
    await refresh();
    expect(errors[0]).toMatch(/6 of 6 members have left or lost groups/);
    expect(errors[0]).toContain('llm.access.membership.maxLossShare');
    expect(await stateOf(key.id)).toBe('active');
    // Who joins does so all the same.
    expect(await members()).toEqual([...[...people.keys()].sort(), 'zoe']);

    world.later(61 / (24 * 60));
    await refresh();
    expect(await members()).toEqual(['zoe']);
    expect(await stateOf(key.id)).toBe('active');
    // Nobody comes in again by signing in while she is doubted.
    expect(await membership.groupsOfCaller('user:default/mara')).toEqual([]);

    for (const [name, groups] of people) {
      world.people.set(name, groups);
    }
    await refresh();
    expect(await members()).toContain('mara');
    expect(await stateOf(key.id)).toBe('active');
    expect(await membership.groupsOf('user:default/mara')).toEqual([
      'developers',
    ]);
  });

  it('never believes an answer with nobody at all', async () => {
    world.people.clear();
    for (let times = 0; times < 3; times++) {
      await refresh();
    }
    expect(errors).toHaveLength(3);
    expect((await members()).length).toBe(6);
  });

  it('knows a newcomer who signs in before the next refresh, and nobody whom the source does not know', async () => {
    world.people.set('newt', ['developers']);
    expect(await membership.groupsOfCaller('user:default/newt')).toEqual([
      'developers',
    ]);
    expect(await members()).toContain('newt');
    expect(await membership.groupsOfCaller('user:default/ghost')).toEqual([]);
    expect(await members()).not.toContain('ghost');
  });

  it('takes nobody for a leaver who signed in while the source was being read', async () => {
    const before = await source.members();
    const read = jest.spyOn(source, 'members').mockImplementation(async () => {
      // The source answers with what was there when it was asked.
      read.mockRestore();
      world.people.set('newcomer', ['developers']);
      await membership.groupsOfCaller('user:default/newcomer');
      await keyOf('newcomer');
      return before;
    });
    await refresh();
    expect(await members()).toContain('newcomer');
    expect(await knex('keys').where('state', 'ended')).toEqual([]);
    await refresh();
    expect(await members()).toContain('newcomer');
  });
});
