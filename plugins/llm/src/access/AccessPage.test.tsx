import { act, screen, within } from '@testing-library/react';
import { UserEvent } from '@testing-library/user-event';
import { modelRef } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';
import { openAccess, rowOf } from './__testUtils__/accessPages';

describe('Access page', () => {
  let backend: FakeBackend;
  let user: UserEvent;

  beforeEach(() => {
    ({ backend, user } = openAccess());
  });

  afterEach(() => {
    jest.useRealTimers();
  });

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
          by: 'authorizer',
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

    // What comes of it stays, although the answer has no such step any more.
    const dialog = within(screen.getByRole('dialog'));
    await user.type(
      dialog.getByRole('textbox', { name: /Why/ }),
      'For the support desk',
    );
    const { broken, ...walked } = backend.access.why;
    const waiting = broken && { ...broken, action: undefined };
    backend.access.why = { ...walked, broken: waiting };
    await user.click(dialog.getByRole('button', { name: 'Send request' }));
    expect(
      await screen.findByRole('dialog', { name: 'Your request is on its way' }),
    ).toBeVisible();
    backend.access.why = { ...walked, callable: true, links: [] };
    act(() => backend.touch());
    await act(() => jest.advanceTimersByTimeAsync(9_000));
    expect(
      screen.getByRole('dialog', { name: 'Your request is on its way' }),
    ).toBeVisible();
  });
});
