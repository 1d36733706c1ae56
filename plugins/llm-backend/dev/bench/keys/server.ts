import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import express, { ErrorRequestHandler } from 'express';
import PromiseRouter from 'express-promise-router';
import createKnex from 'knex';
import { AccessService, Consequences } from '../../../src/access';
import { migrationsDirectory } from '../../../src/access/migrate';
import { accessRoutes } from '../../../src/http/access';
import { readBodies } from '../../../src/http/bodies';
import { addRoutes } from '../../../src/http/route';
import { populate } from './populate';
import { callerOf, directory } from './world';

/*
 * What is measured, in a process of its own: the routes of the access room on a database, with who asks named in a header in the place of
 * signing in. Writes one line of JSON when it answers. `GET /statements` tells how many statements were sent to the database so far.
 */

const failed: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(500).json({ name: error.name, message: error.message });
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'database-url': { type: 'string', default: '' },
      schema: { type: 'string', default: 'public' },
      list: { type: 'string', default: '0' },
    },
  });
  const knex = createKnex({
    client: 'pg',
    connection: values['database-url'],
    searchPath: [values.schema],
    pool: { min: 0, max: 10 },
  });
  await knex.raw('create schema if not exists ??', [values.schema]);
  await knex.migrate.latest({ directory: migrationsDirectory() });
  await populate(knex, Number(values.list));
  let statements = 0;
  knex.on('query', () => {
    statements++;
  });
  const service = AccessService.create({ knex, directory, unusedDays: 90 });
  const consequences = Consequences.create(
    { knex, directory, now: () => new Date() },
    { model: () => undefined, gpus: async () => undefined },
  );
  const router = PromiseRouter();
  router.use(readBodies());
  router.get('/statements', (_request, response) => {
    response.json({ statements });
  });
  addRoutes(router, accessRoutes(service, consequences), async request =>
    callerOf(request.header('x-bench-user') ?? 'user:default/nobody'),
  );
  const server = express().use(router).use(failed).listen(0, '127.0.0.1');
  server.once('listening', () => {
    // A TCP server's address is an object, never a path.
    const { port }: Partial<AddressInfo> = Object(server.address());
    process.stdout.write(`${JSON.stringify({ port })}\n`);
  });
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
    knex
      .raw('drop schema ?? cascade', [values.schema])
      .then(() => knex.destroy())
      .then(() => process.exit());
  });
}

main().catch(error => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
