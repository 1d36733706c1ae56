import fc from 'fast-check';
import type { Knex } from 'knex';
import { databaseIds, newDatabase } from './__testUtils__/onDatabases';
import { World } from './__testUtils__/world';
import { AccessService } from './AccessService';
import { mutate } from './database/mutate';
import { insertGrant } from './database/operations/grants/insert';
import { insertKey } from './database/operations/keys/insert';
import { insertRequest } from './database/operations/requests/insert';
import { AccessRequest, Grant, Key } from './types';
import type { StoredKey } from './database/rows';

jest.setTimeout(180_000);

const names = ['ann', 'ben', 'cho', 'dee'];
const groupNames = ['red', 'blue', 'green'];
const tenantNames = ['t1', 't2', 't3'];
const modelRefs = ['m/1', 'm/2'];

const user = fc.constantFrom(...names).map(name => `user:default/${name}`);
const subject = fc.oneof(
  user.map(ref => ({ kind: 'user' as const, ref })),
  fc.constantFrom(...groupNames).map(ref => ({ kind: 'group' as const, ref })),
  fc.constant({ kind: 'service' as const, ref: 'robot' }),
);
const rowOf = fc.record({
  tenant: fc.constantFrom(...tenantNames),
  model: fc.constantFrom(...modelRefs),
  subject,
  by: user,
  backup: fc.option(user, { nil: undefined }),
  second: fc.nat(3),
});
const groupsOf = fc.subarray(groupNames);
const company = fc.record({
  people: fc.tuple(...names.map(() => groupsOf)),
  members: fc.tuple(...tenantNames.map(() => groupsOf)),
  tenantOwners: fc.tuple(
    ...tenantNames.map(() => fc.subarray([...names, ...groupNames])),
  ),
  modelOwners: fc.tuple(
    ...modelRefs.map(() => fc.subarray([...names, ...groupNames])),
  ),
  rows: fc.array(rowOf, { minLength: 1, maxLength: 12 }),
});
type Company = typeof company extends fc.Arbitrary<infer T> ? T : never;

const ownerRef = (name: string) =>
  names.includes(name) ? `user:default/${name}` : `group:default/${name}`;

function toWorld(drawn: Company): World {
  const world = new World();
  world.people.clear();
  names.forEach((name, at) => world.people.set(name, drawn.people[at]));
  world.tenantMap.clear();
  tenantNames.forEach((name, at) =>
    world.tenantMap.set(name, {
      name,
      displayName: name,
      state: 'active',
      owners: drawn.tenantOwners[at].map(ownerRef),
      memberGroups: drawn.members[at],
    }),
  );
  world.modelMap.clear();
  modelRefs.forEach((ref, at) =>
    world.modelMap.set(ref, {
      ref,
      modelId: ref,
      owners: drawn.modelOwners[at].map(ownerRef),
      requestable: true,
      access: { public: false, groups: [] },
    }),
  );
  return world;
}

/** Fills the tables, past the services: what they would never write must not be seen either. */
async function fill(knex: Knex, drawn: Company) {
  for (const table of ['key_grants', 'keys', 'grants', 'requests']) {
    await knex(table).delete();
  }
  const requests: AccessRequest[] = [];
  const grants: Grant[] = [];
  const keys: StoredKey[] = [];
  await mutate(knex, new Date(0), async ({ trx }) => {
    for (const [at, row] of drawn.rows.entries()) {
      const common = {
        tenant: row.tenant,
        model: row.model,
        subject: row.subject,
        // Few different times, so that pages end in the middle of one.
        createdAt: `2026-11-20T08:00:0${row.second}.000Z`,
        expiresAt: '2027-01-01T00:00:00.000Z',
      };
      const request: AccessRequest = {
        ...common,
        id: `req_${at}`,
        requester: row.by,
        reason: 'x',
        days: 1,
        state: 'pending',
        waitsFor: 'approvers',
        approvers: 'either',
      };
      const grant: Grant = {
        ...common,
        id: `grant_${at}`,
        requestedBy: row.by,
        grantedBy: 'rule:test',
        state: 'active',
      };
      const key: StoredKey = {
        id: `key_${at}`,
        hash: `${at}`.padStart(64, '0'),
        display: 'sk-slw-0000',
        name: 'x',
        tenant: row.tenant,
        owner: row.by,
        backupOwner: row.backup,
        models: [],
        state: 'active',
        createdAt: common.createdAt,
        expiresAt: common.expiresAt,
      };
      await insertRequest(trx, request);
      await insertGrant(trx, grant);
      await insertKey(trx, key);
      requests.push(request);
      grants.push(grant);
      keys.push(key);
    }
  });
  return { requests, grants, keys };
}

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

/** Who may see what, said again in other words. */
function judge(world: World, name: string) {
  const me = world.caller(name);
  const owns = (owners: string[] = []) =>
    owners.some(owner => me.ownershipEntityRefs.includes(owner));
  const tenant = (of: string) => owns(world.tenant(of)?.owners);
  const model = (of: string) => owns(world.model(of)?.owners);
  const belongs = (of: string) =>
    world.tenant(of)?.memberGroups.some(group => me.groups.includes(group));
  return {
    request: (row: AccessRequest) =>
      row.requester === me.userEntityRef ||
      tenant(row.tenant) ||
      model(row.model),
    grant: (row: Grant) =>
      row.requestedBy === me.userEntityRef ||
      (row.subject.kind === 'user' && row.subject.ref === me.userEntityRef) ||
      (row.subject.kind === 'group' &&
        me.groups.includes(row.subject.ref) &&
        belongs(row.tenant) === true) ||
      tenant(row.tenant) ||
      model(row.model),
    key: (row: Key) =>
      row.owner === me.userEntityRef ||
      row.backupOwner === me.userEntityRef ||
      tenant(row.tenant),
  };
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
