import { mockErrorHandler } from '@backstage/backend-test-utils';
import express, { Express } from 'express';
import PromiseRouter from 'express-promise-router';
import type { Knex } from 'knex';
import request from 'supertest';
import { z } from 'zod';
import { AccessService, Consequences } from '../../access';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { World } from '../../access/__testUtils__/world';
import { refuseBadBody } from '../badBody';
import { Route, addRoutes } from '../route';
import { accessRoutes } from '.';
import type { AccessCaller } from '../../access';

jest.setTimeout(120_000);

/** The routes, with the caller's name in a header, and each answer checked against what the route promises. */
function serve(world: World, access: AccessService, knex: Knex): Express {
  const consequences = Consequences.create(
    { knex, directory: world, now: () => world.time },
    {
      model: ref =>
        world.model(ref) && {
          phase: 'Ready',
          openTo: { everyone: false, groups: [] },
          gpus: { perReplica: 2, total: 4, type: 'nvidia' },
          replicas: { ready: 2, desired: 2 },
          licence: 'Llama 3.3',
        },
      gpus: async () => ({ capacity: 8, unrequested: 4 }),
    },
  );
  const router = PromiseRouter();
  router.use(express.json({ limit: '64kb' }), refuseBadBody('64kb'));
  const routes = accessRoutes(access, consequences).map(strict);
  addRoutes(router, routes, async asked =>
    world.caller(asked.header('x-test-user') ?? 'nobody'),
  );
  return express().use('/api/llm', router).use(mockErrorHandler());
}

function strict(route: Route<AccessCaller>): Route<AccessCaller> {
  return {
    ...route,
    serve: async (asked, response, caller) => {
      const { json } = response;
      response.json = body => {
        if (route.answer instanceof z.ZodType) {
          route.answer.parse(JSON.parse(JSON.stringify(body)));
        }
        return json.call(response, body);
      };
      await route.serve(asked, response, caller);
    },
  };
}

async function setUp(knex: Knex) {
  const world = new World();
  const access = world.service(knex, { unusedDays: 60 });
  const app = serve(world, access, knex);
  const as = (name: string) => ({
    get: (path: string) =>
      request(app).get(`/api/llm${path}`).set('x-test-user', name),
    post: (path: string, body: object = {}) =>
      request(app).post(`/api/llm${path}`).set('x-test-user', name).send(body),
    delete: (path: string) =>
      request(app).delete(`/api/llm${path}`).set('x-test-user', name),
  });
  return { world, access, as };
}

const wish = { model: 'llm/llama', reason: 'Search summaries', days: 30 };

describe.each(databaseIds)('the routes of the access room on %s', id => {
  let knex: Knex;

  beforeAll(async () => {
    knex = await newDatabase(id);
  });

  afterAll(async () => {
    await knex.destroy();
  });

  it('lead from the question to the key and back', async () => {
    const { as } = await setUp(knex);
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
});
