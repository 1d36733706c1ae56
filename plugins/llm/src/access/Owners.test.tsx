import { screen, waitFor, within } from '@testing-library/react';
import { UserEvent } from '@testing-library/user-event';
import { fakeGrant, fakeRequest, modelRef } from '../../dev/fakeAccessData';
import { FakeBackend } from '../../dev/FakeBackend';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';
import { NOW, openAccess } from './__testUtils__/accessPages';

const FOREIGN_KEY = 'sk-f0reignKeyOf4notherSystem42';

const admin = {
  permissions: [
    'llm.access.use',
    'llm.request.approve',
    'llm.access.read.all',
    'llm.access.manage.all',
  ],
};

describe('Access page of owners and admins', () => {
  let backend: FakeBackend;
  let user: UserEvent;

  beforeEach(() => {
    ({ backend, user } = openAccess());
    backend.access.tenants = backend.access.tenants.map(tenant => ({
      ...tenant,
      myRole: 'owner',
    }));
    backend.access.members = [
      'user:default/jonas',
      'user:default/mara',
      'user:default/nils',
    ];
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const choose = async (field: RegExp, option: RegExp | string) => {
    await user.click(
      await within(screen.getByRole('dialog')).findByRole('button', {
        name: field,
      }),
    );
    await user.click(await screen.findByRole('option', { name: option }));
  };

  it('gives access unasked, to somebody chosen by name', async () => {
    renderPlugin(backend, '/access/people', {
      groups: ['group:default/research'],
    });
    await user.click(
      await screen.findByRole('button', { name: 'Give access' }),
    );
    const dialog = await screen.findByRole('dialog', {
      name: 'Give access unasked',
    });
    const give = within(dialog).getByRole('button', { name: 'Give access' });
    expect(give).toBeDisabled();
    await user.click(
      await within(dialog).findByRole('button', { name: /Model/ }),
    );
    // Only what she owns is hers to give.
    const offered = await screen.findAllByRole('option');
    expect(offered.length).toBeLessThan(backend.models.length);
    expect(offered).toHaveLength(
      backend.models.filter(each => each.owner === 'group:default/research')
        .length,
    );
    const model = offered[0].textContent?.split(' ')[0] ?? '';
    await user.click(offered[0]);
    await user.click(
      await within(dialog).findByRole('button', { name: /Person/ }),
    );
    const people = await screen.findAllByRole('option');
    expect(people.map(option => option.textContent)).toEqual(['jonas', 'nils']);
    await user.click(people[1]);
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(give);
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(backend.access.changes).toMatchObject([
      {
        path: '/v1/grants',
        body: {
          model: modelRef(model),
          tenant: 'apps',
          subject: { kind: 'user', ref: 'user:default/nils' },
          days: 90,
        },
      },
    ]);
  });

  it('offers a model of hers to give wherever it stands among all, and no group of hers', async () => {
    const [one] = backend.models;
    backend.models = Array.from({ length: 600 }, (_, index) => ({
      ...one,
      uid: `uid-${index}`,
      name: `model-${String(index).padStart(3, '0')}`,
      owner: index === 550 ? 'group:default/mine' : 'group:default/others',
    }));
    backend.access.tenants = backend.access.tenants.map(tenant => ({
      ...tenant,
      // As the identity provider calls them; the catalog may call them otherwise.
      memberGroups: ['ML-Team', 'Support'],
      myGroups: ['ML-Team'],
    }));
    renderPlugin(backend, '/access/people', { groups: ['group:default/mine'] });
    await user.click(
      await screen.findByRole('button', { name: 'Give access' }),
    );
    await screen.findByRole('dialog', { name: 'Give access unasked' });
    await choose(/Model/, /model-550/);
    const dialog = within(screen.getByRole('dialog'));
    await user.click(dialog.getByRole('radio', { name: /group/i }));
    await user.click(dialog.getByRole('button', { name: /Group/ }));
    expect(
      (await screen.findAllByRole('option')).map(each => each.textContent),
    ).toEqual(['Support']);
  });

  it('imports a foreign key without ever showing or keeping it', async () => {
    renderPlugin(backend, '/access', admin);
    await user.click(await screen.findByRole('button', { name: 'Import key' }));
    const dialog = within(
      await screen.findByRole('dialog', {
        name: 'Import a key of another system',
      }),
    );
    const field = dialog.getByLabelText(/^The key/);
    expect(field).toHaveAttribute('type', 'password');
    expect(field).toHaveAttribute('autocomplete', 'off');
    await user.type(dialog.getByRole('textbox', { name: /Name/ }), 'old bot');
    await user.click(await dialog.findByRole('checkbox', { name: /bge-m3/ }));
    const send = dialog.getByRole('button', { name: 'Import the key' });
    expect(send).toBeDisabled();
    await user.type(field, 'hunter2');
    await user.click(send);
    expect(
      await dialog.findByText(/not a key that can be imported/),
    ).toBeVisible();
    expect(backend.access.changes).toEqual([]);
    await user.clear(field);
    await user.type(field, FOREIGN_KEY);
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(send);
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(backend.access.changes).toMatchObject([
      {
        path: '/v1/keys/import',
        body: { name: 'old bot', secret: FOREIGN_KEY },
      },
    ]);
    expect(backend.access.changes[0].idempotencyKey).not.toContain(FOREIGN_KEY);
    expect(document.documentElement.outerHTML).not.toContain(FOREIGN_KEY);
    expect(window.location.href).not.toContain(FOREIGN_KEY);
    expect(JSON.stringify(window.localStorage)).not.toContain(FOREIGN_KEY);
    expect(JSON.stringify(window.sessionStorage)).not.toContain(FOREIGN_KEY);
  });

  it('makes a key of a service from the models of its grants, with a backup owner from its tenant', async () => {
    backend.access.services = [
      {
        tenant: 'apps',
        service: 'nightly',
        models: [
          { model: modelRef('gemma-3-27b'), modelId: 'google/gemma-3-27b-it' },
        ],
      },
    ];
    renderPlugin(backend, '/access');
    await user.click(
      (
        await screen.findAllByRole('button', { name: 'Create key' })
      )[0],
    );
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Create key' }),
    );
    await user.type(dialog.getByRole('textbox', { name: /Name/ }), 'ci');
    await user.click(dialog.getByRole('radio', { name: 'A service’s' }));
    await user.click(
      await dialog.findByRole('checkbox', { name: /gemma-3-27b/ }),
    );
    await choose(/Backup owner/, 'jonas');
    await user.click(dialog.getByRole('button', { name: 'Create key' }));
    await screen.findByRole('dialog', { name: 'Copy your key now' });
    expect(backend.access.changes).toMatchObject([
      {
        path: '/v1/keys',
        body: {
          name: 'ci',
          tenant: 'apps',
          service: 'nightly',
          models: [modelRef('gemma-3-27b')],
          backupOwner: 'user:default/jonas',
        },
      },
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

  it('lists what is to be confirmed, keeps with one click and ends many at once', async () => {
    const due = (id: string, name: string, confirmBy: string) =>
      fakeGrant(
        {
          id,
          model: modelRef(name),
          subject: { kind: 'user', ref: 'user:default/nils' },
          confirmBy,
          keys: 2,
          myActions: ['extend', 'recertify', 'revoke'],
        },
        NOW,
      );
    backend.access.grants = [
      due('grant-1', 'gemma-3-27b', '2026-11-24T10:42:00.000Z'),
      {
        ...due('grant-2', 'devstral-small', '2026-11-18T10:42:00.000Z'),
        standing: { state: 'blocked', because: 'user-blocked' },
      },
      due('grant-3', 'llama-3.3-70b', '2026-11-25T10:42:00.000Z'),
    ];
    renderPlugin(backend, '/access/people');
    expect(
      await screen.findByText('3 grants are to be confirmed within two weeks'),
    ).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Look through them' }));
    const table = within(
      await screen.findByRole('table', { name: 'Grants to confirm' }),
    );
    expect(table.getByText('in 4 d')).toBeVisible();
    expect(table.getByText('overdue by 2 d')).toBeVisible();
    expect(
      table.getByText('until an admin lifts the block of the person'),
    ).toBeVisible();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(
      table.getByRole('button', {
        name: 'Keep the grant of nils for gemma-3-27b',
      }),
    );
    await waitFor(() => expect(table.getAllByRole('row')).toHaveLength(3));
    await user.click(screen.getByRole('checkbox', { name: 'Select all' }));
    await user.click(screen.getByRole('button', { name: 'End 2' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'End 2 grants?' }),
    );
    expect(dialog.getByText(/4 keys hang off them/)).toBeVisible();
    await user.click(dialog.getByRole('button', { name: 'End 2 grants' }));
    expect(await screen.findByText('Nothing is to be confirmed')).toBeVisible();
    expect(backend.access.changes).toMatchObject([
      {
        path: '/v1/grant-steps',
        body: { ids: ['grant-1'], step: 'recertify' },
      },
      {
        path: '/v1/grant-steps',
        body: { ids: ['grant-2', 'grant-3'], step: 'revoke' },
      },
    ]);
    const [first, second] = backend.access.changes;
    expect(first.idempotencyKey).not.toBe(second.idempotencyKey);
  });

  it('tells what happened in plain words, in the log and as the history of one grant', async () => {
    backend.access.audit = [
      {
        position: 3,
        at: '2026-11-20T10:40:00.000Z',
        actor: 'system:membership',
        action: 'grant-ended',
        objectKind: 'grant',
        objectId: 'grant-1',
        tenant: 'apps',
        details: { because: 'left', model: modelRef('devstral-small') },
      },
      {
        position: 2,
        at: '2026-11-19T10:40:00.000Z',
        actor: 'user:default/jonas',
        action: 'request-rejected',
        objectKind: 'request',
        objectId: 'request-1',
        tenant: 'apps',
        details: { comment: 'Use the small one' },
      },
      {
        position: 1,
        at: '2026-11-18T10:40:00.000Z',
        actor: 'rule:short',
        action: 'a-new-kind',
        objectKind: 'grant',
        objectId: 'grant-1',
        tenant: 'apps',
        details: { lately: 'yes' },
      },
    ];
    const { unmount } = renderPlugin(backend, '/access/audit');
    const rows = within(
      await screen.findByRole('table', { name: 'Audit log' }),
    ).getAllByRole('row');
    expect(rows.slice(1).map(row => row.textContent)).toEqual([
      expect.stringContaining('for who is a memberEnded the grant'),
      expect.stringContaining('jonasRefused the request“Use the small one”'),
      expect.stringContaining('Rule shorta-new-kind (grant)lately yes'),
    ]);
    expect(rows[1]).toHaveTextContent('its holder left, model devstral-small');
    expect(await accessibilityProblems()).toEqual([]);
    unmount();

    renderPlugin(backend, '/access/people');
    await user.click(
      await screen.findByRole('button', {
        name: 'History of mara, devstral-small',
      }),
    );
    const history = await screen.findByRole('list', {
      name: 'History of mara, devstral-small',
    });
    expect(within(history).getAllByRole('listitem')).toHaveLength(2);
  });

  it('says of a renewal which grant it prolongs', async () => {
    const renewal = fakeRequest(
      {
        id: 'request-1',
        model: modelRef('gemma-3-27b'),
        requester: 'user:default/nils',
        renews: 'grant-1',
      },
      NOW,
    );
    backend.access.requests = [
      {
        ...renewal,
        consequences: {
          ...renewal.consequences,
          renewed: { expiresAt: '2026-11-25T10:42:00.000Z', keys: 2 },
          checks: [
            { ok: true, text: 'user:default/nils is a member of Apps.' },
          ],
        },
      },
    ];
    renderPlugin(backend, '/approvals');
    const card = await screen.findByRole('article');
    expect(card).toHaveTextContent(
      'Renews the grant that holds until 25 Nov 2026, 2 keys hang off it and go on',
    );
    // People are called by name, with the entity ref on hover.
    expect(card).toHaveTextContent('nils is a member of Apps.');
    expect(
      within(card).getAllByTitle('user:default/nils')[1],
    ).toHaveTextContent('nils');
    expect(screen.getByText('Renewal, 90 d')).toBeVisible();
  });
});
