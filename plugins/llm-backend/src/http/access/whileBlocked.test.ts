import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { As, openRoom, wish } from './__testUtils__/openRoom';

jest.setTimeout(120_000);

const MARA = 'user:default/mara';

describe.each(databaseIds)(
  'while something is blocked, the API on %s',
  databaseId => {
    let knex: Knex;

    beforeEach(async () => {
      knex = await newDatabase(databaseId);
    });

    afterEach(() => knex.destroy());

    const lift =
      'until a platform admin lifts the block. Ask one what led to it';

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

    it('makes nothing for a blocked person, who can give back what she has', async () => {
      const { as, block } = openRoom(knex);
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

    it('lets a blocked owner give nothing, who can still say no', async () => {
      const { as, block } = openRoom(knex);
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

    it('makes nothing for a blocked tenant or model, and names it', async () => {
      const { as, block } = openRoom(knex);
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

    it('makes no successor for a blocked key, which would get around the block', async () => {
      const { as, block } = openRoom(knex);
      const id = await keyOf(as, 'mara', 'llm/bge');
      await block('key', id);
      expect(
        await refused(as, 'mara', `/v1/keys/${id}/rotate`, { overlapHours: 0 }),
      ).toBe(`409 Key ${id} is blocked: key ${id} can't be rotated`);
      expect(await knex('keys')).toHaveLength(1);
      expect((await as('mara').post(`/v1/keys/${id}/keep`)).status).toBe(200);
      expect((await as('mara').post(`/v1/keys/${id}/leaked`)).status).toBe(200);
    });

    it('makes nothing after the block, however close they come; what was made before stays, and is told to a retry', async () => {
      const { as, block } = openRoom(knex);
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
  },
);
