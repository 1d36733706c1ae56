import { ModelQuery, ModelSummary } from '@slipway/plugin-llm-common';
import fc from 'fast-check';
import { queryModels } from './query';

const me = 'user:default/mara';
const asking = { callerRef: me, isRefused: () => false };

const anyModel: fc.Arbitrary<ModelSummary> = fc.record({
  uid: fc.uuid(),
  namespace: fc.constantFrom('a', 'b'),
  name: fc.constantFrom('ada', 'bob', 'cleo', 'dora'),
  modelId: fc.constantFrom('org/one', 'org/two'),
  phase: fc.constantFrom(
    'Pending' as const,
    'Ready' as const,
    'Error' as const,
  ),
  stage: fc.constant('Serving'),
  replicas: fc.constant({ ready: 1, desired: 1 }),
  gpus: fc
    .integer({ min: 0, max: 3 })
    .map(total => ({ perReplica: total, total, type: 'nvidia' })),
  openTo: fc.constant({ everyone: true, groups: [] }),
  endpoints: fc.constant({}),
  access: fc.constantFrom('open' as const, 'on-request' as const),
  owner: fc.constantFrom('group:default/x', 'group:default/y'),
  createdAt: fc.constantFrom('2026-11-20T10:00:00Z', '2026-11-21T10:00:00Z'),
});

const anyQuery: fc.Arbitrary<ModelQuery> = fc.record(
  {
    sort: fc.constantFrom('name', 'phase', 'age', 'gpus'),
    order: fc.constantFrom('asc', 'desc'),
    phases: fc.subarray(['Pending', 'Ready', 'Error']),
    access: fc.constantFrom('open', 'on-request'),
    search: fc.constantFrom('', 'ada', 'org one', 'y'),
    limit: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: [] },
);

const anyModels = fc.uniqueArray(anyModel, {
  selector: ({ uid }) => uid,
  maxLength: 20,
});

function allPages(models: ModelSummary[], query: ModelQuery): ModelSummary[] {
  const items: ModelSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = queryModels(models, { ...query, cursor }, asking);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

describe('a list of models', () => {
  it('is of the uids that are asked for, and of those that one may see', () => {
    fc.assert(
      fc.property(anyModels, models => {
        const uids = models.map(({ uid }) => uid);
        const asked = { uids: [...uids.slice(0, 3), 'unknown'] };
        expect(new Set(allPages(models, asked).map(({ uid }) => uid))).toEqual(
          new Set(uids.slice(0, 3)),
        );
        expect(allPages(models.slice(3), asked)).toEqual([]);
      }),
    );
  });

  it('counts what refuses every call, and lists none of it as open', () => {
    fc.assert(
      fc.property(anyModels, models => {
        const isRefused = ({ name }: ModelSummary) => name === 'bob';
        const list = (query: ModelQuery) =>
          queryModels(
            models,
            { ...query, limit: 500 },
            { ...asking, isRefused },
          );
        const refused = models.filter(isRefused).length;
        expect(list({}).refusedItems).toBe(refused);
        expect(list({}).totalItems).toBe(models.length);
        const open = list({ access: 'open' });
        expect(new Set(open.items)).toEqual(
          new Set(
            models.filter(each => each.access === 'open' && !isRefused(each)),
          ),
        );
        expect(open.refusedItems).toBe(0);
        const counted = Object.values(open.phaseCounts);
        expect(counted.reduce((a, b) => a + b)).toBe(open.totalItems);
      }),
    );
  });

  it('has every match on exactly one page, in the order asked for', () => {
    fc.assert(
      fc.property(anyModels, anyQuery, (models, query) => {
        const items = allPages(models, query);
        expect(new Set(items.map(({ uid }) => uid)).size).toBe(items.length);
        const whole = queryModels(models, { ...query, limit: 500 }, asking);
        expect(items).toEqual(whole.items);
        expect(whole.totalItems).toBe(items.length);
        const { access = undefined, phases = [] } = query;
        expect(items.filter(item => access && item.access !== access)).toEqual(
          [],
        );
        expect(
          items.filter(({ phase }) => phases.length && !phases.includes(phase)),
        ).toEqual([]);
        const totals = items.map(({ gpus }) => gpus.total);
        const sorted = [...totals].sort((a, b) =>
          query.order === 'desc' ? b - a : a - b,
        );
        expect(query.sort !== 'gpus' || totals.join() === sorted.join()).toBe(
          true,
        );
      }),
    );
  });

  it('goes on behind the cursor when the model at the cursor is gone', () => {
    fc.assert(
      fc.property(anyModels, anyQuery, (models, query) => {
        const first = queryModels(models, query, asking);
        fc.pre(first.nextCursor !== undefined);
        const last = first.items[first.items.length - 1];
        const rest = models.filter(({ uid }) => uid !== last.uid);
        const seen = new Set(first.items.map(({ uid }) => uid));
        const next = queryModels(
          rest,
          { ...query, cursor: first.nextCursor },
          asking,
        );
        expect(next.items.some(({ uid }) => seen.has(uid))).toBe(false);
        expect(next.items.length).toBeGreaterThan(0);
      }),
    );
  });

  it('counts phases without the phase filter, and tells the owners of what may be seen', () => {
    const [model] = fc.sample(anyModel, { numRuns: 1, seed: 1 });
    const models = [
      { ...model, uid: '1', phase: 'Ready' as const, owner: 'group:default/x' },
      { ...model, uid: '2', phase: 'Error' as const, owner: 'group:default/y' },
      { ...model, uid: '3', phase: 'Error' as const, owner: undefined },
    ];
    const page = queryModels(models, { phases: ['Ready'] }, asking);
    expect(page.totalItems).toBe(1);
    expect(page.phaseCounts).toMatchObject({ Ready: 1, Error: 2, Pending: 0 });
    expect(page.owners).toEqual(['group:default/x', 'group:default/y']);
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    [
      'JSON of another shape',
      () => Buffer.from('{"for":1}').toString('base64url'),
    ],
    [
      "another person's cursor",
      (models: ModelSummary[]) =>
        queryModels(
          models,
          { limit: 1 },
          { ...asking, callerRef: 'user:default/otto' },
        ).nextCursor,
    ],
    [
      "another query's cursor",
      (models: ModelSummary[]) =>
        queryModels(models, { limit: 1, order: 'desc' }, asking).nextCursor,
    ],
  ])('refuses %s', (_what, cursorOf) => {
    const models = fc.sample(anyModel, { numRuns: 3, seed: 2 });
    expect(() =>
      queryModels(models, { limit: 1, cursor: cursorOf(models) }, asking),
    ).toThrow(/^cursor: is not from this list/);
  });
});
