import type { CallJudge } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { openRoom } from './__testUtils__/openRoom';

jest.setTimeout(120_000);

const MARA = 'user:default/mara';

describe.each(databaseIds)('the kill switch on %s', databaseId => {
  let knex: Knex;
  let judge: CallJudge;

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
    judge = 'authorizer';
  });

  afterEach(() => knex.destroy());

  const open = () => openRoom(knex, { judge: async () => judge });

  it('tells of every model why no call gets through, and nothing of the blocks of others', async () => {
    const { as, block } = open();
    const refusedTo = async (who: string) => {
      const { body } = await as(who).get('/v1/access/models');
      return body.items.map(
        (item: { model: string; by?: unknown; refused?: string }) =>
          `${item.model} ${item.by ? 'callable' : item.refused ?? 'asks'}`,
      );
    };
    expect(await refusedTo('otto')).toEqual([
      'llm/bge no-tenant',
      'llm/llama no-tenant',
    ]);
    expect(await refusedTo('mara')).toEqual([
      'llm/bge callable',
      'llm/llama asks',
    ]);

    await block('model', 'llm/bge');
    expect(await refusedTo('mara')).toEqual([
      'llm/bge model-blocked',
      'llm/llama asks',
    ]);
    await block('tenant', 'portal');
    const hers = await block('user', 'user:default/mara');
    expect(await refusedTo('mara')).toEqual([
      'llm/bge model-blocked',
      'llm/llama user-blocked',
    ]);
    expect(await refusedTo('nils')).toEqual([
      'llm/bge model-blocked',
      'llm/llama tenant-blocked',
    ]);
    const told = await as('mara').get('/v1/tenants');
    expect(told.body).toMatchObject({
      isBlocked: true,
      items: [{ name: 'portal', isBlocked: true }],
    });
    // Nor does the audit log tell it to owners of the tenant.
    const log = await as('aiko').get('/v1/audit');
    expect(log.text).not.toMatch(/canary|block-/);
    const whole = await as('priya').get('/v1/audit?tenant=portal');
    expect(whole.text).toContain('canary');
    const other = await as('jonas').get('/v1/tenants');
    expect(other.body.isBlocked).toBe(false);
    expect(JSON.stringify([told.body, other.body])).not.toMatch(/canary|priya/);

    await as('priya').delete(`/v1/blocks/${hers}`);
    expect((await as('mara').get('/v1/tenants')).body.isBlocked).toBe(false);
  });

  it('stops something at once for admins, and write that down', async () => {
    const { access, as } = open();
    let changes = 0;
    access.blocks.onChange(() => changes++);
    const block = {
      target: 'user',
      ref: 'user:default/otto',
      reason: 'Key in a public repository',
    };
    const set = await as('priya').post('/v1/blocks', block);
    expect(set.status).toBe(200);
    const again = await as('priya').post('/v1/blocks', block);
    expect(again.body.id).toBe(set.body.id);
    const held: unknown[] = [];
    await access.feed.snapshot(entries => held.push(...entries));
    expect(held).toEqual([
      {
        kind: 'block',
        id: set.body.id,
        target: 'user',
        ref: 'user:default/otto',
      },
    ]);
    expect((await as('mara').get('/v1/blocks')).status).toBe(403);
    expect((await as('mara').delete(`/v1/blocks/${set.body.id}`)).status).toBe(
      403,
    );
    expect((await as('priya').delete(`/v1/blocks/${set.body.id}`)).status).toBe(
      204,
    );
    expect((await as('priya').delete(`/v1/blocks/${set.body.id}`)).status).toBe(
      404,
    );
    expect(await access.feed.since(0)).toMatchObject({
      changes: [
        { kind: 'block', entry: { target: 'user' } },
        { kind: 'block', entry: undefined },
      ],
    });
    // What is not done tells no page to look.
    expect(changes).toBe(3);
    const audit = await as('priya').get(`/v1/audit?object=${set.body.id}`);
    expect(
      audit.body.items.map((row: { action: string }) => row.action),
    ).toEqual(['block-lifted', 'block-set']);
  });

  it('shows what it stops of keys and grants to all who see them, without who did it and why', async () => {
    const { access, as, block, world } = open();
    const given = await as('aiko').post('/v1/grants', {
      model: 'llm/llama',
      subject: { kind: 'user', ref: MARA },
      days: 30,
    });
    const issued = await as('mara').post('/v1/keys', {
      name: 'laptop',
      models: ['llm/llama', 'llm/bge'],
      backupOwner: 'user:default/nils',
    });
    const { id } = issued.body.key;
    /** The key as she, who backs it up, an owner of its tenant and an auditor see it; the grant as she, its owner and an auditor do. */
    const standings = async () => {
      const told: string[] = [];
      const note = ({ state, because }: { state: string; because?: string }) =>
        told.push(because ?? state);
      for (const [who, path] of [
        ['mara', '/v1/keys'],
        ['nils', '/v1/keys'],
        ['aiko', '/v1/keys?scope=owned'],
        ['mara', '/v1/grants'],
        ['aiko', '/v1/grants?scope=owned'],
      ]) {
        const { body, text } = await as(who).get(path);
        expect(text).not.toMatch(/canary|priya/);
        expect(body.items).toHaveLength(1);
        note(body.items[0].standing);
      }
      return told;
    };
    const twice = (keys: string, grants: string) => [
      ...[keys, keys, keys],
      ...[grants, grants],
    ];
    expect(await standings()).toEqual(twice('valid', 'valid'));

    const ofKey = await block('key', id);
    expect(await standings()).toEqual(twice('key-blocked', 'valid'));
    const [row] = (await as('mara').get('/v1/keys')).body.items;
    // A successor would get around the block.
    expect(row.myActions).toEqual(['revoke', 'leaked', 'keep']);
    const ofMara = await block('user', MARA);
    await as('priya').delete(`/v1/blocks/${ofKey}`);
    expect(await standings()).toEqual(twice('user-blocked', 'user-blocked'));
    const ofTenant = await block('tenant', 'portal');
    await as('priya').delete(`/v1/blocks/${ofMara}`);
    expect(await standings()).toEqual(
      twice('tenant-blocked', 'tenant-blocked'),
    );
    const file = await as('aiko').get('/v1/grants/export?scope=owned');
    expect(file.text).toContain('blocked,tenant-blocked');
    await block('model', 'llm/llama');
    await as('priya').delete(`/v1/blocks/${ofTenant}`);
    // The key still opens another model.
    expect(await standings()).toEqual(twice('valid', 'model-blocked'));

    judge = 'gateway';
    expect(await standings()).toEqual(twice('valid', 'valid'));
    judge = 'authorizer';
    await as('aiko').post(`/v1/grants/${given.body.id}/revoke`);
    const ended = await as('mara').get('/v1/grants?state=ended');
    expect(ended.body.items[0].standing.state).toBe('ended');
    const auditor = { ...world.caller('otto'), auditor: true };
    const key = await access.keys.get(auditor, id);
    expect((await access.summaries.key(auditor, key)).standing).toEqual({
      state: 'valid',
    });
  });

  it('is looked up once for a page, however long it is, and not at all for what has ended', async () => {
    const { access, as, world } = open();
    for (let index = 0; index < 30; index++) {
      await as('mara').post('/v1/keys', {
        name: `k${index}`,
        models: ['llm/bge'],
      });
    }
    const mara = world.caller('mara');
    const page = await access.keys.list(mara);
    const asked: string[] = [];
    const note = ({ sql }: { sql: string }) => asked.push(sql);
    knex.on('query', note);
    await access.summaries.keys(mara, page);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('blocks');
    const items = page.items.map(key => ({ ...key, state: 'ended' as const }));
    await access.summaries.keys(mara, { items });
    knex.removeListener('query', note);
    expect(asked).toHaveLength(1);
  });
});
