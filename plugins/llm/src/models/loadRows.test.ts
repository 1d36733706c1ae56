import { FakeBackend } from '../../dev/FakeBackend';
import { fakeFetchApi } from '../../dev/fakeBackendModule';
import { fakeModel } from '../../dev/fakeModels';
import { LlmApi, LlmClient } from '../api';
import { loadRows } from './loadRows';

describe('5,000 models', () => {
  const backend = new FakeBackend(
    Array.from({ length: 5_000 }, (_, index) =>
      fakeModel(
        {
          name: `model-${String(index).padStart(4, '0')}`,
          modelId: 'id',
          phase: 'Ready',
          stage: '',
          sinceMs: 0,
        },
        0,
      ),
    ),
  );
  const api = LlmClient.create({ fetchApi: fakeFetchApi(backend) });
  const load = (
    wanted: number,
    previous?: Awaited<ReturnType<typeof loadRows>>,
  ) => loadRows({ api, query: {}, wanted, previous });

  beforeEach(() => {
    backend.requests.length = 0;
  });

  it('cost one page at first', async () => {
    const list = await load(100);
    expect(list.items).toHaveLength(100);
    expect(list.totalItems).toBe(5_000);
    expect(backend.requests).toEqual(['/v1/models?limit=100']);
  });

  it('cost one small answer while nothing changes, however far one has scrolled', async () => {
    let list = await load(5_000);
    expect(list.items).toHaveLength(5_000);
    backend.requests.length = 0;
    list = await load(5_000, list);
    expect(list.items).toHaveLength(5_000);
    expect(backend.requests).toEqual(['/v1/models?limit=100']);
  });

  it('show how far downloads are while nothing else changes, down to the last of them', async () => {
    backend.change('model-0250', { phase: 'Downloading' });
    const list = await load(700);
    const moving: Pick<LlmApi, 'listModels'> = {
      listModels: async (query, signal) => {
        const answer = await api.listModels(query, signal);
        const items = answer.items.map(item => ({
          ...item,
          ...(item.phase === 'Downloading' && {
            download: { bytesDone: 5, bytesTotal: 9 },
          }),
        }));
        return { ...answer, items };
      },
    };
    backend.requests.length = 0;
    const next = await loadRows({
      api: moving,
      query: {},
      wanted: 700,
      previous: list,
    });
    expect(backend.requests).toEqual(['/v1/models?limit=251']);
    expect(next.items.map(({ uid }) => uid)).toEqual(
      list.items.map(({ uid }) => uid),
    );
    expect(next.items[250].download?.bytesDone).toBe(5);
    backend.change('model-0250', { phase: 'Ready' });
  });

  it('show what one may do now in rows far below, as far as they are in sight', async () => {
    const list = await load(5_000);
    backend.requests.length = 0;
    const granted = { state: 'granted', grantId: 'g', until: 'u' } as const;
    const [seen, hidden] = [list.items[3_000], list.items[3_500]];
    const patched: Pick<LlmApi, 'listModels'> = {
      // Access changes without the revision.
      listModels: async (query, signal) => {
        const answer = await api.listModels(query, signal);
        const items = answer.items.map(item => ({
          ...item,
          myAccess: granted,
        }));
        return { ...answer, items };
      },
    };
    const inSight = list.items.slice(2_990, 3_010).map(({ uid }) => uid);
    const next = await loadRows({
      api: patched,
      query: { access: list.items[0].access },
      wanted: 5_000,
      previous: list,
      inSight,
    });
    expect(backend.requests).toHaveLength(2);
    expect(backend.requests[1]).toBe(
      `/v1/models?uids=${encodeURIComponent(inSight.join(','))}&limit=20`,
    );
    expect(next.items.map(({ uid }) => uid)).toEqual(
      list.items.map(({ uid }) => uid),
    );
    expect(next.items[3_000]).toEqual({ ...seen, myAccess: granted });
    expect(next.items[3_500]).toBe(hidden);
    expect(next.items.filter(row => row.myAccess === granted)).toHaveLength(
      100 + 20,
    );
  });

  it('ask for no more than a hundred of the rows in sight, and for none that the first page brings', async () => {
    const list = await load(700);
    backend.requests.length = 0;
    await loadRows({
      api,
      query: {},
      wanted: 700,
      previous: list,
      inSight: list.items.map(({ uid }) => uid),
    });
    const [, rows] = backend.requests;
    const asked = new URL(rows, 'http://x').searchParams
      .get('uids')
      ?.split(',');
    expect(asked).toEqual(list.items.slice(100, 200).map(({ uid }) => uid));
    backend.requests.length = 0;
    await loadRows({
      api,
      query: {},
      wanted: 700,
      previous: list,
      inSight: list.items.slice(0, 30).map(({ uid }) => uid),
    });
    expect(backend.requests).toEqual(['/v1/models?limit=100']);
  });

  it('are read anew when something changed, and only as far as one has scrolled', async () => {
    const list = await load(700);
    backend.requests.length = 0;
    backend.change('model-0003', { phase: 'Error' });
    const next = await load(700, list);
    expect(next.items[3].phase).toBe('Error');
    expect(next.items.length).toBeGreaterThanOrEqual(600);
    expect(backend.requests.length).toBeLessThanOrEqual(3);
  });
});
