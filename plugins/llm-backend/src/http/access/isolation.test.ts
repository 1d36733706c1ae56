import fc from 'fast-check';
import type { Knex } from 'knex';
import {
  Company,
  company,
  fill,
  judge,
  names,
  tenantNames,
  toWorld,
} from '../../access/__testUtils__/company';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { serve, speakAs } from './__testUtils__/serve';

jest.setTimeout(240_000);

const anyName = fc.constantFrom(...names);
const scope = fc.constantFrom('mine', 'owned', 'all');
const id = (kind: string) => fc.nat(12).map(at => `${kind}_${at}`);
const narrowed = fc.constantFrom(
  '',
  ...tenantNames.map(tenant => `&tenant=${tenant}`),
  '&model=m/1',
  '&limit=1',
);

/** Questions that change nothing. */
const question = fc.oneof(
  fc
    .tuple(fc.constantFrom('mine', 'to-decide', 'decided', 'all'), narrowed)
    .map(([which, rest]) => `/v1/requests?scope=${which}${rest}`),
  fc.tuple(scope, narrowed).map(([s, rest]) => `/v1/grants?scope=${s}${rest}`),
  fc.tuple(scope, narrowed).map(([s, rest]) => `/v1/keys?scope=${s}${rest}`),
  scope.map(s => `/v1/grants/export?scope=${s}`),
  fc
    .tuple(scope, narrowed)
    .map(([s, rest]) => `/v1/grants?due=true&scope=${s}${rest}`),
  id('req').map(req => `/v1/requests/${req}`),
  fc
    .tuple(fc.constantFrom('req', 'grant', 'key'), fc.nat(12))
    .map(([kind, at]) => `/v1/audit?object=${kind}_${at}`),
  fc.constantFrom(
    '/v1/access/models',
    '/v1/tenants',
    ...tenantNames.map(tenant => `/v1/tenants/${tenant}/members`),
    '/v1/rules',
    '/v1/audit',
    '/v1/blocks',
  ),
);

/** Changes of what exists, each with the row that it is about. */
const change = fc.oneof(
  fc
    .tuple(
      id('req'),
      fc.constantFrom('approve', 'reject', 'ask-back', 'answer', 'withdraw'),
    )
    .map(([row, step]) => ({
      row,
      path: `/v1/requests/${row}/steps`,
      body: { step, comment: 'Because' },
    })),
  fc
    .tuple(
      id('grant'),
      fc.constantFrom(
        ['extend', { days: 90 }] as const,
        ['renew', { days: 3, reason: 'More' }] as const,
        ['recertify', {}] as const,
        ['revoke', {}] as const,
      ),
    )
    .map(([row, [action, body]]) => ({
      row,
      path: `/v1/grants/${row}/${action}`,
      body,
    })),
  fc
    .tuple(
      id('key'),
      fc.constantFrom(
        ['rotate', { overlapHours: 1 }] as const,
        ['revoke', {}] as const,
        ['leaked', {}] as const,
        ['keep', {}] as const,
      ),
    )
    .map(([row, [action, body]]) => ({
      row,
      path: `/v1/keys/${row}/${action}`,
      body,
    })),
);

const TABLES = ['requests', 'grants', 'keys', 'key_grants', 'audit', 'changes'];

describe.each(databaseIds)('isolation over HTTP on %s', databaseId => {
  let knex: Knex;

  beforeAll(async () => {
    knex = await newDatabase(databaseId);
  });

  afterAll(() => knex.destroy());

  const state = async () =>
    JSON.stringify(
      await Promise.all(TABLES.map(table => knex(table).orderBy(1))),
    );

  /** A company in the database, and which rows somebody may see. */
  async function settle(drawn: Company, name: string) {
    const world = toWorld(drawn);
    const rows = await fill(knex, drawn);
    const sees = judge(world, name);
    const seen = new Set([
      ...rows.requests.filter(sees.request).map(row => row.id),
      ...rows.grants.filter(sees.grant).map(row => row.id),
      ...rows.keys.filter(sees.key).map(row => row.id),
    ]);
    const as = speakAs(serve(world, world.service(knex), knex))(name);
    return { as, seen };
  }

  const rowsIn = (text: string): string[] =>
    text.match(/\b(req|grant|key)_\d+\b/g) ?? [];

  it('no answer to any question holds the row of another', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(
        company,
        anyName,
        fc.array(question, { minLength: 3, maxLength: 8 }),
        async (drawn, name, questions) => {
          const { as, seen } = await settle(drawn, name);
          for (const path of questions) {
            const { status, text } = await as.get(path);
            expect([200, 403, 404]).toContain(status);
            const asked = rowsIn(path);
            for (const row of rowsIn(text)) {
              expect({
                path,
                row,
                seen: seen.has(row) || asked.includes(row),
              }).toEqual({
                path,
                row,
                seen: true,
              });
              answered++;
            }
          }
        },
      ),
      { numRuns: 25 },
    );
    expect(answered).toBeGreaterThan(0);
  });

  it('what is not hers can not be changed, and is not told from what does not exist', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        company,
        anyName,
        change,
        async (drawn, name, wanted) => {
          const { as, seen } = await settle(drawn, name);
          if (seen.has(wanted.row)) {
            return;
          }
          const before = await state();
          const { status, body } = await as.post(wanted.path, wanted.body);
          expect({ path: wanted.path, status }).toEqual({
            path: wanted.path,
            status: 404,
          });
          const missing = await as.post(
            wanted.path.replace(wanted.row, 'none_0'),
            wanted.body,
          );
          expect(missing.status).toBe(404);
          expect(
            missing.body.error.message.replaceAll('none_0', wanted.row),
          ).toBe(body.error.message);
          expect(await state()).toBe(before);
          refused++;
        },
      ),
      { numRuns: 60 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});
