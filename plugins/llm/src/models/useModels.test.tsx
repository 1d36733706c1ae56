import { ReactNode } from 'react';
import { act, renderHook, waitFor } from '@testing-library/react';
import { TestApiProvider } from '@backstage/frontend-test-utils';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeFetchApi } from '../../dev/fakeBackendModule';
import { fakeModel } from '../../dev/fakeModels';
import { LlmClient, llmApiRef } from '../api';
import { useModels } from './useModels';

const granted = { state: 'granted', grantId: 'g', until: 'u' } as const;

describe('rows far below', () => {
  let backend: FakeBackend;

  beforeEach(() => {
    jest.useFakeTimers({ advanceTimers: true });
    backend = new FakeBackend(
      Array.from({ length: 600 }, (_, index) =>
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
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** The page's rows, as far as somebody has scrolled who went back to the top. */
  async function scrolled() {
    const client = LlmClient.create({ fetchApi: fakeFetchApi(backend) });
    const { result } = renderHook(() => useModels({}), {
      wrapper: ({ children }: { children: ReactNode }) => (
        <TestApiProvider apis={[[llmApiRef, client]]}>
          {children}
        </TestApiProvider>
      ),
    });
    await waitFor(() => expect(result.current.rows).toHaveLength(100));
    act(() => result.current.loadMore());
    await waitFor(() => expect(result.current.rows).toHaveLength(600));
    backend.requests.length = 0;
    return result;
  }

  /** She is given access; no model changes by that. */
  const grant = () =>
    backend.models.forEach(model =>
      Object.assign(model, { myAccess: granted }),
    );
  const rowsAsked = () =>
    backend.requests.filter(request => request.includes('uids='));

  it('tell what one may do now soon after they come into sight, and no others are asked for', async () => {
    const result = await scrolled();
    grant();
    act(() => jest.advanceTimersByTime(20_000));
    await waitFor(() =>
      expect(result.current.rows[0].myAccess).toEqual(granted),
    );
    expect(rowsAsked()).toEqual([]);
    expect(result.current.rows[400].myAccess).not.toEqual(granted);

    // She scrolls past many rows and stops.
    act(() => result.current.see(result.current.rows.slice(300, 310)));
    act(() => result.current.see(result.current.rows.slice(400, 410)));
    act(() => jest.advanceTimersByTime(300));
    await waitFor(() =>
      expect(result.current.rows[400].myAccess).toEqual(granted),
    );
    expect(rowsAsked()).toHaveLength(1);
    expect(result.current.rows[300].myAccess).not.toEqual(granted);
  });

  it('stay fresh while they are in sight, at the pace of the page', async () => {
    const result = await scrolled();
    act(() => result.current.see(result.current.rows.slice(400, 410)));
    act(() => jest.advanceTimersByTime(300));
    // They were read a moment ago.
    expect(backend.requests).toEqual([]);
    grant();
    act(() => jest.advanceTimersByTime(8_000));
    await waitFor(() =>
      expect(result.current.rows[409].myAccess).toEqual(granted),
    );
    expect(backend.requests).toHaveLength(2);
  });

  it('leave when they are gone, although not all rows were read', async () => {
    const client = LlmClient.create({ fetchApi: fakeFetchApi(backend) });
    const { result } = renderHook(() => useModels({}), {
      wrapper: ({ children }: { children: ReactNode }) => (
        <TestApiProvider apis={[[llmApiRef, client]]}>
          {children}
        </TestApiProvider>
      ),
    });
    await waitFor(() => expect(result.current.rows).toHaveLength(100));
    const [first] = backend.models;
    const shown = () => result.current.rows.map(({ name }) => name);
    backend.models = backend.models.filter(({ name }) => name !== 'model-0005');
    act(() => backend.touch());
    await act(() => jest.advanceTimersByTimeAsync(9_000));
    await waitFor(() => expect(shown()).not.toContain('model-0005'));
    expect(result.current.pending).toBe(0);

    // One that is only further down stays where it was seen, and is asked for again.
    backend.models = [
      ...backend.models.slice(1),
      { ...first, name: 'model-9999', phase: 'Error' },
    ];
    act(() => backend.touch());
    await act(() => jest.advanceTimersByTimeAsync(9_000));
    await waitFor(() => expect(shown()[0]).toBe('model-9999'));
    expect(result.current.rows[0].phase).toBe('Error');
    expect(result.current.pending).toBe(1);
  });
});
