import type { Knex } from 'knex';
import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { World } from './__testUtils__/world';
import type { AccessService } from './AccessService';

jest.setTimeout(120_000);

/** What came of things that were done at once: how many went well, and why the others did not. */
async function together(work: Promise<unknown>[]) {
  const settled = await Promise.allSettled(work);
  const failed = settled.flatMap(each =>
    each.status === 'rejected' ? String(each.reason) : [],
  );
  return { done: settled.length - failed.length, failed };
}

describe.each(databaseIds)('at the same moment, on %s,', databaseId => {
  let world: World;
  let knex: Knex;
  let access: AccessService;

  beforeEach(async () => {
    world = new World();
    knex = await newDatabase(databaseId);
    access = world.service(knex);
  });

  const give = async (name = 'mara') =>
    access.grants.give(world.caller('aiko'), {
      model: 'llm/llama',
      subject: { kind: 'user', ref: `user:default/${name}` },
      days: 30,
    });
  const issue = (name = 'mara') =>
    access.keys.issue(world.caller(name), { name: 'k', models: ['llm/llama'] });
  const audited = async (action: string): Promise<number> =>
    (await knex('audit').where({ action })).length;

  it('many end one key or one grant: it ends once, and all are told that it has', async () => {
    const grant = await give();
    const { key } = await issue();
    const { key: other } = await issue();
    const [mara, aiko, priya] = ['mara', 'aiko', 'priya'].map(name =>
      world.caller(name),
    );
    const ended = await Promise.all([
      access.keys.revoke(mara, key.id),
      access.keys.revoke(aiko, key.id, 'leaked'),
      access.keys.revoke(priya, key.id),
    ]);
    expect(new Set(ended.map(each => each.state))).toEqual(new Set(['ended']));
    // The first has said why.
    expect(new Set(ended.map(each => each.endedBecause)).size).toBe(1);
    expect(await audited('key-ended')).toBe(1);

    await together([
      access.grants.revoke(mara, grant.id),
      access.keys.revoke(mara, other.id),
      access.grants.revoke(aiko, grant.id),
    ]);
    expect(await audited('grant-ended')).toBe(1);
    expect(await audited('key-ended')).toBe(2);
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });

  it('keys are made and their grant ends: no key is left that hangs off it', async () => {
    for (let round = 0; round < 5; round++) {
      const grant = await give();
      const { done, failed } = await together([
        ...Array.from({ length: 4 }, () => issue()),
        access.grants.revoke(world.caller('aiko'), grant.id),
        ...Array.from({ length: 4 }, () => issue()),
      ]);
      expect(done + failed.length).toBe(9);
      expect(failed.join()).not.toMatch(/Error(?!: There is no model)/);
      expect(await knex('keys').where('state', 'active')).toEqual([]);
    }
  });

  it('a request is approved and its time is over: nothing is given, and it is written down once', async () => {
    const { id } = await access.requests.ask(world.caller('mara'), {
      model: 'llm/llama',
      reason: 'docs',
      days: 30,
    });
    world.later(14);
    const approve = (name: string) =>
      access.requests.decide(world.caller(name), id, { step: 'approve' });
    const { done, failed } = await together([
      approve('aiko'),
      access.upkeep.endExpired(),
      approve('priya'),
      access.upkeep.endExpired(),
    ]);
    expect(done).toBe(2);
    const late = /timed out on|is expired since/;
    expect(failed).toEqual([
      expect.stringMatching(late),
      expect.stringMatching(late),
    ]);
    expect(await knex('grants')).toEqual([]);
    expect(await audited('request-expired')).toBe(1);
    expect(await audited('request-approved')).toBe(0);
  });

  it('a grant is prolonged and its time is over: it is one or the other, and its keys go with it', async () => {
    const grant = await give();
    const { key } = await issue();
    // The very moment: what holds until then holds no more.
    world.time = new Date(grant.expiresAt);
    const late = await together([
      access.grants.extend(world.caller('aiko'), grant.id, 30),
      access.upkeep.endExpired(),
    ]);
    expect(late.failed).toEqual([expect.stringMatching(/has ended/)]);
    const mara = world.caller('mara');
    expect(await access.keys.get(mara, key.id)).toMatchObject({
      state: 'ended',
    });
    expect(await access.grants.get(mara, grant.id)).toMatchObject({
      state: 'ended',
      expiresAt: grant.expiresAt,
    });
  });

  it('a key is rotated twice, and ended: it has one successor at most', async () => {
    await give();
    const { key } = await issue();
    const mara = world.caller('mara');
    const rotate = () => access.keys.rotate(mara, key.id, { overlapHours: 1 });
    const { failed } = await together([
      rotate(),
      rotate(),
      access.keys.revoke(mara, key.id, 'leaked'),
    ]);
    // Whichever came first: what has ended is not rotated, and what was rotated not once more.
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.join('\n')).not.toMatch(
      /Error: (?!.*(rotate its successor|can't be rotated: ended))/,
    );
    const successors = 2 - failed.length;
    expect(await knex('keys')).toHaveLength(1 + successors);
    expect((await access.keys.get(mara, key.id)).endedBecause).toBe('leaked');
  });
});
