import express, { NextFunction, Request, Response } from 'express';
import PromiseRouter from 'express-promise-router';
import request from 'supertest';
import { untilKnown } from './untilKnown';

/** One route behind the gate; errors by their name. */
function serve(ready: () => Promise<void>) {
  const router = PromiseRouter();
  router.use(untilKnown(ready, 10));
  router.get('/v1/models', (_request, response) => {
    response.json({ items: [] });
  });
  return express()
    .use(router)
    .use(
      (
        error: Error,
        _request: Request,
        response: Response,
        _next: NextFunction,
      ) => {
        response.status(503).json({ name: error.name, message: error.message });
      },
    );
}

describe('a portal that starts while the cluster is away', () => {
  it('says so instead of leaving the question open, and answers once the cluster is there', async () => {
    let arrive = () => {};
    const app = serve(
      () =>
        new Promise(resolve => {
          arrive = resolve;
        }),
    );
    const early = await request(app).get('/v1/models');
    expect(early.status).toBe(503);
    expect(early.body).toEqual({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining('not reached the cluster yet'),
    });
    arrive();
    expect((await request(app).get('/v1/models')).body).toEqual({ items: [] });
  });
});
