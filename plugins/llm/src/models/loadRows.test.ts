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
