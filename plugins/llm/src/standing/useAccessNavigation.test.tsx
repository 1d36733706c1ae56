import { ReactNode } from 'react';
import { act, renderHook, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { mockApis, TestApiProvider } from '@backstage/frontend-test-utils';
import { identityApiRef } from '@backstage/frontend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import { fillAccess } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeFetchApi } from '../../dev/fakeBackendModule';
import { fakeModels } from '../../dev/fakeModels';
import { renderPlugin } from '../../dev/renderPlugin';
import { AccessClient, accessApiRef, LlmClient, llmApiRef } from '../api';
import { useAccessNavigation } from './useAccessNavigation';

const NOW = Date.parse('2026-11-20T10:42:00Z');

describe('what somebody may open, while the portal rolls', () => {
  let backend: FakeBackend;
  let down: Error | undefined;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW, advanceTimers: true });
    backend = new FakeBackend(fakeModels(NOW));
    fillAccess(backend.access, NOW);
    down = new Error('Request failed with 503 Service Unavailable');
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('is in the sidebar as soon as the portal answers, without a reload', async () => {
    const fetchApi = fakeFetchApi(backend);
    const wrapper = ({ children }: { children: ReactNode }) => (
      <TestApiProvider
        apis={[
          [llmApiRef, LlmClient.create({ fetchApi })],
          [accessApiRef, AccessClient.create({ fetchApi })],
          [
            identityApiRef,
            mockApis.identity({ userEntityRef: backend.access.me }),
          ],
          [
            permissionApiRef,
            mockApis.permission({
              authorize: () => {
                if (down) {
                  throw down;
                }
                return AuthorizeResult.ALLOW;
              },
            }),
          ],
        ]}
      >
        {children}
      </TestApiProvider>
    );
    const { result } = renderHook(() => useAccessNavigation(), { wrapper });
    await act(() => jest.advanceTimersByTimeAsync(1_000));
    expect(result.current.access.shown).toBe(false);
    down = undefined;
    await act(() => jest.advanceTimersByTimeAsync(2_000));
    await waitFor(() => expect(result.current.access.shown).toBe(true));
  });

  it('is on the page after "Try again"', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, '/access', { permissionFailure: () => down });
    const again = await screen.findByRole('button', { name: 'Try again' });
    down = undefined;
    await user.click(again);
    expect(
      await screen.findByRole('table', { name: 'My grants' }),
    ).toBeVisible();
  });

  it('is asked for now and then, however often models change', async () => {
    renderPlugin(backend, '/access');
    await screen.findByRole('table', { name: 'My grants' });
    backend.requests.length = 0;
    const changes = Array.from({ length: 10 }, () => () => backend.touch());
    for (const change of changes) {
      await act(() => jest.advanceTimersByTimeAsync(1_000));
      act(change);
    }
    const asked = (path: string) =>
      backend.requests.filter(each => each.startsWith(path)).length;
    expect(asked('/v1/tenants')).toBeLessThanOrEqual(2);
    expect(asked('/v1/keys')).toBeLessThanOrEqual(2);
    expect(asked('/v1/access/models')).toBeLessThanOrEqual(2);
  });
});
