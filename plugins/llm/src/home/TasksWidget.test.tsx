import { screen, waitFor, within } from '@testing-library/react';
import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import { identityApiRef } from '@backstage/frontend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import {
  fakeGrant,
  fakeKey,
  fakeRequest,
  fillAccess,
  modelRef,
} from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeFetchApi } from '../../dev/fakeBackendModule';
import { accessibilityProblems } from '../../dev/renderPlugin';
import { AccessClient, accessApiRef, LlmClient, llmApiRef } from '../api';
import { accessRouteRef, approvalsRouteRef } from '../routes';
import { TasksWidget } from './TasksWidget';

const DAY_MS = 86_400_000;
const model = modelRef('gemma-3-27b');

function renderWidget(backend: FakeBackend, failure?: Error) {
  const fetchApi = fakeFetchApi(backend);
  return renderInTestApp(<TasksWidget />, {
    apis: [
      [llmApiRef, LlmClient.create({ fetchApi })],
      [accessApiRef, AccessClient.create({ fetchApi })],
      [
        identityApiRef,
        mockApis.identity({
          userEntityRef: backend.access.me,
          ownershipEntityRefs: [backend.access.me],
        }),
      ],
      [
        permissionApiRef,
        mockApis.permission({
          authorize: ({ permission }) => {
            if (failure) {
              throw failure;
            }
            return ['llm.access.use', 'llm.request.approve'].includes(
              permission.name,
            )
              ? AuthorizeResult.ALLOW
              : AuthorizeResult.DENY;
          },
        }),
      ],
    ],
    mountedRoutes: {
      '/access': accessRouteRef,
      '/approvals': approvalsRouteRef,
    },
  });
}

describe('what needs me, on Home', () => {
  let backend: FakeBackend;
  const now = Date.now();
  const inDays = (days: number) => new Date(now + days * DAY_MS).toISOString();

  beforeEach(() => {
    backend = new FakeBackend([]);
    const { access } = backend;
    fillAccess(access, now);
    access.tenants = access.tenants.map(tenant => ({
      ...tenant,
      myRole: 'owner',
    }));
  });

  const settled = () =>
    waitFor(() =>
      expect(backend.requests.join()).toMatch(
        /keys.*scope=mine|scope=mine.*keys/,
      ),
    );

  it('leads to each thing that waits, with how many there are', async () => {
    const { access } = backend;
    access.requests = ['a', 'b'].map(id =>
      fakeRequest(
        { id, model, requester: 'user:default/nils', expiresAt: inDays(1.5) },
        now,
      ),
    );
    access.grants = [
      fakeGrant({ id: 'mine', model, expiresAt: inDays(5.5) }, now),
      fakeGrant(
        {
          id: 'hers',
          model,
          requestedBy: 'user:default/nils',
          confirmBy: inDays(12),
          myActions: ['recertify'],
        },
        now,
      ),
    ];
    access.keys = [
      fakeKey({ id: 'k', name: 'ci', expiresAt: inDays(3.5) }, now),
    ];
    renderWidget(backend);
    const card = within(
      await screen.findByRole('region', { name: 'Needs you' }),
    );
    expect(card.getByText('5')).toBeVisible();
    const tasks = card.getAllByRole('listitem').map(item => {
      const link = within(item).getByRole('link');
      return [item.textContent, link.getAttribute('href')];
    });
    expect(tasks).toEqual([
      [
        '2 requests wait for your decisionThe first is for gemma-3-27b and times out in 1 d.Review',
        '/approvals',
      ],
      [
        '1 of your keys ends within two weeksThe first is ci, in 3 d. Rotate it, or keep one that nobody used.See keys',
        '/access',
      ],
      [
        '1 of your grants ends within two weeksThe first is for gemma-3-27b, in 5 d. Its keys end with it.Renew',
        '/access',
      ],
      [
        expect.stringMatching(
          /^1 grant is to be confirmedThe first by .*, for gemma-3-27b.Check grants$/,
        ),
        '/access/people?state=due',
      ],
    ]);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('is not there where nothing waits', async () => {
    backend.access.grants = [];
    backend.access.keys = [];
    const { container } = renderWidget(backend);
    await settled();
    await waitFor(() =>
      expect(
        screen.queryByRole('region', { name: 'Needs you' }),
      ).not.toBeInTheDocument(),
    );
    expect(container).not.toHaveTextContent(/Needs you|tenant/);
  });

  it('says that it does not know where nobody says what she may do: nothing there would mean that nothing waits', async () => {
    renderWidget(backend, new Error('503'));
    const card = await screen.findByRole('region', { name: 'Needs you' });
    expect(card).toHaveTextContent(
      'The portal can’t say now what waits for you.',
    );
  });

  it('says to somebody in no tenant that she is in none, and asks for no list that she can’t open', async () => {
    backend.access.tenants = [];
    renderWidget(backend);
    expect(
      await screen.findByText('You are not in a tenant yet'),
    ).toBeVisible();
    expect(
      screen.queryByRole('region', { name: 'Needs you' }),
    ).not.toBeInTheDocument();
    expect(backend.requests.join()).not.toMatch(/grants|keys|requests/);
  });

  it('says to whom the kill switch stops that every call of hers is refused', async () => {
    backend.access.isBlocked = true;
    renderWidget(backend);
    expect(await screen.findByText('You are blocked')).toBeVisible();
    expect(screen.getByText(/every call is refused/)).toBeVisible();
  });
});
