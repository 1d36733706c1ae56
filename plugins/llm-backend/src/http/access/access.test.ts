import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { granted, openRoom, wish } from './__testUtils__/openRoom';
import { serve, speakAs } from './__testUtils__/serve';

jest.setTimeout(120_000);

describe.each(databaseIds)(
  'the routes of the access room on %s',
  databaseId => {
    let knex: Knex;

    beforeEach(async () => {
      knex = await newDatabase(databaseId);
    });

    afterEach(() => knex.destroy());

    it('lead from the question to the key and back', async () => {
      const { as } = openRoom(knex);
      const asked = await as('mara').post('/v1/requests', wish);
      expect(asked.status).toBe(200);
      expect(asked.body).toMatchObject({
        state: 'pending',
        modelId: 'llama',
        mySteps: ['withdraw'],
      });

      const waiting = await as('aiko').get('/v1/requests?scope=to-decide');
      expect(waiting.body.items).toEqual([
        expect.objectContaining({
          id: asked.body.id,
          mySteps: ['approve', 'reject', 'ask-back'],
        }),
      ]);
      const detail = await as('aiko').get(`/v1/requests/${asked.body.id}`);
      expect(detail.body.consequences).toMatchObject({
        gpus: { ofModel: 4, inCluster: { capacity: 8, unrequested: 4 } },
        deciders: ['group:default/platform'],
        licence: 'Llama 3.3',
      });

      const approved = await as('aiko').post(
        `/v1/requests/${asked.body.id}/steps`,
        { step: 'approve', days: 10 },
      );
      expect(approved.body).toMatchObject({ state: 'approved' });

      const models = await as('mara').get('/v1/access/models');
      expect(models.body.items).toContainEqual({
        model: 'llm/llama',
        modelId: 'llama',
        tenant: 'portal',
        by: {
          kind: 'grant',
          grantId: approved.body.grantId,
          until: '2026-11-30T08:00:00.000Z',
        },
      });

      const issued = await as('mara').post('/v1/keys', {
        name: 'search',
        models: ['llm/llama', 'llm/bge'],
      });
      expect(issued.status).toBe(200);
      expect(issued.headers['cache-control']).toBe('no-store');
      expect(issued.body.secret).toMatch(/^sk-slw-/);
      expect(issued.body.key).toMatchObject({
        standing: { state: 'valid' },
        unusedEndsAt: '2027-01-19T08:00:00.000Z',
        myActions: ['rotate', 'revoke', 'leaked', 'keep'],
      });
      // It says which model it loses when, for it holds longer itself.
      expect(
        issued.body.key.models.map(
          ({ model, until }: { model: string; until?: string }) => [
            model,
            until,
          ],
        ),
      ).toEqual([
        ['llm/llama', '2026-11-30T08:00:00.000Z'],
        ['llm/bge', undefined],
      ]);

      const grants = await as('mara').get('/v1/grants?scope=mine');
      expect(grants.body.items).toEqual([
        expect.objectContaining({ keys: 1, myActions: ['renew', 'revoke'] }),
      ]);
      const revoked = await as('aiko').post(
        `/v1/grants/${approved.body.grantId}/revoke`,
        { comment: 'The project is over' },
      );
      expect(revoked.body.standing).toMatchObject({
        state: 'ended',
        because: 'revoked',
      });
      const keys = await as('mara').get('/v1/keys?scope=mine&state=active');
      expect(
        keys.body.items[0].models.map((m: { model: string }) => m.model),
      ).toEqual(['llm/bge']);
    });

    it('make one decision of two that come at once, and tell the second of the first', async () => {
      const { as } = openRoom(knex);
      const { body } = await as('mara').post('/v1/requests', wish);
      const path = `/v1/requests/${body.id}/steps`;
      const answers = await Promise.all([
        as('aiko').post(path, { step: 'approve' }),
        as('priya').post(path, { step: 'reject', comment: 'No' }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const late = answers.find(({ status }) => status === 409);
      expect(late?.body.error.message).toMatch(/is (approved|rejected) since/);
      expect(await knex('grants')).toHaveLength(
        answers[0].status === 200 ? 1 : 0,
      );
    });

    it('take a step for many requests, and each fails alone', async () => {
      const { as } = openRoom(knex);
      const first = await as('mara').post('/v1/requests', wish);
      const second = await as('nils').post('/v1/requests', wish);
      const ids = [first.body.id, `req_${'0'.repeat(32)}`, second.body.id];
      const { body } = await as('aiko').post('/v1/request-steps', {
        ids,
        step: 'approve',
      });
      expect(body.outcomes).toEqual([
        {
          id: ids[0],
          ok: true,
          request: expect.objectContaining({ state: 'approved' }),
        },
        {
          id: ids[1],
          ok: false,
          error: expect.objectContaining({ name: 'NotFoundError' }),
        },
        {
          id: ids[2],
          ok: true,
          request: expect.objectContaining({ state: 'approved' }),
        },
      ]);
    });

    it('do a step of many that is sent again once, however long the key of the retry is', async () => {
      const { as } = openRoom(knex);
      const asked = await as('mara').post('/v1/requests', wish);
      const step = () =>
        as('aiko')
          .post('/v1/request-steps')
          .set('Idempotency-Key', 'k'.repeat(200))
          .send({ ids: [asked.body.id], step: 'approve' });
      const first = await step();
      expect(first.body.outcomes).toMatchObject([{ ok: true }]);
      expect((await step()).body).toEqual(first.body);
      expect(await knex('grants')).toHaveLength(1);
    });

    it('do a request that is sent again once, and tell a secret once', async () => {
      const { as } = openRoom(knex);
      const body = { name: 'k', models: ['llm/bge'] };
      const send = (wanted: object) =>
        as('mara').post('/v1/keys', wanted).set('Idempotency-Key', 'one');
      const answers = await Promise.all([send(body), send(body), send(body)]);
      expect(new Set(answers.map(answer => answer.body.key.id)).size).toBe(1);
      expect(answers.filter(answer => answer.body.secret)).toHaveLength(1);
      expect(await knex('keys')).toHaveLength(1);
      const other = await send({ ...body, name: 'other' });
      expect(other.status).toBe(409);
      expect(other.body.error.message).toContain('Idempotency-Key one');
      const grantId = await granted(as);
      const revoke = () =>
        as('aiko')
          .post(`/v1/grants/${grantId}/revoke`)
          .set('Idempotency-Key', 'two');
      expect((await revoke()).body.standing).toEqual(
        (await revoke()).body.standing,
      );
    });

    it('let an owner confirm, prolong and renew, but nobody for herself', async () => {
      const { as, world } = openRoom(knex);
      const id = await granted(as);
      world.later(20);
      const confirmed = await as('aiko').post(`/v1/grants/${id}/recertify`);
      expect(confirmed.body.recertifiedAt).toBe('2026-12-10T08:00:00.000Z');
      const own = await as('mara').post(`/v1/grants/${id}/recertify`);
      expect(own.status).toBe(403);
      const fewer = await as('aiko').post(`/v1/grants/${id}/extend`, {
        days: 5,
      });
      expect(fewer.status).toBe(400);
      expect(fewer.body.error.message).toMatch(
        /days: .*holds until 2026-12-20/,
      );
      const more = await as('aiko').post(`/v1/grants/${id}/extend`, {
        days: 40,
      });
      expect(more.body.expiresAt).toBe('2027-01-19T08:00:00.000Z');

      const renewed = await as('mara').post(`/v1/grants/${id}/renew`, {
        days: 90,
        reason: 'We go on',
      });
      expect(renewed.body).toMatchObject({ state: 'pending', days: 90 });
      await as('aiko').post(`/v1/requests/${renewed.body.id}/steps`, {
        step: 'approve',
      });
      const { body } = await as('mara').get('/v1/grants?scope=mine');
      expect(body.items).toEqual([
        expect.objectContaining({ id, expiresAt: '2027-03-10T08:00:00.000Z' }),
      ]);
    });

    it('keep an unused key when its holder says so', async () => {
      const { access, as, world } = openRoom(knex);
      const { body } = await as('mara').post('/v1/keys', {
        name: 'k',
        models: ['llm/bge'],
      });
      world.later(59);
      const kept = await as('mara').post(`/v1/keys/${body.key.id}/keep`);
      expect(kept.body.unusedEndsAt).toBe('2027-03-19T08:00:00.000Z');
      world.later(2);
      expect(await access.upkeep.endUnused(60)).toBe(0);
      const others = await as('aiko').post(`/v1/keys/${body.key.id}/keep`);
      expect(others.status).toBe(403);
      world.later(60);
      expect(await access.upkeep.endUnused(60)).toBe(1);
    });

    it('show the audit log to owners of a tenant as far as it is about that, and to nobody else', async () => {
      const { as } = openRoom(knex);
      await granted(as);
      const all = await as('priya').get('/v1/audit');
      const aiko = await as('aiko').get('/v1/audit');
      expect(aiko.body.items).toEqual(all.body.items);
      expect(aiko.body.items.length).toBeGreaterThan(2);
      const jonas = await as('jonas').get('/v1/audit');
      expect(jonas.body.items).toEqual([]);
      expect((await as('mara').get('/v1/audit')).status).toBe(403);
    });

    it('let an auditor see everything and change nothing', async () => {
      const { access, as, world } = openRoom(knex);
      const id = await granted(as);
      const issued = await as('mara').post('/v1/keys', {
        name: 'k',
        models: ['llm/llama'],
      });
      const auditor = { ...world.caller('otto'), auditor: true };
      const { items } = await access.keys.list(auditor);
      expect(items.map(key => key.id)).toEqual([issued.body.key.id]);
      expect((await access.summaries.key(auditor, items[0])).myActions).toEqual(
        [],
      );
      const [grant] = (await access.grants.list(auditor)).items;
      expect((await access.summaries.grant(auditor, grant)).myActions).toEqual(
        [],
      );
      await expect(
        access.keys.revoke(auditor, issued.body.key.id),
      ).rejects.toThrow(/not change it/);
      await expect(access.grants.revoke(auditor, id)).rejects.toThrow(
        /can end it/,
      );
      await expect(access.grants.extend(auditor, id, 1)).rejects.toThrow(
        /not yours/,
      );
      await expect(
        access.blocks.set(auditor, {
          target: 'tenant',
          ref: 'portal',
          reason: 'x',
        }),
      ).rejects.toThrow(/Only platform admins/);
    });

    it('export what the caller may see, and nothing that a spreadsheet would run', async () => {
      const { as } = openRoom(knex);
      await granted(as);
      await as('mara').post('/v1/requests', {
        ...wish,
        subject: { kind: 'service', ref: '=HYPERLINK("http://evil","x")' },
      });
      const waiting = await as('aiko').get('/v1/requests?scope=to-decide');
      await as('aiko').post(`/v1/requests/${waiting.body.items[0].id}/steps`, {
        step: 'approve',
      });
      const { headers, text } = await as('aiko').get(
        '/v1/grants/export?scope=owned',
      );
      expect(headers['content-type']).toContain('text/csv');
      const lines = text.trim().split('\r\n');
      expect(lines).toHaveLength(3);
      expect(text).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`);
      const otto = await as('otto').get('/v1/grants/export');
      expect(otto.text.trim().split('\r\n')).toHaveLength(1);
    });

    it("name tenants and rules that are the caller's, and no others", async () => {
      const { world } = openRoom(knex);
      const access = world.service(knex, {
        rules: [
          { name: 'everybody', decision: 'ask' },
          { name: 'research', tenants: ['research'], decision: 'approve' },
          { name: 'hidden', models: ['secret/internal'], decision: 'ask' },
        ],
      });
      const as = speakAs(serve(world, access, knex));
      const of = async (name: string, path: string) =>
        (await as(name).get(path)).body.items.map(
          (item: { name: string }) => item.name,
        );
      expect(await of('mara', '/v1/tenants')).toEqual(['portal']);
      expect(await of('otto', '/v1/tenants')).toEqual([]);
      expect(await of('priya', '/v1/tenants')).toEqual(['portal', 'research']);
      // Whom they may not give access to themselves, they learn beside the groups.
      const { body } = await as('mara').get('/v1/tenants');
      expect(body.items).toMatchObject([
        { memberGroups: ['developers', 'platform'], myGroups: ['developers'] },
      ]);
      expect(await of('mara', '/v1/rules')).toEqual(['everybody']);
      expect(await of('jonas', '/v1/rules')).toEqual([
        'everybody',
        'research',
        'hidden',
      ]);
    });
  },
);
