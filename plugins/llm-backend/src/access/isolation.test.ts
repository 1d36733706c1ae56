import fc from 'fast-check';
import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { company, fill, judge, names, toWorld } from './__testUtils__/company';
import { World } from './__testUtils__/world';
import { AccessService } from './AccessService';
import { Key } from './types';

jest.setTimeout(180_000);

/** All pages of a list, two rows a page. */
async function all<T>(
  read: (cursor?: string) => Promise<{ items: T[]; nextCursor?: string }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

describe.each(databaseIds)('isolation on %s', databaseId => {
  // `check` holds the assertions.
  // eslint-disable-next-line jest/expect-expect
  it('no list and no get answers with the row of another, and none hides one of hers', async () => {
    const knex = await newDatabase(databaseId);
    await fc.assert(
      fc.asyncProperty(
        company,
        fc.constantFrom(...names),
        async (drawn, name) => {
          const world = toWorld(drawn);
          const access = world.service(knex);
          const rows = await fill(knex, drawn);
          const me = world.caller(name);
          const sees = judge(world, name);
          await check(rows.requests, sees.request, {
            list: page => access.requests.list(me, {}, page),
            get: id => access.requests.get(me, id),
          });
          await check(rows.grants, sees.grant, {
            list: page => access.grants.list(me, {}, page),
            get: id => access.grants.get(me, id),
          });
          await check(rows.keys, sees.key, {
            list: page => access.keys.list(me, {}, page),
            get: id => access.keys.get(me, id),
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  async function check<T extends { id: string; createdAt: string }>(
    rows: T[],
    sees: (row: T) => boolean,
    reads: {
      list(page: {
        limit: number;
        cursor?: string;
      }): Promise<{ items: { id: string }[]; nextCursor?: string }>;
      get(id: string): Promise<{ id: string }>;
    },
  ) {
    const listed = await all(cursor => reads.list({ limit: 2, cursor }));
    const newestFirst = rows
      .filter(sees)
      .sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1));
    expect(listed.map(({ id }) => id)).toEqual(newestFirst.map(({ id }) => id));
    const [kind] = rows[0].id.split('_');
    for (const id of [...rows.map(row => row.id), `${kind}_unknown`]) {
      const row = rows.find(each => each.id === id);
      if (row && sees(row)) {
        expect(await reads.get(id)).toMatchObject({ id });
      } else {
        // Word for word the same for what is not there and what is not hers.
        await expect(reads.get(id)).rejects.toMatchObject({
          name: 'NotFoundError',
          message: expect.stringMatching(
            new RegExp(`^There is no \\w+ ${id} that you may see\\.$`),
          ),
        });
      }
    }
  }

  it('takes no cursor of another caller or another query', async () => {
    const knex = await newDatabase(databaseId);
    const world = new World();
    const access: AccessService = world.service(knex);
    const mara = world.caller('mara');
    for (const name of ['a', 'b', 'c']) {
      await access.keys.issue(mara, { name, models: ['llm/bge'] });
    }
    const { nextCursor = '' } = await access.keys.list(mara, {}, { limit: 2 });
    const nils = world.caller('nils');
    await expect(
      access.keys.list(nils, {}, { cursor: nextCursor }),
    ).rejects.toThrow(/cursor: not one of this list/);
    await expect(
      access.keys.list(mara, { state: 'ended' }, { cursor: nextCursor }),
    ).rejects.toThrow(/cursor: not one of this list/);
    await expect(
      access.keys.list(mara, {}, { cursor: 'nonsense' }),
    ).rejects.toThrow(/cursor: not one of this list/);
    await expect(access.keys.list(mara, {}, { limit: 501 })).rejects.toThrow(
      /limit: a whole number from 1 to 500/,
    );
    const rest = await access.keys.list(mara, {}, { cursor: nextCursor });
    expect(rest.items).toHaveLength(1);
  });

  it('a key that ended is never valid again, whatever is done afterwards', async () => {
    const knex = await newDatabase(databaseId);
    const step = fc.constantFrom(
      'revoke',
      'leaked',
      'rotate',
      'recheck',
      'expire',
      'unused',
      'use',
      'later',
      'endGrant',
      'askAgain',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 12 }),
        async steps => {
          for (const table of ['key_grants', 'keys', 'grants', 'requests']) {
            await knex(table).delete();
          }
          const world = new World();
          const access = world.service(knex);
          const mara = world.caller('mara');
          const aiko = world.caller('aiko');
          const getGrant = async () => {
            const asked = await access.requests.ask(mara, {
              model: 'llm/llama',
              reason: 'x',
              days: 20,
            });
            return access.requests.decide(aiko, asked.id, { step: 'approve' });
          };
          const { grantId = '' } = await getGrant();
          const { key } = await access.keys.issue(mara, {
            name: 'k',
            models: ['llm/llama'],
            days: 10,
          });
          const actions: Record<
            (typeof steps)[number],
            () => Promise<unknown>
          > = {
            revoke: () => access.keys.revoke(mara, key.id),
            leaked: () => access.keys.revoke(mara, key.id, 'leaked'),
            rotate: () =>
              access.keys
                .rotate(mara, key.id, { overlapHours: 1 })
                .catch(expectConflict),
            recheck: () => access.upkeep.recheckUser(mara.userEntityRef),
            expire: () => access.upkeep.endExpired(),
            unused: () => access.upkeep.endUnused(3),
            use: () => access.noteUses(new Map([[key.id, world.time]])),
            later: async () => world.later(4),
            endGrant: () => access.grants.revoke(aiko, grantId),
            askAgain: () => getGrant(),
          };
          const seen: Key[] = [];
          for (const name of steps) {
            await actions[name]();
            const { lastUsedAt: _, ...now } = await access.keys.get(
              mara,
              key.id,
            );
            seen.push(now);
          }
          const first = seen.findIndex(({ state }) => state === 'ended');
          const since = first < 0 ? [] : seen.slice(first);
          expect(since).toEqual(since.map(() => seen[first]));
        },
      ),
      { numRuns: 25 },
    );
  });
});

function sortKey({ createdAt, id }: { createdAt: string; id: string }): string {
  return `${createdAt} ${id}`;
}

function expectConflict(error: unknown): void {
  expect(error).toMatchObject({
    name: expect.stringMatching(/^(Conflict|NotFound)Error$/),
  });
}
