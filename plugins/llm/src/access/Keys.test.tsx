import { act, screen, waitFor, within } from '@testing-library/react';
import { UserEvent } from '@testing-library/user-event';
import { modelRef } from '../../dev/fakeAccessData';
import { failure } from '../../dev/fakeAnswers';
import { FakeBackend } from '../../dev/FakeBackend';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';
import { NOW, openAccess, rowOf } from './__testUtils__/accessPages';

describe('keys on the Access page', () => {
  let backend: FakeBackend;
  let user: UserEvent;

  beforeEach(() => {
    ({ backend, user } = openAccess());
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('shows a key once: it starts on Copy, closes only when it is stored, and leaves no trace', async () => {
    const { secret } = backend.access;
    const copied = jest.fn();
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => copied(text) },
    });
    const logs = (['log', 'info', 'warn', 'error', 'debug'] as const).map(
      level => jest.spyOn(console, level).mockImplementation(() => {}),
    );
    renderPlugin(backend, '/access');
    await user.click(await screen.findByRole('button', { name: 'Create key' }));
    const form = await screen.findByRole('dialog', { name: 'Create key' });
    await user.type(within(form).getByRole('textbox', { name: /Name/ }), 'ci');
    const models = await within(form).findAllByRole('checkbox');
    expect(models).toHaveLength(2);
    await user.click(
      within(form).getByRole('checkbox', { name: /devstral-small/ }),
    );
    await user.click(within(form).getByRole('button', { name: 'Create key' }));

    const dialog = await screen.findByRole('dialog', {
      name: 'Copy your key now',
    });
    expect(within(dialog).getByText(secret ?? 'none')).toBeVisible();
    const copy = within(dialog).getByRole('button', { name: 'Copy' });
    await waitFor(() => expect(copy).toHaveFocus());
    await user.keyboard('{Escape}');
    expect(dialog).toBeVisible();
    const done = within(dialog).getByRole('button', { name: 'Done' });
    expect(done).toBeDisabled();
    await user.click(copy);
    expect(copied).toHaveBeenCalledWith(secret);

    await user.click(
      within(dialog).getByRole('button', { name: 'Show a curl that uses it' }),
    );
    const curl = await within(dialog).findByRole('region', {
      name: 'curl with the key',
    });
    await waitFor(() => expect(curl).toHaveTextContent('Bearer $SLIPWAY_KEY'));
    expect(curl).not.toHaveTextContent(secret ?? 'none');
    expect(await accessibilityProblems()).toEqual([]);

    await user.click(
      within(dialog).getByRole('checkbox', { name: 'I have stored it' }),
    );
    await user.click(done);
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(await rowOf('My keys', /ci/)).toBeDefined();
    const traces = JSON.stringify([
      window.location.href,
      { ...window.localStorage },
      { ...window.sessionStorage },
      window.history.state,
      document.body.innerHTML,
      logs.flatMap(log => log.mock.calls.map(String)),
      backend.requests,
    ]);
    expect(traces).not.toContain(secret);
    logs.forEach(log => log.mockRestore());
  });

  it('keeps a key that is shown once until it is stored, whatever becomes of the page under it', async () => {
    const { secret } = backend.access;
    const [{ namespace, name }] = backend.models.filter(
      each => each.name === 'bge-m3',
    );
    backend.change(name, { myAccess: { state: 'open' } });
    renderPlugin(backend, `/models/${namespace}/${name}`);
    await user.click(await screen.findByRole('button', { name: 'Create key' }));
    const form = within(
      await screen.findByRole('dialog', { name: 'Create key' }),
    );
    await user.type(form.getByRole('textbox', { name: /Name/ }), 'ci');
    expect(await form.findByRole('checkbox', { name: /bge-m3/ })).toBeChecked();
    await user.click(form.getByRole('button', { name: 'Create key' }));
    const dialog = await screen.findByRole('dialog', {
      name: 'Copy your key now',
    });

    backend.models = [];
    backend.failing = {
      paths: /^\/v1\/tenants/,
      answer: failure(401, 'Your session has ended.', 'AuthenticationError'),
    };
    await act(() => jest.advanceTimersByTimeAsync(70_000));
    expect(document.body).toHaveTextContent(/There is nothing here/);
    expect(within(dialog).getByText(secret ?? 'none')).toBeVisible();
    await user.click(
      within(dialog).getByRole('checkbox', { name: 'I have stored it' }),
    );
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(document.body).not.toHaveTextContent(secret ?? 'none');
  });

  it('lets her leave a question that gets no answer, and shows the key when it comes after all', async () => {
    let answer = () => {};
    backend.slow = new Promise(resolve => {
      answer = resolve;
    });
    renderPlugin(backend, '/access');
    await user.click(await screen.findByRole('button', { name: 'Create key' }));
    const form = within(
      await screen.findByRole('dialog', { name: 'Create key' }),
    );
    await user.type(form.getByRole('textbox', { name: /Name/ }), 'ci');
    await user.click(await form.findByRole('checkbox', { name: /bge-m3/ }));
    await user.click(form.getByRole('button', { name: 'Create key' }));
    const cancel = form.getByRole('button', { name: 'Cancel' });
    expect(cancel).toBeDisabled();
    await act(() => jest.advanceTimersByTimeAsync(8_000));
    expect(form.getByText(/^No answer yet. You can leave/)).toBeVisible();
    await user.click(cancel);
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    await act(async () => answer());
    expect(
      await screen.findByRole('dialog', { name: 'Copy your key now' }),
    ).toBeVisible();
  });

  it('keeps what a key is for while its tenant is chosen, and takes only what is offered', async () => {
    const [apps] = backend.access.tenants;
    backend.access.tenants = [
      apps,
      { ...apps, name: 'research', displayName: 'Research' },
    ];
    const grantIn = (tenant: string) => ({
      model: modelRef('devstral-small'),
      modelId: 'devstral',
      by: { kind: 'grant' as const, grantId: tenant, until: '2027-01-01' },
      tenant,
    });
    backend.access.models = [
      grantIn('apps'),
      grantIn('research'),
      {
        model: modelRef('bge-m3'),
        modelId: 'bge',
        by: { kind: 'grant', grantId: 'g', until: '2027-01-01' },
        tenant: 'apps',
      },
    ];
    renderPlugin(backend, '/access');
    await user.click(await screen.findByRole('button', { name: 'Create key' }));
    const form = within(
      await screen.findByRole('dialog', { name: 'Create key' }),
    );
    await user.type(form.getByRole('textbox', { name: /Name/ }), 'ci');
    expect(await form.findAllByRole('checkbox')).toHaveLength(2);
    await user.click(form.getByRole('checkbox', { name: /devstral/ }));
    await user.click(form.getByRole('checkbox', { name: /bge/ }));
    await user.click(form.getByRole('button', { name: /Tenant/ }));
    await user.click(await screen.findByRole('option', { name: 'Research' }));
    expect(form.getByRole('checkbox', { name: /devstral/ })).toBeChecked();
    expect(form.queryByRole('checkbox', { name: /bge/ })).toBeNull();
    await user.click(form.getByRole('button', { name: 'Create key' }));
    await screen.findByRole('dialog', { name: 'Copy your key now' });
    expect(backend.access.changes[0].body).toMatchObject({
      tenant: 'research',
      models: [modelRef('devstral-small')],
    });
  });

  it('draws few of thousands of models, asks for them once, and finds the others', async () => {
    backend.access.models = Array.from({ length: 5_000 }, (_, index) => ({
      model: `models/m-${String(index).padStart(4, '0')}`,
      modelId: 'id',
      by: { kind: 'open' },
    }));
    renderPlugin(backend, '/access');
    expect(
      await screen.findByRole('link', { name: '4980 more' }),
    ).toHaveAttribute('href', '/models');
    backend.requests.length = 0;
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    const form = within(
      await screen.findByRole('dialog', { name: 'Create key' }),
    );
    expect(await form.findAllByRole('checkbox')).toHaveLength(50);
    expect(form.getByText(/^4950 more/)).toBeVisible();
    expect(
      backend.requests.filter(path => path === '/v1/access/models'),
    ).toHaveLength(1);
    await user.click(form.getByRole('checkbox', { name: /m-0000/ }));
    await user.type(form.getByRole('searchbox'), 'm-4999');
    await user.click(form.getByRole('checkbox', { name: /m-4999/ }));
    await user.type(form.getByRole('textbox', { name: /Name/ }), 'ci');
    await user.click(form.getByRole('button', { name: 'Create key' }));
    await screen.findByRole('dialog', { name: 'Copy your key now' });
    expect(backend.access.changes[0].body.models).toEqual([
      'models/m-0000',
      'models/m-4999',
    ]);
  });

  it('says so when the key of a lost answer can’t be shown any more', async () => {
    backend.access.secret = undefined;
    renderPlugin(backend, '/access');
    await user.click(
      await screen.findByRole('button', { name: 'Rotate laptop' }),
    );
    await user.click(
      await screen.findByRole('button', { name: 'Make the new key' }),
    );
    expect(
      await screen.findByText(/nobody can read the key back/),
    ).toBeVisible();
  });

  it('revokes a key, and ends one that leaked, after saying what that does', async () => {
    renderPlugin(backend, '/access');
    await user.click(
      await screen.findByRole('button', { name: 'Revoke laptop' }),
    );
    const dialog = await screen.findByRole('dialog', {
      name: 'Revoke laptop?',
    });
    expect(dialog).toHaveTextContent('It was last used 4 min ago.');
    await user.click(
      within(dialog).getByRole('button', { name: 'Revoke now' }),
    );
    await waitFor(() =>
      expect(screen.queryByText('laptop')).not.toBeInTheDocument(),
    );

    await user.click(screen.getByRole('button', { name: 'This key leaked' }));
    await user.click(
      await screen.findByRole('button', { name: 'End the leaked key' }),
    );
    expect(await screen.findByText('You have no key yet')).toBeVisible();
    expect(backend.access.changes.map(({ path }) => path)).toEqual([
      '/v1/keys/key-1/revoke',
      '/v1/keys/key-2/leaked',
    ]);
  });

  it('makes the key that an agent asked for in one’s own session, once', async () => {
    backend.access.claims = [
      {
        id: 'claim_1',
        name: 'agent',
        models: [{ model: modelRef('bge-m3') }],
        createdAt: new Date(NOW).toISOString(),
        expiresAt: new Date(NOW + 600_000).toISOString(),
      },
    ];
    backend.access.isBlocked = true;
    const blocked = renderPlugin(backend, '/access/claims/claim_1');
    expect(await screen.findByText('You are blocked')).toBeVisible();
    expect(await screen.findByText('agent')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Make the key' })).toBeNull();
    blocked.unmount();

    backend.access.isBlocked = false;
    renderPlugin(backend, '/access/claims/claim_1');
    await user.click(
      await screen.findByRole('button', { name: 'Make the key' }),
    );
    const dialog = await screen.findByRole('dialog', {
      name: 'Copy your key now',
    });
    await user.click(
      within(dialog).getByRole('checkbox', { name: 'I have stored it' }),
    );
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    expect(
      await screen.findByText('This key was made. It is under My keys.'),
    ).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Make the key' })).toBeNull();
  });

  it('says of an offer that is not there what to do now, and nothing about whose it was', async () => {
    renderPlugin(backend, '/access/claims/claim_2');
    expect(
      await screen.findByRole('heading', {
        name: 'There is nothing here, or it is not yours to see',
      }),
    ).toBeVisible();
    expect(screen.getByText(/Ask your agent again/)).toBeVisible();
    expect(screen.getByRole('link', { name: 'To my keys' })).toHaveAttribute(
      'href',
      '/access',
    );
  });
});
