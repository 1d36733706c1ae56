import { screen, within } from '@testing-library/react';
import { UserEvent } from '@testing-library/user-event';
import { AccessStanding, BlockedBy } from '@slipway/plugin-llm-common';
import { failure } from '../../dev/fakeAnswers';
import { FakeBackend } from '../../dev/FakeBackend';
import { accessibilityProblems, renderPlugin } from '../../dev/renderPlugin';
import { openAccess, rowOf } from './__testUtils__/accessPages';

describe('blocks on the Access page', () => {
  let backend: FakeBackend;
  let user: UserEvent;

  beforeEach(() => {
    ({ backend, user } = openAccess());
  });

  afterEach(() => {
    jest.useRealTimers();
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

  it('finds any model to stop, however many there are, and says when it can’t', async () => {
    const [one] = backend.models;
    backend.models = Array.from({ length: 600 }, (_, index) => ({
      ...one,
      uid: `uid-${index}`,
      name: `model-${String(index).padStart(3, '0')}`,
    }));
    renderPlugin(backend, '/access/blocks', {
      permissions: ['llm.access.use', 'llm.access.manage.all'],
    });
    await user.click(await screen.findByRole('button', { name: 'Block' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Block at once' }),
    );
    backend.failing = {
      paths: /^\/v1\/models/,
      answer: failure(503, 'The portal has not reached the cluster yet.'),
    };
    await user.click(dialog.getByRole('radio', { name: 'Model' }));
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'The portal has not reached the cluster yet.',
    );
    backend.failing = undefined;
    await user.click(dialog.getByRole('button', { name: /Model$/ }));
    await user.type(await screen.findByRole('searchbox'), 'model-599');
    await user.click(await screen.findByRole('option', { name: /model-599/ }));
    await user.type(dialog.getByRole('textbox', { name: /Why/ }), 'It leaks');
    await user.click(dialog.getByRole('button', { name: 'Block the model' }));
    await rowOf('Blocks', /It leaks/);
    expect(backend.access.changes[0].body).toMatchObject({
      target: 'model',
      ref: `${one.namespace}/model-599`,
    });
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
});
