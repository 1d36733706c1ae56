import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { AccessStanding, BlockedBy } from '@slipway/plugin-llm-common';
import { failure } from '../../dev/fakeAnswers';
import { fakeRequest, fillAccess, modelRef } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeModels } from '../../dev/fakeModels';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';

const NOW = Date.parse('2026-11-20T10:42:00Z');

describe('Access page', () => {
  let backend: FakeBackend;
  let user: ReturnType<typeof userEvent.setup>;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW, advanceTimers: true });
    window.localStorage.clear();
    backend = new FakeBackend(fakeModels(NOW));
    fillAccess(backend.access, NOW);
    user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const rowOf = async (table: string, name: RegExp) =>
    within(
      await within(
        await screen.findByRole('table', { name: table }),
      ).findByRole('row', { name }),
    );

  it('says of each grant its state, why I have it and until when, and what is open to me anyway', async () => {
    renderPlugin(backend, '/access');

    const ending = await rowOf('My grants', /llama-3\.3-70b/);
    expect(ending.getByText('Ends in 5 d')).toBeVisible();
    expect(ending.getByText('25 Nov 2026')).toBeVisible();
    expect(
      ending.getByRole('button', { name: 'Renew the grant for llama-3.3-70b' }),
    ).toBeVisible();
    const active = await rowOf('My grants', /devstral-small/);
    expect(active.getByText('Active')).toBeVisible();
    expect(active.getByText(/Approved by rule/)).toHaveTextContent(
      'Approved by rule auto-approve-small',
    );
    const dormant = await rowOf('My grants', /qwen3-coder-480b/);
    expect(dormant.getByText('Dormant')).toBeVisible();
    expect(dormant.getByText('until the tenant is active again')).toBeVisible();
    expect(screen.queryByText('qwen3-embedding-8b')).not.toBeInTheDocument();
    expect(
      await screen.findByText('Open to you, so you need no grant: bge-m3'),
    ).toBeVisible();

    const unused = await rowOf('My keys', /notebook/);
    expect(unused.getByText('Never')).toBeVisible();
    expect(unused.getByText('ends unused in 9 d')).toBeVisible();
    expect(unused.getByRole('button', { name: 'Keep notebook' })).toBeVisible();
    const used = await rowOf('My keys', /laptop/);
    expect(used.getByText('4 min ago')).toBeVisible();
    expect(used.queryByRole('button', { name: /Keep/ })).toBeNull();
    expect(await accessibilityProblems()).toEqual([]);
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

  it('tells the outsider that she is in no tenant and whom to tell, and nothing else', async () => {
    backend.access.tenants = [];
    renderPlugin(backend, '/access');
    expect(
      await screen.findByText('You are not in a tenant yet'),
    ).toBeVisible();
    expect(screen.getByText(/user:default\/mara/)).toBeVisible();
    expect(screen.queryByRole('table')).not.toBeInTheDocument();
    expect(screen.queryByRole('button')).not.toBeInTheDocument();
  });

  it('offers no request and no key to who is in no active tenant, and says why', async () => {
    const [apps] = backend.access.tenants;
    backend.access.tenants = [{ ...apps, myRole: 'owner', isMember: false }];
    backend.access.grants = [];
    const owner = renderPlugin(backend, '/access');
    expect(
      await screen.findByText('You are not in a tenant yet'),
    ).toBeVisible();
    expect(await screen.findByText('You have no grant yet')).toBeVisible();
    const offers = () =>
      screen.queryAllByRole('button', {
        name: /^(Request access|Create key)$/,
      });
    expect(offers()).toEqual([]);
    owner.unmount();

    backend.access.tenants = [{ ...apps, state: 'suspended' }];
    renderPlugin(backend, '/access');
    expect(
      await screen.findByText('Your tenant Apps is suspended'),
    ).toBeVisible();
    expect(offers()).toEqual([]);
  });

  it('calls nothing active that a block refuses, and offers no key for it', async () => {
    const [bge, devstral, gemma] = backend.access.models;
    backend.access.models = [
      { ...bge, by: undefined, refused: 'model-blocked' },
      { ...devstral, by: undefined, refused: 'model-blocked' },
      gemma,
    ];
    const stop = <T extends { standing: AccessStanding }>(
      row: T,
      because: BlockedBy,
    ): T => ({ ...row, standing: { state: 'blocked', because } });
    const { grants, keys } = backend.access;
    backend.access.grants = grants.map(each =>
      each.model === devstral.model ? stop(each, 'model-blocked') : each,
    );
    backend.access.keys = keys.map(each =>
      each.name === 'laptop' ? stop(each, 'key-blocked') : each,
    );
    const ofModel = renderPlugin(backend, '/access');
    const grant = await rowOf('My grants', /devstral-small/);
    expect(await grant.findByText('Blocked')).toBeVisible();
    expect(
      grant.getByText('until an admin lifts the block of the model'),
    ).toBeVisible();
    const laptop = await rowOf('My keys', /laptop/);
    expect(laptop.getByText('Blocked')).toBeVisible();
    expect(
      laptop.getByText('until an admin lifts the block of the key'),
    ).toBeVisible();
    expect(screen.queryByText(/^Open to you/)).not.toBeInTheDocument();
    const other = await rowOf('My grants', /llama-3\.3-70b/);
    expect(other.getByText('Ends in 5 d')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    expect(
      await screen.findByText(/^There is no model that this key could call/),
    ).toBeVisible();
    ofModel.unmount();

    backend.access.isBlocked = true;
    backend.access.grants = grants.map(each => stop(each, 'user-blocked'));
    renderPlugin(backend, '/access');
    expect(await screen.findByText('You are blocked')).toBeVisible();
    expect((await screen.findAllByText('Blocked')).length).toBeGreaterThan(1);
    expect(
      screen.queryByRole('button', { name: /^(Request access|Create key)$/ }),
    ).not.toBeInTheDocument();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('says that grants and keys count for nothing where the gateway asks no authorizer', async () => {
    backend.access.judge = 'gateway';
    renderPlugin(backend, '/access');
    expect(
      await screen.findByText('Grants and keys count for nothing here yet'),
    ).toBeVisible();
    expect(screen.getByRole('button', { name: 'Create key' })).toBeVisible();
  });

  it('offers only the tabs that one can open', async () => {
    renderPlugin(backend, '/access/blocks');
    const tabs = within(
      await screen.findByRole('navigation', { name: 'Access' }),
    );
    expect(tabs.getAllByRole('link').map(link => link.textContent)).toEqual([
      'Mine',
      'Requests',
      'Why can’t I call this?',
    ]);
    expect(tabs.getByRole('link', { name: 'Mine' })).toHaveAttribute(
      'aria-current',
      'page',
    );
    expect(backend.requests).not.toContain('/v1/blocks');
  });

  it('walks to the broken link, says who fixes it, and offers the next step', async () => {
    const model = modelRef('gemma-3-27b');
    backend.access.why = {
      model,
      modelId: 'google/gemma-3-27b-it',
      callable: false,
      links: [
        { name: 'identity', state: 'ok', text: 'mara, tenant Apps' },
        { name: 'grant', state: 'broken', text: 'You have no grant for it.' },
        { name: 'phase', state: 'warning', text: 'It is Pending.' },
      ],
      broken: {
        link: 'grant',
        answered: {
          status: 404,
          code: 'model_not_found',
          by: 'the authorizer',
        },
        who: ['group:default/research'],
        remedy: 'Ask for access; an owner of the model decides.',
        action: { kind: 'ask-for-access', model },
      },
    };
    renderPlugin(backend, `/access/why?model=${encodeURIComponent(model)}`);
    const walk = await screen.findByRole('list', {
      name: 'From the caller to the answer',
    });
    const steps = within(walk).getAllByRole('listitem');
    expect(steps[1]).toHaveAttribute('aria-current', 'step');
    expect(steps[1]).toHaveTextContent('Grant, broken');
    expect(steps[1]).toHaveTextContent('You have no grant for it.');
    expect(steps[1]).toHaveTextContent('404 from the authorizer');
    expect(steps[1]).toHaveTextContent('model_not_found');
    expect(steps[2]).toHaveTextContent('will stop you next');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(
      within(walk).getByRole('button', { name: 'Request access' }),
    );
    expect(
      await screen.findByRole('dialog', {
        name: 'Request access to gemma-3-27b',
      }),
    ).toBeVisible();
  });

  it('lets an admin stop somebody at once and lift it again, but not herself', async () => {
    const permissions = [
      'llm.access.use',
      'llm.request.approve',
      'llm.access.read.all',
      'llm.access.manage.all',
    ];
    const catalog = ['mara', 'otto'].map(name => ({
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'User',
      metadata: { name, namespace: 'default' },
    }));
    renderPlugin(backend, '/access/blocks', { permissions, catalog });
    expect(await screen.findByText('Nothing is blocked')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Block' }));
    const dialog = await screen.findByRole('dialog', { name: 'Block at once' });
    await user.click(within(dialog).getByRole('radio', { name: 'User' }));
    const choose = async (option: string) => {
      const name = /^User|User$/;
      await user.click(await within(dialog).findByRole('button', { name }));
      await user.click(await screen.findByRole('option', { name: option }));
    };
    await user.type(
      within(dialog).getByRole('textbox', { name: /Why/ }),
      'Key in a public repository',
    );
    await choose('mara');
    const block = within(dialog).getByRole('button', {
      name: 'Block the user',
    });
    expect(block).toBeDisabled();
    expect(within(dialog).getByText(/This is you/)).toBeVisible();
    await choose('otto');
    await user.click(block);
    const row = await rowOf('Blocks', /Key in a public repository/);
    expect(backend.access.changes[0].body).toEqual({
      target: 'user',
      ref: 'user:default/otto',
      reason: 'Key in a public repository',
    });
    await user.click(row.getByRole('button', { name: /Lift/ }));
    await user.click(
      await screen.findByRole('button', { name: 'Lift the block' }),
    );
    expect(await screen.findByText('Nothing is blocked')).toBeVisible();
  });

  it('takes an account for somebody whom the catalog does not know, or can’t list', async () => {
    const permissions = ['llm.access.use', 'llm.access.manage.all'];
    const openDialog = async () => {
      await user.click(await screen.findByRole('button', { name: 'Block' }));
      const dialog = await screen.findByRole('dialog', {
        name: 'Block at once',
      });
      await user.click(within(dialog).getByRole('radio', { name: 'User' }));
      await user.type(
        within(dialog).getByRole('textbox', { name: /Why/ }),
        'Left in anger',
      );
      return within(dialog);
    };
    const listed = renderPlugin(backend, '/access/blocks', {
      permissions,
      catalog: [],
    });
    const dialog = await openDialog();
    await user.click(
      await dialog.findByRole('button', { name: /Choose a person/ }),
    );
    await user.click(
      await screen.findByRole('option', { name: 'Somebody who is not listed' }),
    );
    await user.type(dialog.getByRole('textbox', { name: /Account/ }), 'Otto');
    await user.click(dialog.getByRole('button', { name: 'Block the user' }));
    await rowOf('Blocks', /Left in anger/);
    listed.unmount();

    renderPlugin(backend, '/access/blocks', { permissions });
    const typing = await openDialog();
    await user.type(typing.getByRole('textbox', { name: /User/ }), 'nils');
    await user.click(typing.getByRole('button', { name: 'Block the user' }));
    await rowOf('Blocks', /nils/);
    expect(backend.access.changes.map(({ body }) => body.ref)).toEqual([
      'user:default/otto',
      'user:default/nils',
    ]);
  });

  it('shows an owner who has access, and hands the list out as a file', async () => {
    const { access } = backend;
    access.tenants = access.tenants.map(tenant => ({
      ...tenant,
      myRole: 'owner',
    }));
    access.grants = access.grants.map(grant => ({
      ...grant,
      myActions: ['recertify', 'extend', 'revoke'],
    }));
    const saved: Blob[] = [];
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`,
      revokeObjectURL: () => {},
    });
    jest.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
    renderPlugin(
      backend,
      `/access/people?model=${encodeURIComponent(modelRef('llama-3.3-70b'))}`,
    );
    const table = within(
      await screen.findByRole('table', { name: 'Who has access' }),
    );
    expect(table.getAllByRole('row')).toHaveLength(2);
    await user.click(screen.getByRole('button', { name: 'Export CSV' }));
    await waitFor(() => expect(saved).toHaveLength(1));
    expect(saved[0].type).toBe('text/csv');
    expect(backend.requests).toContainEqual(
      expect.stringMatching(/^\/v1\/grants\/export\?scope=owned&model=/),
    );
    await user.click(
      table.getByRole('button', { name: /^Extend the grant of/ }),
    );
    await user.click(
      await screen.findByRole('button', { name: 'Extend the grant' }),
    );
    expect(await table.findByText('18 Feb 2027')).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);
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
});
