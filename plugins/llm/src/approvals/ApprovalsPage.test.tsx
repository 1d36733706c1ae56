import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RequestDetail } from '@slipway/plugin-llm-common';
import { fakeRequest, fillAccess, modelRef } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeModels } from '../../dev/fakeModels';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';

const NOW = Date.parse('2026-11-20T10:42:00Z');

describe('Approvals page', () => {
  let backend: FakeBackend;
  let user: ReturnType<typeof userEvent.setup>;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW, advanceTimers: true });
    window.localStorage.clear();
    backend = new FakeBackend(fakeModels(NOW));
    fillAccess(backend.access, NOW);
    const { access } = backend;
    access.me = 'user:default/jonas';
    access.tenants = access.tenants.map(tenant => ({
      ...tenant,
      myRole: 'owner',
    }));
    access.requests = [
      fakeRequest({ id: 'request-1', model: modelRef('llama-3.3-70b') }, NOW),
      fakeRequest({ id: 'request-2', model: modelRef('gemma-3-27b') }, NOW),
    ];
    user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const detail = async (name = /Apps asks for llama-3\.3-70b/) =>
    within(await screen.findByRole('article', { name }));

  /** Decides as another person would, elsewhere. */
  const decideElsewhere = (id: string) => {
    const { access } = backend;
    const decided: Partial<RequestDetail> = {
      state: 'approved',
      decidedBy: 'user:default/priya',
      decidedAt: '2026-11-20T10:41:00.000Z',
      mySteps: [],
    };
    access.requests = access.requests.map(request =>
      request.id === id ? { ...request, ...decided } : request,
    );
  };

  it('says on one screen who asks and why, and what a yes means', async () => {
    renderPlugin(backend, '/approvals');
    const shown = await detail();
    expect(
      shown.getByText('We summarise tickets for the support desk.'),
    ).toBeVisible();
    expect(shown.getByText(/About 20 calls a minute at noon/)).toBeVisible();
    expect(shown.getByText('1 of 2 replicas ready')).toBeVisible();
    expect(shown.getByText('8 × NVIDIA')).toBeVisible();
    expect(shown.getByText('4 of 16')).toBeVisible();
    const others = within(
      shown.getByRole('table', { name: 'Who else may call it' }),
    );
    expect(others.getAllByRole('row').map(row => row.textContent)).toEqual([
      'TenantGrantsKeys',
      'research34',
      'Other tenants2–',
    ]);
    expect(shown.getByText('No rule speaks about 90 days')).toBeVisible();
    expect(shown.getByText(/^Unknown: the model’s resource/)).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('approves for fewer days than were asked for, with what was said, and goes on', async () => {
    renderPlugin(backend, '/approvals');
    const shown = await detail();
    await user.click(shown.getByRole('button', { name: /For/ }));
    const days = await screen.findAllByRole('option');
    expect(days.map(option => option.textContent)).toEqual([
      '7 d, to 27 Nov 2026',
      '30 d, to 20 Dec 2026',
      '90 d, to 18 Feb 2027',
    ]);
    await user.click(days[1]);
    await user.type(
      shown.getByRole('textbox', { name: /Comment to mara/ }),
      'For the pilot',
    );
    await user.click(shown.getByRole('button', { name: 'Approve' }));
    expect(backend.access.changes).toMatchObject([
      {
        path: '/v1/requests/request-1/steps',
        body: { step: 'approve', comment: 'For the pilot', days: 30 },
      },
    ]);
    await detail(/gemma-3-27b/);
  });

  it('refuses and asks back only with words', async () => {
    renderPlugin(backend, '/approvals');
    const shown = await detail();
    for (const name of ['Reject', 'Ask back']) {
      await user.click(shown.getByRole('button', { name }));
      expect(shown.getByRole('alert')).toHaveTextContent(
        'Say why: mara reads it.',
      );
      expect(
        shown.getByRole('textbox', { name: /Comment to mara/ }),
      ).toHaveFocus();
    }
    expect(backend.access.changes).toEqual([]);
    await user.keyboard('How many calls?');
    await user.click(shown.getByRole('button', { name: 'Ask back' }));
    await waitFor(() =>
      expect(backend.access.changes).toMatchObject([
        { body: { step: 'ask-back', comment: 'How many calls?' } },
      ]),
    );
  });

  it('moves only the focus by a, b and r', async () => {
    renderPlugin(backend, '/approvals');
    const shown = await detail();
    for (const [key, name] of [
      ['a', 'Approve'],
      ['b', 'Ask back'],
      ['r', 'Reject'],
    ]) {
      await user.keyboard(key);
      expect(shown.getByRole('button', { name })).toHaveFocus();
    }
    expect(backend.access.changes).toEqual([]);
  });

  it('shows the second of two who decide at once what the first decided', async () => {
    renderPlugin(backend, '/approvals?request=request-1');
    const shown = await detail();
    act(() => decideElsewhere('request-1'));
    await user.click(shown.getByRole('button', { name: 'Approve' }));
    await waitFor(() =>
      expect(shown.getByRole('status')).toHaveTextContent(
        /Approved.*Decided by.*priya/,
      ),
    );
    expect(shown.queryByRole('button', { name: 'Approve' })).toBeNull();
    expect(shown.getByRole('link', { name: 'Next request' })).toHaveAttribute(
      'href',
      '/approvals?request=request-2',
    );
  });

  it('keeps the request that is being read and what is being written, whatever comes meanwhile', async () => {
    renderPlugin(backend, '/approvals');
    const shown = await detail();
    await user.type(
      shown.getByRole('textbox', { name: /Comment to mara/ }),
      'For the pilot',
    );
    backend.access.requests = [
      fakeRequest({ id: 'request-3', model: modelRef('bge-m3') }, NOW),
      ...backend.access.requests,
    ];
    await act(() => jest.advanceTimersByTimeAsync(9_000));
    expect(screen.getAllByRole('listitem')[0]).toHaveTextContent('bge-m3');
    expect(
      shown.getByRole('heading', { name: /llama-3\.3-70b/ }),
    ).toBeVisible();
    expect(shown.getByRole('textbox', { name: /Comment to mara/ })).toHaveValue(
      'For the pilot',
    );

    act(() => decideElsewhere('request-1'));
    await act(() => jest.advanceTimersByTimeAsync(9_000));
    expect(shown.getByRole('status')).toHaveTextContent(
      /Approved.*Decided by.*priya/,
    );
    expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
  });

  it('lets no double click decide the next request, too', async () => {
    renderPlugin(backend, '/approvals');
    const shown = await detail();
    await user.click(shown.getByRole('button', { name: 'Approve' }));
    const next = await detail(/gemma-3-27b/);
    const approve = next.getByRole('button', { name: 'Approve' });
    expect(approve).toBeDisabled();
    expect(next.getByRole('heading', { name: /gemma-3-27b/ })).toHaveFocus();
    await waitFor(() => expect(approve).toBeEnabled());
    expect(backend.access.changes).toHaveLength(1);
    await user.click(approve);
    await waitFor(() => expect(backend.access.changes).toHaveLength(2));
    expect(await screen.findByText('Nothing waits for you')).toBeVisible();
  });

  it('gives many the same answer, and says which could not be given', async () => {
    renderPlugin(backend, '/approvals');
    await detail();
    await user.click(screen.getByRole('button', { name: 'Select many' }));
    for (const model of ['llama-3.3-70b', 'gemma-3-27b']) {
      await user.click(
        screen.getByRole('checkbox', { name: `mara for ${model}` }),
      );
    }
    expect(screen.getByRole('button', { name: 'Reject 2' })).toBeDisabled();
    act(() => decideElsewhere('request-2'));
    await user.click(screen.getByRole('button', { name: 'Approve 2' }));
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /1 could not be decided.*gemma-3-27b: Request request-2 is approved since .*, by user:default\/priya\./,
    );
    expect(backend.access.requests[0]).toMatchObject({
      id: 'request-1',
      state: 'approved',
      decidedBy: 'user:default/jonas',
    });
  });

  it('shows the manifest of a new model, and asks for no time', async () => {
    backend.access.requests = [
      fakeRequest(
        {
          id: 'request-3',
          kind: 'new-model',
          model: modelRef('glm-5'),
          days: 0,
          newModel: { manifest: 'kind: LLMModel\nmetadata:\n  name: glm-5\n' },
        },
        NOW,
      ),
    ];
    renderPlugin(backend, '/approvals');
    const shown = await detail(/Apps asks for a new model: glm-5/);
    expect(
      shown.getByRole('region', { name: 'LLMModel asked for' }),
    ).toHaveTextContent('name: glm-5');
    expect(shown.getByText('It asks for')).toBeVisible();
    expect(shown.queryByRole('button', { name: /For/ })).toBeNull();
    await user.click(shown.getByRole('button', { name: 'Approve' }));
    await waitFor(() =>
      expect(backend.access.changes).toMatchObject([
        { body: { step: 'approve' } },
      ]),
    );
    expect(backend.access.changes[0].body).not.toHaveProperty('days');
  });

  it('shows the pull request of a new model, why it stopped, and lets an admin try again', async () => {
    const url = 'https://github.example.com/acme/models/pull/7';
    const since = new Date(NOW).toISOString();
    backend.access.requests = [
      fakeRequest(
        {
          id: 'request-3',
          kind: 'new-model',
          model: modelRef('glm-5'),
          days: 0,
          state: 'approved',
          mySteps: [],
          decidedBy: 'user:default/priya',
          decidedAt: since,
          progress: {
            state: 'stopped',
            pullRequest: { url, state: 'closed', since },
            problem: 'It was closed without being merged.',
            mayRetry: true,
          },
          newModel: {
            manifest: 'kind: LLMModel\n',
            problem: 'It was closed without being merged.',
          },
        },
        NOW,
      ),
    ];
    const { unmount } = renderPlugin(backend, '/approvals/decided');
    const row = within(await screen.findByRole('row', { name: /glm-5/ }));
    expect(
      row.getByRole('cell', { name: /Closed without a merge/ }),
    ).toBeVisible();
    expect(row.getByRole('link', { name: 'Pull request' })).toHaveAttribute(
      'href',
      url,
    );
    unmount();

    renderPlugin(backend, '/approvals?request=request-3');
    const shown = await detail(/Apps asks for a new model: glm-5/);
    expect(shown.getByRole('link', { name: 'Pull request' })).toHaveAttribute(
      'href',
      url,
    );
    expect(
      shown.getByText('It was closed without being merged.'),
    ).toBeVisible();
    await user.click(shown.getByRole('button', { name: 'Try again' }));
    expect(await shown.findByText('On its way')).toBeVisible();
    expect(shown.queryByRole('button', { name: 'Try again' })).toBeNull();
  });

  it('is not for who owns nothing: it names the page and who can open it', async () => {
    backend.access.tenants = backend.access.tenants.map(tenant => ({
      ...tenant,
      myRole: 'member',
    }));
    renderPlugin(backend, '/approvals');
    expect(
      await screen.findByText('Approvals is for owners of models and tenants'),
    ).toBeVisible();
    expect(screen.queryByText(/llama/)).not.toBeInTheDocument();
    expect(
      backend.requests.filter(path => path.startsWith('/v1/requests')),
    ).toEqual([]);
  });

  it('is for who owns a model, through a group too', async () => {
    backend.access.tenants = backend.access.tenants.map(tenant => ({
      ...tenant,
      myRole: 'member',
    }));
    renderPlugin(backend, '/approvals', {
      groups: ['group:default/research'],
    });
    const shown = await detail();
    expect(shown.getByRole('button', { name: 'Approve' })).toBeVisible();
  });

  it('shows the rules that decide before anybody does', async () => {
    backend.access.rules = [
      {
        name: 'auto-approve-small',
        models: [`${modelRef('x').split('/')[0]}/*`],
        maxDays: 30,
        decision: 'approve',
      },
      { name: 'big', decision: 'ask', approvers: 'model-owners' },
    ];
    renderPlugin(backend, '/approvals/rules');
    const table = within(await screen.findByRole('table', { name: 'Rules' }));
    expect(
      table.getByRole('row', {
        name: /auto-approve-small.*30 d Approved at once/,
      }),
    ).toBeVisible();
    expect(
      table.getByRole('row', { name: /big.*The model’s owners decide/ }),
    ).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);
  });
});
