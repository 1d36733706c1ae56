import { waitFor } from '@slipway/controller/testing';
import knexFactory, { Knex } from 'knex';
import { databaseIds, newDatabase } from '../__testUtils__/onDatabases';
import { SilentProxy } from '../__testUtils__/SilentProxy';
import { IndexEntry } from '../indexEntries';
import { Batch, GroupCommit, Lane } from './GroupCommit';
import { mutate, mutateInLane, Mutation } from './mutate';
import { verifyAudit } from './operations/audit/verify';
import { changesSince } from './operations/changes/since';

jest.setTimeout(120_000);

const now = new Date('2026-11-20T08:00:00.000Z');

const entryOf = (id: string): IndexEntry => ({
  kind: 'member',
  id,
  groups: [],
});

/** Writes a row, an audit record and a change, as work of the room does. */
async function write({ trx, audit, change }: Mutation, id: string) {
  await trx('members').insert({
    user_ref: id,
    groups: '[]',
    state: 'member',
    rechecks: 0,
    updated_at: now.toISOString(),
  });
  audit({
    actor: 'user:default/mara',
    action: 'key-kept',
    objectKind: 'key',
    objectId: id,
    tenant: '',
    details: {},
  });
  change({ kind: 'member', id, entry: entryOf(id) });
}

describe.each(databaseIds)('work that shares a transaction on %s', id => {
  let knex: Knex;
  let commits: number;

  beforeEach(async () => {
    knex = await newDatabase(id);
    commits = 0;
    knex.on('query', ({ sql }: { sql: string }) => {
      if (/^COMMIT/i.test(sql)) {
        commits++;
      }
    });
  });

  afterEach(() => knex.destroy());

  const ids = async () =>
    (await knex('members').orderBy('user_ref')).map(row => row.user_ref);
  const fed = async () => {
    const part = await changesSince(knex, 0, 1_000);
    return part.kind === 'changes' ? part.changes.map(change => change.id) : [];
  };
  const results = (work: Promise<unknown>[]) =>
    Promise.allSettled(work).then(all => all.map(({ status }) => status));

  it('commits together, in order, with one chain and one feed without a gap', async () => {
    const names = Array.from({ length: 250 }, (_, at) => `n${at + 100}`);
    await Promise.all(
      names.map(name => mutate(knex, now, mutation => write(mutation, name))),
    );
    expect(await ids()).toEqual(names);
    expect(await fed()).toEqual(names);
    expect(await verifyAudit(knex)).toMatchObject({ intact: true });
    // The first that came alone, then two hundred, then the rest.
    expect(commits).toBe(3);
  });

  it('fails alone, whether it has written before it fails or not, by itself or by a statement', async () => {
    const work = [
      mutate(knex, now, mutation => write(mutation, 'a')),
      mutate(knex, now, mutation => write(mutation, 'b')),
      mutate(knex, now, async () => {
        throw new Error('refused before anything is written');
      }),
      mutate(knex, now, async mutation => {
        await write(mutation, 'c');
        throw new Error('refused too late');
      }),
      // There is one already: the statement fails, and Postgres takes no other in this transaction.
      mutate(knex, now, mutation => write(mutation, 'a')),
      mutate(knex, now, async mutation => mutation.trx('no_such_table')),
      mutate(knex, now, mutation => write(mutation, 'd')),
    ];
    expect(await results(work)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(await ids()).toEqual(['a', 'b', 'd']);
    expect(await fed()).toEqual(['a', 'b', 'd']);
    expect(await knex('audit')).toHaveLength(3);
    expect(await verifyAudit(knex)).toMatchObject({ intact: true });
  });

  it('sees what the work before it did, and what is refused because of that is refused', async () => {
    const once = (name: string) =>
      mutate(knex, now, async mutation => {
        const [count] = await mutation.trx('members').count({ n: '*' });
        if (Number(count.n) >= 2) {
          throw new Error('There is room for two.');
        }
        await write(mutation, name);
      });
    expect(await results(['a', 'b', 'c', 'd'].map(once))).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });

  it('of one kind is done by one call, and one that spoils it for all is found', async () => {
    const calls: number[] = [];
    const lane = new Lane<string, string>(async (mutation, names) => {
      calls.push(names.length);
      for (const name of names) {
        await write(mutation, name);
      }
      return names.map(value => ({ value }));
    });
    const ask = (name: string) => mutateInLane(knex, now, lane, name);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(ask))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(calls).toEqual([1, 3]);
    expect(await results(['e', 'a', 'f'].map(ask))).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await fed()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('tells nobody of success before the commit, and everybody when that fails', async () => {
    await mutate(knex, now, mutation => write(mutation, 'a'));
    await knex('audit').insert({
      position: 2,
      at: now.toISOString(),
      actor: 'x',
      action: 'x',
      object_kind: 'x',
      object_id: 'x',
      tenant: '',
      details: '{}',
      previous_hash: 'x',
      hash: 'x',
    });
    const work = ['b', 'c'].map(name =>
      mutate(knex, now, mutation => write(mutation, name)),
    );
    expect(await results(work)).toEqual(['rejected', 'rejected']);
    expect(await ids()).toEqual(['a']);
    await knex('audit').where('position', 2).delete();
    await mutate(knex, now, mutation => write(mutation, 'd'));
    expect(await fed()).toEqual(['a', 'd']);
  });
});

const hasPostgres = databaseIds.some(([id]) => id === 'POSTGRES_15');
(hasPostgres ? describe : describe.skip)('work that others hold up', () => {
  const bounds = {
    lockMs: 1_000,
    idleMs: 300,
    statementMs: 5_000,
    silentMs: 1_500,
  };
  let knex: Knex;
  let proxy: SilentProxy;
  let other: Knex;

  beforeEach(async () => {
    knex = await newDatabase('POSTGRES_15');
    proxy = await SilentProxy.before(knex);
    other = knexFactory({ client: 'pg', connection: proxy.url });
  });

  afterEach(async () => {
    await proxy.close();
    await other.destroy();
    await knex.destroy();
  });

  const doing =
    (commits: GroupCommit) =>
    (work: (mutation: Mutation) => Promise<void>): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const bulk = async (mutation: Mutation) => [
          { value: await work(mutation) },
        ];
        const entry = { item: undefined, now, resolve, reject };
        commits.add(new Batch(bulk, [entry]));
      });

  it('is done once a portal that was lost within a transaction has been silent for too long', async () => {
    let comeBack = () => {};
    let lost: Promise<unknown> = Promise.resolve();
    await new Promise<void>(begun => {
      lost = doing(new GroupCommit(other, { ...bounds, silentMs: 60_000 }))(
        async () => {
          proxy.goSilent();
          begun();
          await new Promise<void>(resolve => {
            comeBack = resolve;
          });
        },
      );
    });
    const commit = doing(new GroupCommit(knex, bounds));
    await commit(mutation => write(mutation, 'block'));
    expect(await knex('members')).toHaveLength(1);
    comeBack();
    await proxy.close();
    await expect(lost).rejects.toThrow();
  });

  it('is refused when the lock is not to be had in time, and done when it is', async () => {
    const holder = await knex.transaction();
    await holder('heads').update({ id: 1 });
    const commit = doing(new GroupCommit(knex, bounds));
    await expect(
      commit(mutation => write(mutation, 'late')),
    ).rejects.toMatchObject({ name: 'ServiceUnavailableError' });
    await holder.rollback();
    await commit(mutation => write(mutation, 'later'));
    expect(await knex('members')).toMatchObject([{ user_ref: 'later' }]);
  });

  it('is done again when Postgres ends it, because it and somebody without the lock wait for each other', async () => {
    const patient = { ...bounds, lockMs: 20_000, silentMs: 20_000 };
    const commit = doing(new GroupCommit(knex, patient));
    for (const name of ['a', 'b']) {
      await commit(mutation => write(mutation, name));
    }
    const touch = (trx: Knex.Transaction, name: string) =>
      trx('members').where('user_ref', name).update({ rechecks: 1 });
    const holder = await knex.transaction();
    await touch(holder, 'a');
    let runs = 0;
    const ending = commit(async ({ trx }) => {
      runs++;
      await touch(trx, 'b');
      await touch(trx, 'a');
    });
    // Who begins to wait first is the one whom Postgres ends.
    await waitFor(async () => {
      const [waiting] = await knex('pg_stat_activity')
        .where('wait_event_type', 'Lock')
        .whereRaw('datname = current_database()')
        .count({ n: '*' });
      return Number(waiting.n) === 1;
    });
    await touch(holder, 'b');
    await holder.commit();
    await ending;
    expect(runs).toBe(2);
    expect(await knex('members').where('rechecks', 1)).toHaveLength(2);
  });

  it('is refused when its own connection has died without a word, and what comes after is done', async () => {
    const commit = doing(new GroupCommit(other, bounds));
    await commit(mutation => write(mutation, 'before'));
    let cut: Promise<unknown> = Promise.resolve();
    await new Promise<void>(begun => {
      cut = commit(async mutation => {
        await write(mutation, 'cut');
        proxy.goSilent();
        begun();
      });
    });
    // Not before, or it would be done together with that.
    const waiting = commit(mutation => write(mutation, 'after'));
    await expect(cut).rejects.toThrow('has not answered for 1500 ms');
    await waiting;
    expect(
      (await knex('members').orderBy('user_ref')).map(row => row.user_ref),
    ).toEqual(['after', 'before']);
  });
});
