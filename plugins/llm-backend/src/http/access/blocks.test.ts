import type { CallJudge } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { World } from '../../access/__testUtils__/world';
import { serve, speakAs } from './__testUtils__/serve';

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

  async function setUp() {
    const world = new World();
    const access = world.service(knex, { judge: async () => judge });
    const as = speakAs(serve(world, access, knex));
    /** Blocks something; answers with the id of the block. */
    const block = async (target: string, ref: string): Promise<string> => {
      const reason = 'canary: found in a public repository';
      const set = { target, ref, reason };
      const { body } = await as('priya').post('/v1/blocks', set);
      return body.id;
    };
    return { world, access, as, block };
  }

  it('tells of every model why no call gets through, and nothing of the blocks of others', async () => {
    const { as, block } = await setUp();
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
    const { access, as } = await setUp();
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
    const { access, as, block, world } = await setUp();
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
    expect(row.myActions).toEqual(['revoke', 'leaked']);
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
    const { access, as, world } = await setUp();
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

  describe('makes nothing new that would open nothing', () => {
    const wish = { model: 'llm/llama', reason: 'Search summaries', days: 30 };
    const lift =
      'until a platform admin lifts the block. Ask one what led to it';

    type As = Awaited<ReturnType<typeof setUp>>['as'];
    /** What somebody is refused, in words, which give nothing away. */
    const refused = async (as: As, who: string, path: string, body = {}) => {
      const { status, body: answer, text } = await as(who).post(path, body);
      expect(text).not.toMatch(/canary|priya/);
      expect(answer.error?.message).toContain(lift);
      return `${status} ${answer.error.message.split(' until')[0]}`;
    };
    const keyOf = async (as: As, who: string, ...models: string[]) => {
      const asked = { name: 'k', models, backupOwner: 'user:default/nils' };
      const { body } = await as(who).post('/v1/keys', asked);
      return body.key.id;
    };
    const grantOf = async (as: As, ref: string) => {
      const { body } = await as('aiko').post('/v1/grants', {
        model: 'llm/llama',
        subject: { kind: 'user', ref },
        days: 30,
      });
      return body.id;
    };

    it('for a blocked person, who can give back what she has', async () => {
      const { as, block } = await setUp();
      const grant = await grantOf(as, MARA);
      const [first, second] = [
        await keyOf(as, 'mara', 'llm/bge'),
        await keyOf(as, 'mara', 'llm/bge'),
      ];
      const service = { kind: 'service', ref: 'bot' };
      const open = await as('mara').post('/v1/requests', {
        ...wish,
        subject: service,
      });
      const id = await block('user', MARA);

      const rotation = { overlapHours: 0 };
      expect(await refused(as, 'mara', '/v1/requests', wish)).toBe(
        "403 You are blocked: you can't ask for access",
      );
      const more = { days: 60, reason: 'We go on' };
      expect(await refused(as, 'mara', `/v1/grants/${grant}/renew`, more)).toBe(
        "403 You are blocked: you can't ask for access",
      );
      expect(
        await refused(as, 'mara', '/v1/keys', {
          name: 'k',
          models: ['llm/bge'],
        }),
      ).toBe("403 You are blocked: you can't make this key");
      expect(
        await refused(as, 'mara', `/v1/keys/${first}/rotate`, rotation),
      ).toBe(`403 You are blocked: key ${first} can't be rotated`);
      // Its successor would be hers as well.
      expect(
        await refused(as, 'nils', `/v1/keys/${first}/rotate`, rotation),
      ).toBe(`409 ${MARA} is blocked: key ${first} can't be rotated`);
      expect(
        await refused(as, 'aiko', '/v1/grants', {
          model: 'llm/llama',
          subject: { kind: 'user', ref: MARA },
          days: 60,
        }),
      ).toBe(`409 ${MARA} is blocked: you can't give this access`);

      // What she asked for may be what she was blocked for, also where it is for others.
      const steps = `/v1/requests/${open.body.id}/steps`;
      expect(await refused(as, 'aiko', steps, { step: 'approve' })).toBe(
        `409 ${MARA} is blocked: request ${open.body.id} can't be approved`,
      );
      const detail = await as('aiko').get(`/v1/requests/${open.body.id}`);
      expect(detail.body.consequences.checks[0]).toEqual({
        ok: false,
        text: `${MARA} is blocked: a yes has to wait until a platform admin lifts the block.`,
      });
      const [mine] = (await as('mara').get('/v1/grants?scope=mine')).body.items;
      expect(mine.myActions).toEqual(['revoke']);

      for (const path of [`keys/${first}/revoke`, `keys/${second}/leaked`]) {
        expect((await as('mara').post(`/v1/${path}`)).status).toBe(200);
      }
      // Her owner prolongs it, so that it does not run out while the block holds.
      const longer = await as('aiko').post(`/v1/grants/${grant}/extend`, {
        days: 90,
      });
      expect(longer.status).toBe(200);
      await as('priya').delete(`/v1/blocks/${id}`);
      const yes = await as('aiko').post(steps, { step: 'approve' });
      expect(yes.body.state).toBe('approved');
      const back = await as('mara').get(
        '/v1/grants?scope=mine&model=llm/llama',
      );
      expect(back.body.items[0].myActions).toEqual(['renew', 'revoke']);
      await block('user', MARA);
      expect((await as('mara').post(`/v1/grants/${grant}/revoke`)).status).toBe(
        200,
      );
    });

    it('by a blocked owner, who can still say no', async () => {
      const { as, block } = await setUp();
      const asked = [];
      for (const who of ['mara', 'nils']) {
        asked.push((await as(who).post('/v1/requests', wish)).body.id);
      }
      const held = await grantOf(as, MARA);
      await block('user', 'user:default/aiko');
      const steps = `/v1/requests/${asked[0]}/steps`;
      expect(await refused(as, 'aiko', steps, { step: 'approve' })).toBe(
        `403 You are blocked: request ${asked[0]} can't be approved`,
      );
      expect(
        await refused(as, 'aiko', `/v1/grants/${held}/extend`, { days: 60 }),
      ).toBe("403 You are blocked: you can't prolong what others have");
      expect(
        await refused(as, 'aiko', '/v1/grants', {
          model: 'llm/llama',
          subject: { kind: 'user', ref: 'user:default/nils' },
          days: 3,
        }),
      ).toBe("403 You are blocked: you can't give this access");
      const list = await as('aiko').get('/v1/requests?scope=to-decide');
      expect(list.body.items[0].mySteps).toEqual(['reject', 'ask-back']);
      const grants = await as('aiko').get('/v1/grants?scope=owned');
      expect(grants.body.items[0].myActions).toEqual(['recertify', 'revoke']);
      const no = { step: 'reject', comment: 'Not now' };
      expect((await as('aiko').post(steps, no)).body.state).toBe('rejected');
      const other = `/v1/requests/${asked[1]}/steps`;
      const withdrawn = await as('nils').post(other, { step: 'withdraw' });
      expect(withdrawn.body.state).toBe('withdrawn');
    });

    it('for a blocked tenant or model, and names it', async () => {
      const { as, block } = await setUp();
      await grantOf(as, MARA);
      const both = await keyOf(as, 'mara', 'llm/llama', 'llm/bge');
      const asked = await as('nils').post('/v1/requests', wish);
      const steps = `/v1/requests/${asked.body.id}/steps`;
      const key = { name: 'k', models: ['llm/llama', 'llm/bge'] };
      const rotate = `/v1/keys/${both}/rotate`;
      const overlap = { overlapHours: 24 };

      await block('model', 'llm/llama');
      expect(
        await refused(as, 'jonas', '/v1/requests', {
          ...wish,
          subject: { kind: 'service', ref: 'bot' },
          tenant: 'research',
        }),
      ).toBe("409 Model llm/llama is blocked: you can't ask for access");
      expect(await refused(as, 'mara', '/v1/keys', key)).toBe(
        "409 Model llm/llama is blocked: you can't make this key",
      );
      expect(await refused(as, 'aiko', steps, { step: 'approve' })).toBe(
        `409 Model llm/llama is blocked: request ${asked.body.id} can't be approved`,
      );
      // A model that is not hers to call is told like one that is not there, blocked or not.
      await block('model', 'secret/internal');
      const unknown = await as('mara').post('/v1/keys', {
        name: 'k',
        models: ['secret/internal'],
      });
      expect(unknown.status).toBe(404);
      // A key that opens another model can be rotated, and one that opens none can't.
      const next = await as('mara').post(rotate, overlap);
      expect(next.status).toBe(200);
      await block('model', 'llm/bge');
      const successor = `/v1/keys/${next.body.key.id}/rotate`;
      expect(await refused(as, 'mara', successor, overlap)).toBe(
        `409 Models llm/bge, llm/llama are blocked: key ${next.body.key.id} can't be rotated`,
      );

      await block('tenant', 'portal');
      expect(
        await refused(as, 'nils', '/v1/keys', { ...key, models: ['llm/bge'] }),
      ).toBe("409 Tenant portal is blocked: you can't make this key");
      expect(
        await refused(as, 'mara', '/v1/requests', {
          ...wish,
          subject: { kind: 'service', ref: 'bot' },
        }),
      ).toBe("409 Tenant portal is blocked: you can't ask for access");
      expect((await as('nils').post(steps, { step: 'withdraw' })).status).toBe(
        200,
      );
    });

    it('no successor for a blocked key, which would get around the block', async () => {
      const { as, block } = await setUp();
      const id = await keyOf(as, 'mara', 'llm/bge');
      await block('key', id);
      expect(
        await refused(as, 'mara', `/v1/keys/${id}/rotate`, { overlapHours: 0 }),
      ).toBe(`409 Key ${id} is blocked: key ${id} can't be rotated`);
      expect(await knex('keys')).toHaveLength(1);
      expect((await as('mara').post(`/v1/keys/${id}/keep`)).status).toBe(200);
      expect((await as('mara').post(`/v1/keys/${id}/leaked`)).status).toBe(200);
    });

    it('after the block, however close they come; what was made before stays, and is told to a retry', async () => {
      const { as, block } = await setUp();
      const key = { name: 'before', models: ['llm/bge'] };
      const issue = (once: string) =>
        as('mara').post('/v1/keys', key).set('Idempotency-Key', once);
      const first = await issue('one');
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, (_, at) => issue(`before ${at}`)),
        block('user', MARA).then(() => undefined),
        ...Array.from({ length: 10 }, (_, at) => issue(`after ${at}`)),
      ]);
      const issued = answers.filter(answer => answer?.status === 200);
      expect(await knex('keys')).toHaveLength(issued.length + 1);
      const actions: string[] = await knex('audit')
        .orderBy('position')
        .pluck('action');
      expect(actions.slice(actions.indexOf('block-set'))).toEqual([
        'block-set',
      ]);
      const retry = await issue('one');
      expect(retry.status).toBe(200);
      expect(retry.body.key.id).toBe(first.body.key.id);
      expect(retry.body.secret).toBeUndefined();
    });
  });
});
