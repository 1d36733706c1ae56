import {
  act,
  fireEvent,
  screen,
  waitFor,
  within,
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { CallRefusal } from '@slipway/plugin-llm-common';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeModel, fakeModels } from '../../dev/fakeModels';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';

const NOW = Date.parse('2026-11-20T10:42:00Z');

function rowOf(name: string): HTMLElement {
  const row = screen.getByRole('link', { name }).closest('tr');
  if (!row) {
    throw new Error(`no row for ${name}`);
  }
  return row;
}

const names = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map(row => within(row).getAllByRole('link')[0].textContent);

describe('Models page', () => {
  let backend: FakeBackend;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW, advanceTimers: true });
    window.localStorage.clear();
    backend = new FakeBackend(fakeModels(NOW));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('says of each model its phase in words, its shape, who may call it and the next step', async () => {
    renderPlugin(backend, '/models');

    const ready = within(
      (await screen.findByRole('link', { name: 'devstral-small' })).closest(
        'tr',
      )!,
    );
    expect(ready.getByText('Ready')).toBeVisible();
    expect(ready.getByText('Serving for 23 d')).toBeVisible();
    expect(ready.getByText('3/3')).toBeVisible();
    expect(ready.getByText('3 × NVIDIA')).toBeVisible();
    expect(ready.getByText('developers')).toBeVisible();
    expect(ready.getByText('Ext, Int')).toBeVisible();
    expect(ready.getByText('Callable now')).toBeVisible();
    expect(
      ready.getByRole('link', { name: 'Call it: devstral-small' }),
    ).toHaveAttribute(
      'href',
      '/models/llm-operator-system/devstral-small#call',
    );

    const downloading = within(rowOf('qwen3-coder-480b'));
    expect(downloading.getByText('312.4 of 449.0 GiB')).toBeVisible();
    expect(
      downloading.getByRole('progressbar', { name: 'Download' }),
    ).toHaveAttribute('aria-valuetext', '312.4 of 449.0 GiB');
    expect(downloading.getByText('None yet')).toBeVisible();
    expect(downloading.getByText('Not callable yet')).toBeVisible();

    const broken = within(rowOf('llama-guard-4-12b'));
    expect(
      broken.getByText('Weights refused: licence not accepted'),
    ).toBeVisible();
    expect(
      broken.getByRole('link', { name: 'See why: llama-guard-4-12b' }),
    ).toBeVisible();

    const foreign = within(rowOf('gemma-3-27b'));
    expect(foreign.getByText('On request')).toBeVisible();
    expect(screen.getByText('9 models you may use or ask for')).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('leaves search, filters and order to the server, and keeps them in the address', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, '/models');
    await screen.findByRole('link', { name: 'bge-m3' });

    await user.click(screen.getByRole('button', { name: 'Ready 4' }));
    await waitFor(() =>
      expect(names()).toEqual([
        'bge-m3',
        'devstral-small',
        'qwen3-embedding-8b',
        'qwen3.5-35b-a3b',
      ]),
    );
    expect(screen.getByRole('button', { name: 'Ready 4' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    expect(screen.getByRole('button', { name: 'All 9' })).toHaveAttribute(
      'aria-pressed',
      'false',
    );

    await user.type(
      screen.getByRole('searchbox', { name: 'Search models' }),
      'qwen',
    );
    await waitFor(() =>
      expect(names()).toEqual(['qwen3-embedding-8b', 'qwen3.5-35b-a3b']),
    );

    await user.click(screen.getByRole('button', { name: 'Model' }));
    await waitFor(() =>
      expect(names()).toEqual(['qwen3.5-35b-a3b', 'qwen3-embedding-8b']),
    );
    expect(screen.getByRole('columnheader', { name: 'Model' })).toHaveAttribute(
      'aria-sort',
      'descending',
    );

    const last = new URL(backend.requests.at(-1) ?? '', 'http://llm')
      .searchParams;
    expect(Object.fromEntries(last)).toMatchObject({
      search: 'qwen',
      phases: 'Ready',
      order: 'desc',
    });
  });

  it('says which filters hide everything, and how to get out', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, '/models?search=guard&phases=Ready');

    expect(
      await screen.findByText('No model matches “guard”, Ready'),
    ).toBeVisible();
    expect(
      screen.getByText(
        '2 filters are on. Without the phase filter there would be 1 match.',
      ),
    ).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Show all phases' }));
    expect(
      await screen.findByRole('link', { name: 'llama-guard-4-12b' }),
    ).toBeVisible();
  });

  it('does not use the words of a filtered list where there is no model at all', async () => {
    backend.models = [];
    renderPlugin(backend, '/models');
    expect(await screen.findByText('No models yet')).toBeVisible();
    expect(screen.queryByText(/matches/)).not.toBeInTheDocument();
  });

  it('follows a nudge in place and announces the phase; a new order waits until it is asked for', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, '/models');
    await screen.findByRole('link', { name: 'bge-m3' });
    const before = names();

    act(() => {
      backend.models = [
        ...backend.models,
        fakeModel(
          {
            name: 'codestral',
            modelId: 'mistralai/codestral',
            phase: 'Pending',
            stage: 'Waits',
            sinceMs: 0,
          },
          NOW,
        ),
      ];
      backend.change('mistral-small-3.2', {
        phase: 'Ready',
        stage: 'Serving',
        replicas: { ready: 1, desired: 1 },
      });
    });
    await act(() => jest.advanceTimersByTimeAsync(1_000));

    await waitFor(() =>
      expect(
        within(rowOf('mistral-small-3.2')).getByText('Ready'),
      ).toBeVisible(),
    );
    expect(screen.getByText('mistral-small-3.2 is Ready')).toBeInTheDocument();
    expect(names()).toEqual(before);

    await user.click(
      await screen.findByRole('button', { name: '1 changed, show' }),
    );
    expect(names()).toEqual(
      [...before, 'codestral'].sort((a, b) =>
        String(a).localeCompare(String(b)),
      ),
    );
    expect(
      screen.queryByRole('button', { name: /changed, show/ }),
    ).not.toBeInTheDocument();
  });

  it('keeps its rows when the portal is lost, stops calling them live, and says so after a minute', async () => {
    renderPlugin(backend, '/models');
    await screen.findByRole('link', { name: 'bge-m3' });
    expect(screen.getByText('Live')).toBeVisible();

    backend.failure = {
      status: 503,
      contentType: 'application/json',
      body: JSON.stringify({
        error: { name: 'ServiceUnavailableError', message: 'down' },
        response: { statusCode: 503 },
      }),
    };
    await act(() => jest.advanceTimersByTimeAsync(20_000));
    expect(screen.queryByText('Live')).not.toBeInTheDocument();
    expect(screen.getByText(/^As of \d\d:\d\d$/)).toBeVisible();
    expect(screen.queryByText(/No news/)).not.toBeInTheDocument();

    await act(() => jest.advanceTimersByTimeAsync(50_000));
    expect(screen.getByText(/^No news for 1 min$/)).toBeVisible();
    // What is read aloud changes with what happened, not with each second.
    const aloud = () =>
      screen.getAllByRole('status').map(({ textContent }) => textContent);
    const said = aloud();
    expect(said.join()).toMatch(/The connection to the portal is lost/);
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(aloud()).toEqual(said);
    expect(
      screen.getByText(/The connection to the portal is lost/),
    ).toBeVisible();
    expect(screen.getByRole('link', { name: 'bge-m3' })).toBeVisible();

    backend.failure = undefined;
    fireEvent.click(screen.getByRole('button', { name: 'Try now' }));
    await waitFor(() =>
      expect(screen.queryByText(/No news/)).not.toBeInTheDocument(),
    );
  });

  it.each([-120_000, 120_000])(
    'is live where the clock of the laptop is %d ms off, and says so when the cluster is silent',
    async aheadMs => {
      backend.clockAheadMs = aheadMs;
      const live = renderPlugin(backend, '/models');
      await screen.findByRole('link', { name: 'bge-m3' });
      expect(screen.getByText('Live')).toBeVisible();
      expect(screen.queryByText(/No news/)).not.toBeInTheDocument();
      live.unmount();

      backend.silentForMs = 120_000;
      renderPlugin(backend, '/models');
      expect(await screen.findByText('No news for 2 min')).toBeVisible();
      expect(screen.getByText(/hears nothing from the cluster/)).toBeVisible();
    },
  );

  it('names the window after the page', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, '/models');
    const link = await screen.findByRole('link', { name: 'bge-m3' });
    expect(document.title).toMatch(/^Models/);
    await user.click(link);
    await screen.findByRole('heading', { level: 1, name: 'bge-m3' });
    expect(document.title).toMatch(/^bge-m3/);
    await user.click(screen.getAllByRole('link', { name: 'Models' })[0]);
    await screen.findByRole('heading', { level: 1, name: 'Models' });
    expect(document.title).toMatch(/^Models/);
  });

  it('says what failed when there is nothing to keep, and tries again on request', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    backend.failure = {
      status: 500,
      contentType: 'application/json',
      body: JSON.stringify({
        error: { name: 'Error', message: 'the cluster does not answer' },
        response: { statusCode: 500 },
      }),
    };
    renderPlugin(backend, '/models');
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'the cluster does not answer',
    );
    backend.failure = undefined;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'bge-m3' })).toBeVisible();
  });

  it('can be worked by keys, which can be switched off', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, '/models');
    await screen.findByRole('link', { name: 'bge-m3' });

    await user.keyboard('/');
    const search = screen.getByRole('searchbox', { name: 'Search models' });
    expect(search).toHaveFocus();
    await user.keyboard('jk');
    expect(search).toHaveValue('jk');
    await user.keyboard('{Escape}');
    expect(search).toHaveValue('');
    await user.keyboard('{Escape}');
    expect(search).not.toHaveFocus();

    await screen.findByRole('link', { name: 'bge-m3' });
    await user.keyboard('j');
    await waitFor(() =>
      expect(screen.getByRole('link', { name: 'bge-m3' })).toHaveFocus(),
    );
    await user.keyboard('jj');
    await waitFor(() =>
      expect(document.activeElement).toHaveTextContent(
        /devstral-small|gemma-3-27b/,
      ),
    );
    await user.keyboard('k');

    await user.keyboard('?');
    const dialog = await screen.findByRole('dialog', {
      name: 'Keyboard shortcuts',
    });
    await user.click(
      within(dialog).getByRole('switch', { name: 'Use these shortcuts' }),
    );
    await user.click(
      within(dialog).getAllByRole('button', { name: 'Close' })[0],
    );
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    await user.keyboard('/');
    expect(search).not.toHaveFocus();
  });

  const refuse = (because: CallRefusal) => {
    for (const { name } of backend.models) {
      backend.change(name, { myAccess: { state: 'refused', because } });
    }
  };

  describe('for whom the kill switch stops', () => {
    it('says first that she is blocked and whom to ask, and promises no call', async () => {
      backend.access.isBlocked = true;
      refuse('user-blocked');
      renderPlugin(backend, '/models');
      expect(
        await screen.findByText(/^An administrator has blocked user:default/),
      ).toHaveTextContent(/every call is refused.*Ask a platform admin/);
      const row = within(
        (await screen.findByRole('link', { name: 'bge-m3' })).closest('tr')!,
      );
      expect(row.getByText('You are blocked')).toBeVisible();
      expect(row.getByRole('link', { name: 'Details: bge-m3' })).toBeVisible();
      expect(screen.queryByText('See blocks')).not.toBeInTheDocument();
      expect(document.body).not.toHaveTextContent(
        /Open to (you|me)|Call it|Callable|Ask for it|may use/,
      );
      expect(await accessibilityProblems()).toEqual([]);
    });

    it('tells a blocked tenant by its name', async () => {
      const [apps] = backend.access.tenants;
      backend.access.tenants = [{ ...apps, isBlocked: true }];
      refuse('tenant-blocked');
      renderPlugin(backend, '/models');
      expect(
        await screen.findByText('Your tenant Apps is blocked'),
      ).toBeVisible();
      expect((await screen.findAllByText('Tenant blocked')).length).toBe(9);
    });

    it('says of a blocked model alone that it is, to everybody', async () => {
      backend.change('bge-m3', {
        myAccess: { state: 'refused', because: 'model-blocked' },
      });
      const everything = renderPlugin(backend, '/models');
      const row = within(
        (await screen.findByRole('link', { name: 'bge-m3' })).closest('tr')!,
      );
      expect(row.getByText('Blocked')).toBeVisible();
      expect(row.getByText('Refused for everybody')).toBeVisible();
      expect(row.getByRole('link', { name: 'Details: bge-m3' })).toBeVisible();
      expect(
        (await screen.findAllByText('Callable now')).length,
      ).toBeGreaterThan(0);
      expect(screen.queryByText('You are blocked')).not.toBeInTheDocument();
      // It is among what she sees, and not among what she may use.
      expect(
        screen.getByText(
          '8 models you may use or ask for, 1 blocked for everybody',
        ),
      ).toBeVisible();
      everything.unmount();

      renderPlugin(backend, '/models?access=open');
      expect(await screen.findByText(/models? match/)).toBeVisible();
      expect(
        screen.queryByRole('link', { name: 'bge-m3' }),
      ).not.toBeInTheDocument();
    });
  });

  describe('for somebody in no tenant', () => {
    it('says first that she is in none and whom to tell, and offers neither to call nor to ask', async () => {
      backend.access.me = 'user:default/otto';
      backend.access.tenants = [];
      refuse('no-tenant');
      renderPlugin(backend, '/models');
      expect(
        await screen.findByText('You are not in a tenant yet'),
      ).toBeVisible();
      expect(
        screen.getByText(
          /^Until you are in one, every call is refused, and you can’t ask .* this account: user:default\/otto/,
        ),
      ).toBeVisible();
      const row = within(
        (await screen.findByRole('link', { name: 'bge-m3' })).closest('tr')!,
      );
      expect(row.getByText('No tenant yet')).toBeVisible();
      expect(row.getByText('Everyone in a tenant')).toBeVisible();
      expect(row.getByRole('link', { name: 'Details: bge-m3' })).toBeVisible();
      expect(screen.getByText('9 models')).toBeVisible();
      expect(document.body).not.toHaveTextContent(
        /Open to (you|me)|Call it|Callable|Ask for it|may use/,
      );
      expect(await accessibilityProblems()).toEqual([]);
    });

    it('says the same where there is no model to see', async () => {
      backend.models = [];
      backend.access.tenants = [];
      renderPlugin(backend, '/models');
      expect(await screen.findByText('No models yet')).toBeVisible();
      expect(
        await screen.findByText('You are not in a tenant yet'),
      ).toBeVisible();
    });

    it('says nothing of it where the gateway asks no authorizer', async () => {
      backend.access.tenants = [];
      backend.access.judge = 'gateway';
      renderPlugin(backend, '/models');
      expect((await screen.findAllByText('Callable now')).length).not.toBe(0);
      expect(screen.getByText(/models you may use/)).toBeVisible();
      expect(screen.queryByText(/not in a tenant/)).not.toBeInTheDocument();
    });

    it('tells a suspended tenant by its name', async () => {
      const [apps] = backend.access.tenants;
      backend.access.tenants = [{ ...apps, state: 'suspended' }];
      refuse('tenant-suspended');
      renderPlugin(backend, '/models');
      expect(
        await screen.findByText('Your tenant Apps is suspended'),
      ).toBeVisible();
      expect((await screen.findAllByText('Tenant suspended')).length).toBe(9);
    });
  });
});
