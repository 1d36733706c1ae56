import { screen, waitFor, within } from '@testing-library/react';
import { UserEvent } from '@testing-library/user-event';
import { modelRef } from '../../dev/fakeAccessData';
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
