import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { fillAccess } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeModels } from '../../dev/fakeModels';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';

const NOW = Date.parse('2026-11-20T10:42:00Z');
const GIB = 1024 ** 3;
const page = (name: string) => `/models/llm-operator-system/${name}`;

describe('Model page', () => {
  let backend: FakeBackend;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW, advanceTimers: true });
    backend = new FakeBackend(fakeModels(NOW));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('tells of a download which stage it is in, how many bytes of how many, how fast and how long', async () => {
    renderPlugin(backend, page('qwen3-coder-480b'));

    expect(
      await screen.findByRole('heading', {
        level: 1,
        name: 'qwen3-coder-480b',
      }),
    ).toBeVisible();
    const stages = within(
      screen.getByRole('list', { name: 'From request to Ready' }),
    ).getAllByRole('listitem');
    expect(stages.map(stage => stage.getAttribute('aria-current'))).toEqual([
      null,
      'step',
      null,
      null,
    ]);
    expect(stages[1]).toHaveTextContent('Downloading, now18 min 12 s');
    expect(stages[2]).toHaveTextContent('not reached');
    expect(screen.getByText('312.4 of 449.0 GiB')).toBeVisible();
    // 312.4 GiB in 18 min 12 s
    expect(
      screen.getByText('292.9 MiB/s, averaged over 18 min 12 s'),
    ).toBeVisible();
    expect(screen.getByText('About 8 min left')).toBeVisible();
    expect(screen.getByText('Not callable yet')).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);

    // Watched for a while, the rate is that of the last minute.
    const downloadMore = async () => {
      await act(() => jest.advanceTimersByTimeAsync(2_000));
      const coder = backend.models.find(
        model => model.name === 'qwen3-coder-480b',
      );
      const bytesDone = (coder?.download?.bytesDone ?? 0) + 3 * GIB;
      act(() =>
        backend.change('qwen3-coder-480b', {
          download: { bytesDone, bytesTotal: 449 * GIB },
        }),
      );
    };
    for (let second = 0; second < 16; second += 2) {
      await downloadMore();
    }
    await waitFor(() =>
      expect(screen.getByText(/GiB\/s, averaged over 1\d s/)).toBeVisible(),
    );
    expect(screen.getByText('About 1 min left')).toBeVisible();
  });

  it('follows a model from Downloading to Ready without a reload', async () => {
    renderPlugin(backend, page('qwen3-coder-480b'));
    await screen.findByText('312.4 of 449.0 GiB');
    const ready = backend.models.find(model => model.name === 'devstral-small');
    act(() =>
      backend.change('qwen3-coder-480b', {
        ...ready,
        uid: 'uid-qwen3-coder-480b',
        name: 'qwen3-coder-480b',
      }),
    );
    await act(() => jest.advanceTimersByTimeAsync(1_000));
    expect(await screen.findByText('Callable')).toBeVisible();
    expect(screen.getByText('Serving for 23 d')).toBeVisible();
    expect(screen.queryByText('312.4 of 449.0 GiB')).not.toBeInTheDocument();
  });

  it('says of a broken model what broke, why, who can fix it and what to do, and puts the broken conditions first', async () => {
    renderPlugin(backend, page('llama-guard-4-12b'));

    const failure = within(
      await screen.findByRole('region', {
        name: /huggingface.co refused access/,
      }),
    );
    for (const question of [
      'What broke',
      'Why',
      'Who can fix it',
      'What to do',
    ]) {
      expect(failure.getByRole('heading', { name: question })).toBeVisible();
    }
    expect(
      failure.getByText('Accept the licence with that account.'),
    ).toBeVisible();

    const conditions = within(screen.getByRole('table', { name: 'Conditions' }))
      .getAllByRole('row')
      .slice(1);
    expect(conditions[0]).toHaveTextContent(
      /^WeightsReadyFalseSourceForbidden/,
    );
    expect(conditions[1]).toHaveTextContent(/^ReadyFalseSourceForbidden/);
    expect(conditions[2]).toHaveTextContent(/^AcceptedTrue/);
    expect(screen.getByText(/^the broken one first/)).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('shows the log of a pod and the YAML of an object on demand', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, page('llama-3.3-70b'));

    await user.click(
      await screen.findByRole('button', {
        name: 'Show the log of llama-3.3-70b-7c9d8b6f5-bk2vw',
      }),
    );
    const log = within(
      await screen.findByRole('dialog', {
        name: 'Log of llama-3.3-70b-7c9d8b6f5-bk2vw',
      }),
    );
    expect(await log.findByText(/Starting vLLM API server/)).toBeVisible();
    expect(backend.requests.at(-1)).toBe(
      '/v1/models/llm-operator-system/llama-3.3-70b/pods/llama-3.3-70b-7c9d8b6f5-bk2vw/logs?container=vllm&tailLines=100',
    );
    await user.click(
      log.getByRole('switch', { name: 'Before the last restart' }),
    );
    await waitFor(() =>
      expect(backend.requests.at(-1)).toContain('previous=true'),
    );
    await user.keyboard('{Escape}');
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );

    await user.click(
      screen.getByRole('button', {
        name: 'Show the YAML of Deployment llama-3.3-70b',
      }),
    );
    const yaml = within(
      await screen.findByRole('dialog', { name: 'Deployment llama-3.3-70b' }),
    );
    expect(await yaml.findByText(/kind: Deployment/)).toBeVisible();
  });

  it('gives calls to paste with the real address and model id, and never a credential', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, page('qwen3.5-35b-a3b'));

    const call = within(await screen.findByRole('region', { name: 'Call it' }));
    expect(call.getByText('Callable')).toBeVisible();
    expect(
      call.getByText(
        /curl https:\/\/llm-internal.slipway.localhost:18443\/v1\/chat\/completions/,
      ),
    ).toHaveTextContent('"model": "Qwen/Qwen3.5-35B-A3B-GPTQ-Int4"');
    for (const [language, text] of [
      ['Python', 'base_url="https://llm-internal.slipway.localhost:18443/v1"'],
      [
        'TypeScript',
        'baseURL: "https://llm-internal.slipway.localhost:18443/v1"',
      ],
      ['Token', 'grant_type=urn:ietf:params:oauth:grant-type:device_code'],
    ]) {
      await user.click(call.getByRole('radio', { name: language }));
      expect(call.getByRole('region', { name: language })).toHaveTextContent(
        text,
      );
    }
    const writeText = jest.spyOn(navigator.clipboard, 'writeText');
    await user.click(call.getByRole('button', { name: 'Copy Token' }));
    expect(writeText).toHaveBeenCalledWith(
      expect.stringContaining('client_id=slipway-cli'),
    );
    expect(await call.findByText('Copied')).toBeVisible();

    await user.click(call.getByRole('radio', { name: 'From outside' }));
    expect(call.getByRole('radio', { name: 'With a key' })).toBeChecked();
    expect(call.getByRole('region', { name: 'curl' })).toHaveTextContent(
      /https:\/\/llm\.slipway.*Bearer \$SLIPWAY_KEY/,
    );
    expect(call.getByRole('link', { name: 'Your keys' })).toHaveAttribute(
      'href',
      '/access',
    );
  });

  it('makes the next step a button: ask, see what was asked, create a key', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    fillAccess(backend.access, NOW);
    backend.change('gemma-3-27b', { myAccess: { state: 'requestable' } });
    const { unmount } = renderPlugin(backend, page('gemma-3-27b'));
    const card = within(
      await screen.findByRole('region', { name: 'Your access' }),
    );
    await user.click(card.getByRole('button', { name: 'Request access' }));
    expect(
      await screen.findByRole('dialog', {
        name: 'Request access to gemma-3-27b',
      }),
    ).toBeVisible();
    unmount();

    backend.change('gemma-3-27b', {
      myAccess: { state: 'requested', requestId: 'request-1' },
    });
    const requested = renderPlugin(backend, page('gemma-3-27b'));
    expect(
      await screen.findByRole('link', { name: 'See my requests' }),
    ).toHaveAttribute('href', '/access/requests');
    requested.unmount();

    backend.change('gemma-3-27b', {
      myAccess: {
        state: 'granted',
        grantId: 'grant-1',
        until: '2027-02-18T10:42:00.000Z',
      },
    });
    renderPlugin(backend, page('gemma-3-27b'));
    expect(
      await screen.findByText(/You have a grant until 18 Feb 2027/),
    ).toBeVisible();
    expect(screen.getByRole('button', { name: 'Create key' })).toBeVisible();
  });

  it('promises no call to somebody in no tenant: no snippet, no key, nothing to ask', async () => {
    backend.access.tenants = [];
    backend.change('devstral-small', {
      myAccess: { state: 'refused', because: 'no-tenant' },
    });
    renderPlugin(backend, page('devstral-small'));
    expect(
      await screen.findByText('You are not in a tenant yet'),
    ).toBeVisible();
    const access = within(screen.getByRole('region', { name: 'Your access' }));
    expect(access.getByText('No tenant yet')).toBeVisible();
    expect(access.queryByRole('button')).not.toBeInTheDocument();
    const call = within(screen.getByRole('region', { name: 'Call it' }));
    expect(call.getByText('No tenant yet')).toBeVisible();
    expect(call.getByText(/403, no_tenant/)).toBeVisible();
    expect(call.queryByRole('button')).not.toBeInTheDocument();
    expect(document.body).not.toHaveTextContent(/Open to you|Callable|You may/);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('promises no call to a blocked model, and leads an admin to where blocks are lifted', async () => {
    backend.change('devstral-small', {
      myAccess: { state: 'refused', because: 'model-blocked' },
    });
    const { unmount } = renderPlugin(backend, page('devstral-small'));
    expect(
      await screen.findByText('This model is blocked for everybody'),
    ).toBeVisible();
    const access = within(screen.getByRole('region', { name: 'Your access' }));
    expect(access.getByText('Blocked')).toBeVisible();
    expect(access.getByText(/Nobody can call it now/)).toBeVisible();
    expect(access.queryByRole('button')).not.toBeInTheDocument();
    const call = within(screen.getByRole('region', { name: 'Call it' }));
    expect(call.getByText(/403, model_blocked/)).toBeVisible();
    expect(call.queryByRole('button')).not.toBeInTheDocument();
    expect(document.body).not.toHaveTextContent(/Open to you|Callable|You may/);
    expect(screen.queryByText('See blocks')).not.toBeInTheDocument();
    expect(await accessibilityProblems()).toEqual([]);
    unmount();

    renderPlugin(backend, page('devstral-small'), {
      permissions: ['llm.access.use', 'llm.access.manage.all'],
    });
    expect(
      await screen.findByRole('link', { name: 'See blocks' }),
    ).toHaveAttribute('href', '/access/blocks');
  });

  it('offers only the credential that gets through', async () => {
    const credential = () =>
      screen.queryByRole('radiogroup', { name: 'Credential' });
    backend.change('devstral-small', {
      myAccess: { state: 'open', only: 'key' },
    });
    const { unmount } = renderPlugin(backend, page('devstral-small'));
    expect(
      await screen.findByText(/A token does not say for which of your tenants/),
    ).toBeVisible();
    expect(screen.getByText(/Bearer \$SLIPWAY_KEY/)).toBeVisible();
    expect(credential()).not.toBeInTheDocument();
    unmount();

    backend.change('devstral-small', {
      myAccess: { state: 'open', only: 'token' },
    });
    renderPlugin(backend, page('devstral-small'));
    expect(await screen.findByText(/and knows no keys/)).toBeVisible();
    expect(screen.getByText(/Bearer \$SLIPWAY_TOKEN/)).toBeVisible();
    expect(credential()).not.toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Create key' }),
    ).not.toBeInTheDocument();
  });

  it('has the same words for a model that is not there and one that is not yours, and repeats nothing of the address', async () => {
    renderPlugin(backend, page('somebody-elses-model'));
    expect(
      await screen.findByText(
        'There is nothing here, or it is not yours to see',
      ),
    ).toBeVisible();
    expect(screen.queryByText(/somebody-elses-model/)).not.toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: 'Back to Models' }),
    ).toHaveAttribute('href', '/models');
  });

  it('stops showing a model as soon as the person may no longer see it', async () => {
    renderPlugin(backend, page('devstral-small'));
    await screen.findByRole('heading', { level: 1, name: 'devstral-small' });
    act(() => {
      backend.models = backend.models.filter(
        model => model.name !== 'devstral-small',
      );
      backend.touch();
    });
    await act(() => jest.advanceTimersByTimeAsync(1_000));
    expect(
      await screen.findByText(
        'There is nothing here, or it is not yours to see',
      ),
    ).toBeVisible();
    expect(screen.queryByText('devstral-small')).not.toBeInTheDocument();
  });

  it('goes back to the endpoint that is left when the chosen one is switched off', async () => {
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    renderPlugin(backend, page('devstral-small'));
    const call = within(await screen.findByRole('region', { name: 'Call it' }));
    await user.click(call.getByRole('radio', { name: 'From outside' }));
    const internal = 'https://llm-internal.slipway.localhost:18443/v1';
    act(() =>
      backend.change('devstral-small', {
        endpoints: { internal },
        addresses: { internal },
      }),
    );
    await waitFor(() =>
      expect(call.getByRole('region', { name: 'curl' })).toHaveTextContent(
        internal,
      ),
    );
    expect(call.queryByRole('radio', { name: 'From outside' })).toBeNull();
  });
});
