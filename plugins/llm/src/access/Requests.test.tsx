import { screen, waitFor, within } from '@testing-library/react';
import { UserEvent } from '@testing-library/user-event';
import { failure } from '../../dev/fakeAnswers';
import { fakeRequest, modelRef } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { renderPlugin } from '../../dev/renderPlugin';
import { NOW, openAccess, rowOf } from './__testUtils__/accessPages';

describe('requests on the Access page', () => {
  let backend: FakeBackend;
  let user: UserEvent;

  beforeEach(() => {
    ({ backend, user } = openAccess());
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks for access, and shows what became of it', async () => {
    renderPlugin(backend, '/access');
    await user.click(
      await screen.findByRole('button', { name: 'Request access' }),
    );
    const dialog = await screen.findByRole('dialog', {
      name: 'Request access',
    });
    const send = within(dialog).getByRole('button', { name: 'Send request' });
    expect(send).toBeDisabled();
    await user.click(
      await within(dialog).findByRole('button', { name: /Model/ }),
    );
    const offered = await screen.findAllByRole('option');
    // What is open to her or granted is not hers to ask for again.
    expect(offered.map(option => option.textContent)).toEqual([
      'gemma-3-27b (google/gemma-3-27b-it)',
    ]);
    await user.click(offered[0]);
    await user.type(
      within(dialog).getByRole('textbox', { name: /Why/ }),
      'For the support desk',
    );
    await user.click(send);

    await screen.findByRole('dialog', { name: 'Your request is on its way' });
    expect(backend.access.changes).toMatchObject([
      {
        method: 'POST',
        path: '/v1/requests',
        body: {
          model: modelRef('gemma-3-27b'),
          reason: 'For the support desk',
          days: 90,
          tenant: 'apps',
        },
      },
    ]);
    await user.click(
      within(screen.getByRole('dialog')).getAllByRole('button', {
        name: 'Close',
      })[0],
    );
    const row = await rowOf('My grants', /gemma-3-27b/);
    expect(row.getByText('Requested')).toBeVisible();
    await user.click(
      row.getByRole('button', { name: 'Withdraw the request for gemma-3-27b' }),
    );
    await user.click(
      await screen.findByRole('button', { name: 'Withdraw request' }),
    );
    await waitFor(() =>
      expect(screen.queryByText('Requested')).not.toBeInTheDocument(),
    );
  });

  it('asks nothing where there is no model to ask for, and still offers to ask for a service', async () => {
    backend.access.models = backend.access.models.filter(({ by }) => by);
    renderPlugin(backend, '/access');
    await user.click(
      await screen.findByRole('button', { name: 'Request access' }),
    );
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Request access' }),
    );
    expect(
      await dialog.findByText(/There is no model to ask for/),
    ).toBeVisible();
    expect(dialog.queryByRole('textbox')).not.toBeInTheDocument();

    await user.click(dialog.getByRole('radio', { name: 'A service' }));
    expect(dialog.getByRole('button', { name: /Model/ })).toBeVisible();
    expect(dialog.getByRole('textbox', { name: /Why/ })).toBeVisible();
  });

  it('tells a refusal in the backend’s words, keeps what was typed, and a second try is the same change', async () => {
    backend.access.refusal = failure(
      400,
      'name: at most 100 characters, not 101.',
      'InputError',
    );
    renderPlugin(backend, '/access');
    await user.click(await screen.findByRole('button', { name: 'Create key' }));
    const form = await screen.findByRole('dialog', { name: 'Create key' });
    await user.type(within(form).getByRole('textbox', { name: /Name/ }), 'ci');
    await user.click(
      await within(form).findByRole('checkbox', { name: /bge-m3/ }),
    );
    const create = within(form).getByRole('button', { name: 'Create key' });
    await user.click(create);
    expect(await within(form).findByRole('alert')).toHaveTextContent(
      'name: at most 100 characters, not 101.',
    );
    expect(within(form).getByRole('textbox', { name: /Name/ })).toHaveValue(
      'ci',
    );
    await user.click(create);
    await screen.findByRole('dialog', { name: 'Copy your key now' });
    const [first, second] = backend.access.changes;
    expect(first.idempotencyKey).toMatch(/^[0-9a-f]{32}$/);
    expect(second.idempotencyKey).toBe(first.idempotencyKey);
  });

  it('goes on to a key for whom a rule approved the request', async () => {
    backend.access.services = [
      {
        tenant: 'apps',
        service: 'ticket-bot',
        models: [{ model: modelRef('gemma-3-27b'), modelId: 'gemma' }],
      },
    ];
    backend.access.approves = 'small';
    renderPlugin(backend, '/access');
    await user.click(
      await screen.findByRole('button', { name: 'Request access' }),
    );
    const ask = within(
      await screen.findByRole('dialog', { name: 'Request access' }),
    );
    await user.click(ask.getByRole('radio', { name: 'A service' }));
    await user.click(await ask.findByRole('button', { name: /Model/ }));
    await user.click(await screen.findByRole('option', { name: /gemma/ }));
    await user.type(
      ask.getByRole('textbox', { name: /Name of the service/ }),
      'ticket-bot',
    );
    await user.type(ask.getByRole('textbox', { name: /Why/ }), 'Support desk');
    await user.click(ask.getByRole('button', { name: 'Send request' }));
    const made = within(
      await screen.findByRole('dialog', { name: 'You have access' }),
    );
    await user.click(made.getByRole('button', { name: 'Create key' }));
    const form = within(
      await screen.findByRole('dialog', { name: 'Create key' }),
    );
    expect(form.getByRole('radio', { name: /service/i })).toBeChecked();
    expect(
      await form.findByRole('checkbox', { name: /gemma-3-27b/ }),
    ).toBeChecked();
    await user.type(form.getByRole('textbox', { name: /Name/ }), 'bot');
    await user.click(form.getByRole('button', { name: 'Create key' }));
    await screen.findByRole('dialog', { name: 'Copy your key now' });
    expect(backend.access.changes[1].body).toMatchObject({
      tenant: 'apps',
      service: 'ticket-bot',
      models: [modelRef('gemma-3-27b')],
    });
  });

  it('offers no request to who could not make one, and says when a question can’t be shown', async () => {
    backend.access.tenants = [];
    const outsider = renderPlugin(backend, '/access/requests', {
      permissions: ['llm.access.use', 'llm.access.read.all'],
    });
    expect(
      await screen.findByText('You have not asked for anything yet'),
    ).toBeVisible();
    expect(
      screen.queryByRole('button', { name: 'Request access' }),
    ).not.toBeInTheDocument();
    outsider.unmount();

    ({ backend, user } = openAccess());
    backend.access.requests = [
      fakeRequest(
        {
          id: 'request-9',
          model: modelRef('gemma-3-27b'),
          waitsFor: 'requester',
          mySteps: ['answer', 'withdraw'],
        },
        NOW,
      ),
    ];
    backend.failing = {
      paths: /request-9/,
      answer: failure(503, 'The database is away.'),
    };
    renderPlugin(backend, '/access/requests');
    await user.click(await screen.findByRole('button', { name: /^Answer/ }));
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'What you were asked can’t be shown',
    );
  });

  it('shows the request that a link names', async () => {
    backend.access.requests = [
      fakeRequest(
        {
          id: 'request-9',
          model: modelRef('gemma-3-27b'),
          waitsFor: 'requester',
          mySteps: ['answer', 'withdraw'],
          comments: [
            {
              step: 'ask-back',
              author: 'user:default/jonas',
              comment: 'For how many people?',
              at: '2026-11-20T10:00:00.000Z',
            },
          ],
        },
        NOW,
      ),
    ];
    renderPlugin(backend, '/access/requests?request=request-9');
    const dialog = await screen.findByRole('dialog', {
      name: 'Request for gemma-3-27b',
    });
    expect(within(dialog).getByText('For how many people?')).toBeVisible();
    expect(within(dialog).getByText('Asks you back')).toBeVisible();
  });
});
