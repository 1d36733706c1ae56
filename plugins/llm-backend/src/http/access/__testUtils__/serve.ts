import { mockErrorHandler } from '@backstage/backend-test-utils';
import express, { Express } from 'express';
import PromiseRouter from 'express-promise-router';
import type { Knex } from 'knex';
import request from 'supertest';
import { z } from 'zod';
import { AccessCaller, AccessService, Consequences } from '../../../access';
import { World } from '../../../access/__testUtils__/world';
import { readBodies } from '../../bodies';
import { Route, addRoutes } from '../../route';
import { accessRoutes } from '..';

/** The routes, with the caller's name in a header, and each answer checked against what the route promises. */
export function serve(
  world: World,
  access: AccessService,
  knex: Knex,
): Express {
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
  router.use(readBodies());
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
        if (response.statusCode === 200 && route.answer instanceof z.ZodType) {
          route.answer.parse(JSON.parse(JSON.stringify(body)));
        }
        return json.call(response, body);
      };
      await route.serve(asked, response, caller);
    },
  };
}

/** Speaks to the routes as somebody. */
export function speakAs(app: Express) {
  return (name: string) => ({
    get: (path: string) =>
      request(app).get(`/api/llm${path}`).set('x-test-user', name),
    post: (path: string, body: object = {}) =>
      request(app).post(`/api/llm${path}`).set('x-test-user', name).send(body),
    delete: (path: string) =>
      request(app).delete(`/api/llm${path}`).set('x-test-user', name),
  });
}
