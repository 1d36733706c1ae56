import createKnex, { Knex } from 'knex';
import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { Replay } from './__testUtils__/replay';
import { World } from './__testUtils__/world';
import { IndexDigest, IndexEntry } from './indexEntries';
import { insertRows } from './database/insertRows';
import { mutate } from './database/mutate';
import { changesSince } from './database/operations/changes/since';

jest.setTimeout(120_000);

const noneYet = { changes: [], head: 0 };

describe.each(databaseIds)('the feed of changes on %s', databaseId => {
  const open = { name: 'open', models: ['llm/bge'] };

  const pools: Knex[] = [];

  afterEach(async () => {
    await Promise.all(pools.splice(0).map(pool => pool.destroy()));
  });

  /** The same database as another process sees it: what one process writes at a time it writes together. SQLite has one process. */
  function elsewhere(knex: Knex): Knex {
    if (databaseId === 'SQLITE_3') {
      return knex;
    }
    const pool = createKnex(knex.client.config);
    pools.push(pool);
    return pool;
  }

  async function room() {
    const knex = await newDatabase(databaseId);
    const world = new World();
    const access = world.service(knex);
    return { knex, world, access };
  }

  it('loses no revocation of 50 commits that overtake each other', async () => {
    const { knex, world, access } = await room();
    const mara = world.caller('mara');
    const ids: string[] = [];
    for (let index = 0; index < 50; index++) {
      const { key } = await access.keys.issue(mara, open);
      ids.push(key.id);
    }
    const index = new Replay();
    await index.follow(access.feed);
    expect(index.entries.size).toBe(50);

    // Forty are revoked while ten others are issued, all started at once in ten processes; the reader reads on all the while.
    const processes = Array.from({ length: 10 }, () =>
      world.service(elsewhere(knex)),
    );
    let writing = true;
    const writers = Promise.all([
      ...ids
        .slice(0, 40)
        .map((id, at) => processes[at % 10].keys.revoke(mara, id)),
      ...processes.map(({ keys }) => keys.issue(mara, open)),
    ]).finally(() => {
      writing = false;
    });
    let reads = 0;
    while (writing) {
      await index.follow(access.feed);
      reads++;
    }
    await writers;
    await index.follow(access.feed);

    // It did read in between. (SQLite has one connection, which the writers queue for before the reader does.)
    expect(reads).toBeGreaterThan(databaseId === 'SQLITE_3' ? 0 : 1);
    expect(index.revision).toBe(100);
    for (const id of ids.slice(0, 40)) {
      expect(index.entries.has(`key ${id}`)).toBe(false);
    }
    expect(index.entries.size).toBe(20);
    const revisions = await knex('changes').orderBy('revision');
    expect(revisions.map(row => Number(row.revision))).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
    const { revision, digest } = await access.feed.takeDigest(world.time);
    expect(index.digests.get(revision)).toBe(digest);
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });

  it('shows no revision before those below it, however long a commit takes', async () => {
    const { knex, world, access } = await room();
    const order: string[] = [];
    let finish: () => void = () => {};
    const held = new Promise<void>(resolve => {
      finish = resolve;
    });
    let entered: () => void = () => {};
    const inside = new Promise<void>(resolve => {
      entered = resolve;
    });
    const slow = mutate(knex, world.time, async mutation => {
      mutation.change({ kind: 'grant', id: 'slow' });
      entered();
      await held;
    }).then(() => order.push('slow'));
    await inside;
    const fast = mutate(elsewhere(knex), world.time, async mutation => {
      mutation.change({ kind: 'grant', id: 'fast' });
    }).then(() => order.push('fast'));
    const seenMeanwhile =
      databaseId === 'SQLITE_3' ? noneYet : await seenWhileWaiting(knex);
    expect(seenMeanwhile).toMatchObject(noneYet);
    finish();
    await Promise.all([slow, fast]);
    expect(order).toEqual(['slow', 'fast']);
    expect(await access.feed.since(0)).toMatchObject({
      changes: [
        { revision: 1, id: 'slow' },
        { revision: 2, id: 'fast' },
      ],
    });
  });

  it('leads from a snapshot and from the beginning to the same index', async () => {
    const { world, access } = await room();
    world.people.set('priya', ['platform-admins', 'platform']);
    const mara = world.caller('mara');
    const request = await access.requests.ask(mara, {
      model: 'llm/llama',
      reason: 'Try it',
      days: 10,
    });
    const { grantId = '' } = await access.requests.decide(
      world.caller('priya'),
      request.id,
      { step: 'approve' },
    );
    await access.keys.issue(mara, {
      name: 'both',
      models: ['llm/llama', 'llm/bge'],
    });
    const entries: IndexEntry[] = [];
    const at = await access.feed.snapshot(part => entries.push(...part));
    const index = new Replay();
    await index.follow(access.feed);
    expect(index.revision).toBe(at);
    expect(
      new Map(entries.map(entry => [`${entry.kind} ${entry.id}`, entry])),
    ).toEqual(index.entries);

    await access.feed.takeDigest(world.time);
    await access.grants.revoke(world.caller('priya'), grantId);
    const part = await access.feed.since(0);
    const taken = part.kind === 'changes' ? part.digests : [];
    expect(taken).toEqual([
      { revision: at, entries: 2, digest: index.digests.get(at) },
    ]);
    await index.follow(access.feed);
    expect([...index.entries.values()]).toEqual([
      expect.objectContaining({ kind: 'key', models: [{ model: 'llm/bge' }] }),
    ]);
  });

  it('has each active key of a table of several pages once, with its models that have not ended', async () => {
    const { knex, access } = await room();
    const count = 4_321;
    const numbers = Array.from({ length: count }, (_, n) => n);
    const idOf = (n: number) => `key_${String(n).padStart(32, '0')}`;
    const isActive = (n: number) => n % 100 !== 7;
    const at = '2026-11-20T08:00:00.000Z';
    await knex.transaction(async trx => {
      const keys = numbers.map(n => ({
        id: idOf(n),
        hash: String(n).padStart(64, '0'),
        display: 'sk-slw-test',
        name: 'test',
        tenant: 'apps',
        owner: 'user:default/mara',
        service: n % 2 === 0 ? 'chatbot' : null,
        state: isActive(n) ? 'active' : 'ended',
        created_at: at,
        expires_at: at,
      }));
      await insertRows(trx, 'keys', keys);
      const models = numbers.flatMap(n =>
        ['llm/z', 'llm/gone', 'llm/a'].slice(0, n % 4).map(model => ({
          key_id: idOf(n),
          model,
          ended: /gone/.test(model),
        })),
      );
      await insertRows(trx, 'key_grants', models);
    });
    const entries: IndexEntry[] = [];
    await access.feed.snapshot(part => entries.push(...part));
    const byId = new Map(entries.map(entry => [entry.id, entry]));
    expect(byId.size).toBe(entries.length);
    expect(byId).toEqual(
      new Map(
        numbers.filter(isActive).map(n => [
          idOf(n),
          {
            kind: 'key',
            id: idOf(n),
            hash: String(n).padStart(64, '0'),
            tenant: 'apps',
            owner: 'user:default/mara',
            service: n % 2 === 0 ? 'chatbot' : undefined,
            models: [[], ['llm/z'], ['llm/z'], ['llm/a', 'llm/z']][n % 4].map(
              model => ({ model, grantId: undefined }),
            ),
            expiresAt: at,
          },
        ]),
      ),
    );
  });

  it('tells a reader to resync when what it needs is gone, or never was', async () => {
    const { knex, world, access } = await room();
    const mara = world.caller('mara');
    await access.keys.issue(mara, open);
    world.later(10);
    await access.keys.issue(mara, open);
    expect(await access.feed.prune(new Date('2026-11-25'))).toBe(1);
    expect(await access.feed.since(0)).toEqual({
      kind: 'resync',
      because: 'pruned',
    });
    expect(await access.feed.since(1)).toMatchObject({
      kind: 'changes',
      changes: [{ revision: 2 }],
      head: 2,
    });
    // As after a restore of an old backup.
    expect(await access.feed.since(3)).toEqual({
      kind: 'resync',
      because: 'ahead',
    });
    await access.keys.issue(mara, open);
    await knex('changes').where('revision', 2).delete();
    await expect(access.feed.since(1)).rejects.toThrow(/has no revision 2/);
  });

  it('writes nothing at all when the work fails', async () => {
    const { knex, world, access } = await room();
    const mara = world.caller('mara');
    const { key } = await access.keys.issue(mara, open);
    await knex.schema.renameTable('changes', 'hidden');
    await expect(access.keys.revoke(mara, key.id)).rejects.toThrow();
    await knex.schema.renameTable('hidden', 'changes');
    expect((await access.keys.get(mara, key.id)).state).toBe('active');
    expect(await knex('audit')).toHaveLength(1);
    await access.keys.revoke(mara, key.id);
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });
});

describe('the digest of an index', () => {
  const entry = (id: string): IndexEntry => ({
    kind: 'grant',
    id,
    tenant: 'a',
    model: 'b/c',
    subject: { kind: 'user', ref: 'user:default/d' },
    expiresAt: '2026-11-20T08:00:00.000Z',
  });

  it('does not depend on the order, and forgets what is removed', () => {
    const one = new IndexDigest();
    one.add(entry('1'));
    one.add(entry('2'));
    const other = new IndexDigest();
    for (const id of ['2', '3', '1']) {
      other.add(entry(id));
    }
    expect(other.toString()).not.toBe(one.toString());
    other.remove(entry('3'));
    expect(other.toString()).toBe(one.toString());
    expect(other.entries).toBe(2);
  });
});

/** What a reader sees once a writer waits for the lock. (On SQLite nobody could ask: the one connection is taken.) */
async function seenWhileWaiting(knex: Knex) {
  await until(async () => {
    const { rows } = await knex.raw(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows.length > 0;
  });
  return changesSince(knex, 0, 10);
}

/** Waits for a condition, without sleeping: each question to the database is a wait of its own. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    // Ask again.
  }
}
