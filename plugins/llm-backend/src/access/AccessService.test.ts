import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { Replay } from './__testUtils__/replay';
import { World } from './__testUtils__/world';
import { AccessService } from './AccessService';
import { hashKey } from './context';
import { parseRules } from './decisions/requestRules';

jest.setTimeout(120_000);

describe.each(databaseIds)('access on %s', databaseId => {
  let world: World;
  let access: AccessService;
  let knex: Awaited<ReturnType<typeof newDatabase>>;
  const ask = { model: 'llm/llama', reason: 'A chat bot', days: 30 };
  const laptop = { name: 'laptop', models: ['llm/llama'] };

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
    world = new World();
    access = world.service(knex);
  });

  /** Mara asks, Aiko approves, Mara gets a key. */
  async function maraGetsKey() {
    const request = await access.requests.ask(world.caller('mara'), ask);
    const approved = await access.requests.decide(
      world.caller('aiko'),
      request.id,
      { step: 'approve' },
    );
    const issued = await access.keys.issue(world.caller('mara'), laptop);
    return { request: approved, ...issued };
  }

  it('takes a developer from a question to a key, and back', async () => {
    const mara = world.caller('mara');
    await expect(access.keys.issue(mara, laptop)).rejects.toThrow(
      /no model llm\/llama that you may call in tenant portal/,
    );
    const { request, key, secret } = await maraGetsKey();
    expect(request).toMatchObject({
      state: 'approved',
      tenant: 'portal',
      requester: 'user:default/mara',
      decidedBy: 'user:default/aiko',
    });
    expect(secret).toMatch(/^sk-slw-/);
    expect(key).toMatchObject({
      owner: 'user:default/mara',
      tenant: 'portal',
      state: 'active',
      models: [{ model: 'llm/llama', grantId: request.grantId }],
      expiresAt: '2027-02-18T08:00:00.000Z',
    });
    expect(JSON.stringify(await access.keys.get(mara, key.id))).not.toContain(
      hashKey(secret ?? ''),
    );
    for (const table of ['keys', 'audit', 'changes', 'idempotency']) {
      expect(JSON.stringify(await knex(table))).not.toContain(secret);
    }

    await access.grants.revoke(world.caller('aiko'), request.grantId ?? '');
    expect(await access.keys.get(mara, key.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'grant-ended',
    });
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
    const index = new Replay();
    await index.follow(access.feed);
    expect(index.entries.size).toBe(0);
  });

  it('lets nobody decide on their own request, not through a group either', async () => {
    const jonas = world.caller('jonas');
    world.tenantMap.get('portal')?.owners.push('group:default/developers');
    const own = await access.requests.ask(world.caller('mara'), ask);
    const team = await access.requests.ask(world.caller('nils'), {
      ...ask,
      subject: { kind: 'group', ref: 'developers' },
    });
    for (const [who, id] of [
      ['mara', own.id],
      ['mara', team.id],
      ['nils', team.id],
      ['jonas', team.id],
    ]) {
      await expect(
        access.requests.decide(world.caller(who), id, { step: 'approve' }),
      ).rejects.toThrow(/Nobody decides on their own request/);
    }
    const approved = await access.requests.decide(jonas, own.id, {
      step: 'approve',
    });
    expect(approved.state).toBe('approved');
    await expect(
      access.grants.extend(world.caller('mara'), approved.grantId ?? '', 90),
    ).rejects.toThrow(/not yours to prolong/);
    await expect(
      access.grants.give(world.caller('aiko'), {
        model: 'llm/llama',
        subject: { kind: 'group', ref: 'platform' },
        days: 10,
      }),
    ).rejects.toThrow(/Nobody gives access to themselves/);
  });

  it('makes one decision when two decide at once', async () => {
    const { id } = await access.requests.ask(world.caller('mara'), ask);
    const outcomes = await Promise.allSettled([
      access.requests.decide(world.caller('aiko'), id, { step: 'approve' }),
      access.requests.decide(world.caller('priya'), id, {
        step: 'reject',
        comment: 'No',
      }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
    ]);
    const [refused] = outcomes.flatMap(outcome =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(refused).toMatchObject({
      name: 'ConflictError',
      message: expect.stringMatching(/is (approved|rejected) since/),
    });
    const { items } = await access.grants.list(world.caller('priya'));
    const { state } = await access.requests.get(world.caller('mara'), id);
    expect(items).toHaveLength(state === 'approved' ? 1 : 0);
  });

  it('asks back, hears the answer, and times out when nobody decides', async () => {
    const mara = world.caller('mara');
    const aiko = world.caller('aiko');
    const { id } = await access.requests.ask(mara, ask);
    await expect(
      access.requests.decide(aiko, id, { step: 'ask-back' }),
    ).rejects.toThrow(/comment: /);
    await access.requests.decide(aiko, id, {
      step: 'ask-back',
      comment: 'How many users?',
    });
    await access.requests.decide(mara, id, { step: 'answer', comment: 'Ten' });
    expect(await access.requests.get(aiko, id)).toMatchObject({
      state: 'pending',
      waitsFor: 'approvers',
      comments: [
        { step: 'ask-back', author: aiko.userEntityRef },
        { step: 'answer', comment: 'Ten' },
      ],
    });
    await expect(access.requests.ask(mara, ask)).rejects.toThrow(
      /You asked for that already/,
    );
    world.later(14);
    await expect(
      access.requests.decide(aiko, id, { step: 'approve' }),
    ).rejects.toThrow(/timed out/);
    expect(await access.upkeep.endExpired()).toBe(1);
    expect((await access.requests.get(mara, id)).state).toBe('expired');
  });

  it('approves at once what a rule allows, and never for a group', async () => {
    access = world.service(knex, {
      rules: parseRules([
        {
          name: 'short',
          groups: ['developers'],
          maxDays: 30,
          decision: 'approve',
        },
      ]),
    });
    const mara = world.caller('mara');
    expect(await access.requests.ask(mara, ask)).toMatchObject({
      state: 'approved',
      decidedBy: 'rule:short',
      grantId: expect.stringMatching(/^grant_/),
    });
    const forGroup = await access.requests.ask(mara, {
      ...ask,
      subject: { kind: 'group', ref: 'developers' },
    });
    expect(forGroup.state).toBe('pending');
    const tooLong = await access.requests.ask(world.caller('nils'), {
      ...ask,
      days: 31,
    });
    expect(tooLong.state).toBe('pending');
  });

  it('rotates with overlap, and a key that ended never comes back', async () => {
    const mara = world.caller('mara');
    const { key } = await maraGetsKey();
    for (const name of ['aiko', 'priya']) {
      await expect(
        access.keys.rotate(world.caller(name), key.id, { overlapHours: 24 }),
      ).rejects.toThrow(/Only its owner and its backup owner/);
    }
    const next = await access.keys.rotate(mara, key.id, { overlapHours: 24 });
    expect(await access.keys.get(mara, key.id)).toMatchObject({
      state: 'active',
      successorId: next.key.id,
      expiresAt: '2026-11-21T08:00:00.000Z',
    });
    await expect(
      access.keys.rotate(mara, key.id, { overlapHours: 1 }),
    ).rejects.toThrow(/rotate its successor/);
    world.later(1);
    await access.upkeep.endExpired();
    expect(await access.keys.get(mara, key.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'rotated',
    });

    expect(await access.keys.revoke(mara, next.key.id, 'leaked')).toMatchObject(
      { state: 'ended', endedBecause: 'leaked' },
    );
    expect(await access.keys.revoke(mara, next.key.id)).toMatchObject({
      endedBecause: 'leaked',
    });
    await expect(
      access.keys.rotate(mara, next.key.id, { overlapHours: 0 }),
    ).rejects.toThrow(/can't be rotated: ended, leaked/);
    await access.upkeep.recheckUser(mara.userEntityRef);
    const { items } = await access.keys.list(mara, { state: 'active' });
    expect(items).toEqual([]);
  });

  it('does a retry once, and never tells a key twice', async () => {
    const mara = world.caller('mara');
    const retry = { idempotencyKey: 'abc' };
    await access.requests.ask(mara, ask, retry);
    expect(await access.requests.ask(mara, ask, retry)).toMatchObject({
      state: 'pending',
    });
    await expect(
      access.keys.issue(mara, { ...laptop, models: ['llm/bge'] }, retry),
    ).rejects.toThrow(/was used for another request/);
    const open = { name: 'open', models: ['llm/bge'] };
    const first = await access.keys.issue(mara, open, { idempotencyKey: 'k' });
    const again = await access.keys.issue(mara, open, { idempotencyKey: 'k' });
    expect(again).toEqual({ key: first.key, secret: undefined });
    expect((await access.keys.list(mara)).items).toHaveLength(1);
    await expect(
      access.keys.issue(world.caller('nils'), open, { idempotencyKey: 'k' }),
    ).resolves.toMatchObject({ secret: expect.stringMatching(/^sk-slw-/) });
  });

  it('names the limit that is passed', async () => {
    const mara = world.caller('mara');
    access = world.service(knex, { limits: { maxKeysPerUser: 1 } });
    const open = { name: 'open', models: ['llm/bge'] };
    await expect(
      access.requests.ask(mara, { ...ask, reason: 'x'.repeat(2 ** 20) }),
    ).rejects.toThrow('reason: at most 2000 characters, not 1048576.');
    await expect(
      access.requests.ask(mara, { ...ask, days: 181 }),
    ).rejects.toThrow('days: a whole number of days from 1 to 180, not 181.');
    await expect(
      access.keys.issue(mara, { ...open, days: 366 }),
    ).rejects.toThrow('days: a whole number of days from 1 to 365, not 366.');
    await expect(
      access.keys.issue(mara, { ...open, models: [] }),
    ).rejects.toThrow('models: at least one.');
    await access.keys.issue(mara, open);
    await expect(access.keys.issue(mara, open)).rejects.toThrow(
      /At most 1 active keys per user \(maxKeysPerUser\)/,
    );
    await expect(access.keys.issue(world.caller('otto'), open)).rejects.toThrow(
      /You belong to no tenant/,
    );
    await expect(
      access.keys.issue(world.caller('jonas'), open),
    ).rejects.toThrow('tenant: choose one of portal, research.');
    await expect(
      access.keys.issue(mara, { ...open, tenant: 'research' }),
    ).rejects.toThrow('There is no tenant research that you belong to.');
    await expect(
      access.keys.issue(mara, { ...open, tenant: 'nowhere' }),
    ).rejects.toThrow('There is no tenant nowhere that you belong to.');
  });

  it('ends what a leaver holds, and hands keys of services over', async () => {
    const { key } = await maraGetsKey();
    const robot = { kind: 'service' as const, ref: 'robot' };
    const forRobot = await access.requests.ask(world.caller('mara'), {
      ...ask,
      subject: robot,
    });
    const onRobot = { ...laptop, service: 'robot' };
    await access.requests.decide(world.caller('aiko'), forRobot.id, {
      step: 'approve',
    });
    await expect(
      access.keys.issue(world.caller('nils'), onRobot),
    ).rejects.toThrow(/no model llm\/llama that service robot may call/);
    const service = await access.keys.issue(world.caller('mara'), {
      ...onRobot,
      backupOwner: 'user:default/nils',
    });

    world.people.delete('mara');
    await access.upkeep.recheckUser('user:default/mara');
    const nils = world.caller('nils');
    const priya = world.caller('priya');
    expect(await access.keys.get(priya, key.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'left',
    });
    expect(await access.keys.get(nils, service.key.id)).toMatchObject({
      state: 'active',
      owner: nils.userEntityRef,
    });
    const { items } = await access.grants.list(priya, { state: 'active' });
    expect(items.map(({ subject }) => subject)).toEqual([robot]);
  });

  it('gives a service to each who asks for it, and ends what one asked for alone', async () => {
    const robot = { kind: 'service' as const, ref: 'robot' };
    const onRobot = { ...laptop, service: 'robot' };
    const aiko = world.caller('aiko');
    await access.grants.give(world.caller('priya'), {
      model: 'llm/llama',
      subject: robot,
      tenant: 'portal',
      days: 10,
    });
    const held = [];
    for (const name of ['mara', 'nils']) {
      const caller = world.caller(name);
      await expect(access.keys.issue(caller, onRobot)).rejects.toThrow(
        /no model llm\/llama that service robot may call/,
      );
      const { id, renews } = await access.requests.ask(caller, {
        ...ask,
        subject: robot,
      });
      expect(renews).toBeUndefined();
      await access.requests.decide(aiko, id, { step: 'approve' });
      const { key } = await access.keys.issue(caller, onRobot);
      const [{ grantId = '' }] = key.models;
      held.push({ caller, key, grantId });
    }
    const [mara, nils] = held;
    expect(mara.grantId).not.toBe(nils.grantId);
    // Asked for again it is prolonged, and so is its key.
    const again = await access.requests.ask(nils.caller, {
      ...ask,
      subject: robot,
      days: 60,
    });
    expect(again.renews).toBe(nils.grantId);
    await access.grants.revoke(mara.caller, mara.grantId);
    expect((await access.keys.get(aiko, mara.key.id)).state).toBe('ended');
    expect((await access.keys.get(aiko, nils.key.id)).state).toBe('active');
  });

  /** Mara looks after a key of service robot, and Nils would if she left. */
  async function robotKey() {
    const mara = world.caller('mara');
    await access.grants.give(world.caller('priya'), {
      model: 'llm/llama',
      subject: { kind: 'service', ref: 'robot' },
      tenant: 'portal',
      days: 30,
    });
    return access.keys.issue(world.caller('aiko'), {
      ...laptop,
      service: 'robot',
      backupOwner: mara.userEntityRef,
    });
  }

  it('gives no secret of a service to who has left its tenant, and takes her off as backup owner', async () => {
    const { key } = await robotKey();
    world.people.set('mara', ['contractors']);
    const mara = world.caller('mara');
    // Before anybody has looked at what she holds, and after.
    expect((await access.summaries.key(mara, key)).myActions).toEqual([
      'revoke',
      'leaked',
    ]);
    for (const attempt of [
      access.keys.rotate(mara, key.id, { overlapHours: 0, days: 365 }),
      access.keys.keep(mara, key.id),
    ]) {
      await expect(attempt).rejects.toThrow(/as members of its tenant/);
    }
    await access.upkeep.recheckUser(mara.userEntityRef);
    await expect(
      access.keys.rotate(mara, key.id, { overlapHours: 0 }),
    ).rejects.toThrow(/no key .* that you may see/);
    const aiko = world.caller('aiko');
    const left = await access.keys.get(aiko, key.id);
    expect(left).toMatchObject({
      state: 'active',
      owner: aiko.userEntityRef,
      successorId: undefined,
    });
    expect(left.backupOwner).toBeUndefined();
    const { items } = await access.audit.list(world.caller('priya'), {
      object: key.id,
    });
    expect(items[0]).toMatchObject({ action: 'key-backup-left' });
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });

  it('hands no key of a service to who has left before, and ends it', async () => {
    const { key } = await robotKey();
    world.people.delete('mara');
    world.people.set('aiko', ['contractors']);
    await access.upkeep.recheckUser('user:default/aiko');
    expect(await access.keys.get(world.caller('priya'), key.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'left',
      owner: 'user:default/aiko',
    });
  });

  it('narrows keys with the model, and leaves them alone while it is away', async () => {
    const jonas = world.caller('jonas');
    const llama = world.modelMap.get('llm/llama');
    const issued = await access.keys.issue(jonas, {
      name: 'both',
      tenant: 'research',
      models: ['llm/llama', 'llm/bge'],
    });
    world.modelMap.delete('llm/llama');
    await access.upkeep.recheckModel('llm/llama');
    expect((await access.keys.get(jonas, issued.key.id)).models).toHaveLength(
      2,
    );
    if (llama) {
      world.modelMap.set(llama.ref, {
        ...llama,
        access: { public: false, groups: [] },
      });
    }
    await access.upkeep.recheckModel('llm/llama');
    expect(await access.keys.get(jonas, issued.key.id)).toMatchObject({
      state: 'active',
      models: [{ model: 'llm/bge' }],
    });
    world.people.set('jonas', ['developers']);
    await access.upkeep.recheckUser(jonas.userEntityRef);
    expect(await access.keys.get(jonas, issued.key.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'left',
    });
  });

  it('ends keys that nobody uses, and notes uses in any order', async () => {
    const mara = world.caller('mara');
    const open = { name: 'open', models: ['llm/bge'], days: 365 };
    const used = await access.keys.issue(mara, open);
    const idle = await access.keys.issue(mara, open);
    world.later(80);
    await access.noteUses(new Map([[used.key.id, world.time]]));
    await access.noteUses(
      new Map([[used.key.id, new Date('2026-11-21T00:00:00Z')]]),
    );
    world.later(20);
    expect(await access.upkeep.endUnused(90)).toBe(1);
    expect(await access.keys.get(mara, idle.key.id)).toMatchObject({
      endedBecause: 'unused',
    });
    expect(await access.keys.get(mara, used.key.id)).toMatchObject({
      state: 'active',
      lastUsedAt: '2027-02-08T08:00:00.000Z',
    });
  });

  it('takes in keys of other systems for admins only, once', async () => {
    world.people.set('priya', ['platform-admins', 'platform']);
    const priya = world.caller('priya');
    const foreign = {
      name: 'old gateway',
      models: ['llm/bge'],
      secret: 'sk-Zk3vJ0mQx7aTg1LwB9cYpR',
    };
    await expect(
      access.keys.import(world.caller('mara'), foreign),
    ).rejects.toThrow(/Only platform admins/);
    await expect(
      access.keys.import(priya, { ...foreign, secret: 'sk-1234' }),
    ).rejects.toThrow(/128 random bits/);
    const key = await access.keys.import(priya, foreign);
    expect(key.display).toBe('sk-Zk3v');
    await access.keys.revoke(priya, key.id);
    await expect(access.keys.import(priya, foreign)).rejects.toThrow(
      /known here already/,
    );
  });
});
