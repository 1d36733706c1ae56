import {
  BackendFeature,
  LoggerService,
  RootLoggerService,
  coreServices,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import type { Knex } from 'knex';
import request from 'supertest';
import { databaseIds, newDatabase } from './access/__testUtils__/onDatabases';
import { World } from './access/__testUtils__/world';
import { llmClusterServiceRef } from '@slipway/plugin-llm-node';
import {
  fakeClient,
  fakeCluster,
  fakeSource,
  fakeTenants,
} from './fakeCluster';
import llmPlugin from './index';

jest.setTimeout(120_000);

/** Keeps all that is logged, at every level. */
class Log {
  text = '';

  logger(): RootLoggerService {
    const note = (...args: unknown[]) => {
      this.text += `${args
        .map(arg =>
          arg instanceof Error ? `${arg.stack}` : JSON.stringify(arg),
        )
        .join(' ')}\n`;
    };
    const logger: LoggerService = {
      error: note,
      warn: note,
      info: note,
      debug: note,
      child: () => logger,
    };
    return logger;
  }
}

async function startPortal(
  knex: Knex,
  options: {
    access?: object;
    denied?: string[];
    log?: Log;
    features?: BackendFeature[];
  } = {},
) {
  const {
    access,
    denied = [],
    log = new Log(),
    features = [fakeCluster],
  } = options;
  const { server } = await startTestBackend({
    features: [
      llmPlugin,
      ...features,
      createServiceFactory({
        service: coreServices.rootLogger,
        deps: {},
        factory: () => log.logger(),
      }),
      mockServices.database.mock({ getClient: async () => knex }).factory,
      mockServices.rootConfig.factory({
        data: { llm: { roles: ['portal'], access } },
      }),
      mockServices.userInfo.mock({
        getUserInfo: async () => ({
          userEntityRef: 'user:default/mock',
          ownershipEntityRefs: [
            'user:default/mock',
            'group:default/developers',
          ],
        }),
      }).factory,
      catalogServiceMock.factory({
        entities: [
          {
            apiVersion: 'backstage.io/v1alpha1',
            kind: 'Group',
            metadata: {
              name: 'developers',
              namespace: 'default',
              annotations: { 'slipway.dev/oidc-group': 'devs-from-idp' },
            },
          },
          {
            apiVersion: 'backstage.io/v1alpha1',
            kind: 'User',
            metadata: { name: 'mock', namespace: 'default' },
            relations: [
              { type: 'memberOf', targetRef: 'group:default/developers' },
            ],
          },
        ],
      }),
      mockServices.permissions.mock({
        authorize: async queries =>
          queries.map(({ permission }) => ({
            result: denied.includes(permission.name)
              ? AuthorizeResult.DENY
              : AuthorizeResult.ALLOW,
          })),
        authorizeConditional: async queries =>
          queries.map(() => ({ result: AuthorizeResult.ALLOW })),
      }).factory,
    ],
  });
  return { server, log };
}

/** A cluster that has not answered since the portal started. */
const clusterAway = createServiceFactory({
  service: llmClusterServiceRef,
  deps: {},
  factory: () => {
    const unknown = {
      ready: () => new Promise<void>(() => {}),
      list: () => [],
      get: () => undefined,
    };
    return {
      client: fakeClient(),
      models: { ...fakeSource, ...unknown },
      tenants: { ...fakeTenants, ...unknown },
    };
  },
});

describe.each(databaseIds)('access in a backend on %s', databaseId => {
  let knex: Knex;

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
  });

  it('tells a key in one answer, and nowhere else: no log, no table, no error, no second answer', async () => {
    const { server, log } = await startPortal(knex);
    const post = (path: string, body: object) =>
      request(server)
        .post(`/api/llm${path}`)
        .set('Idempotency-Key', path)
        .send(body);
    const ask = { name: 'canary', models: ['models/open'] };
    const issued = await post('/v1/keys', ask);
    expect(issued.status).toBe(200);
    const rotated = await post(`/v1/keys/${issued.body.key.id}/rotate`, {
      overlapHours: 1,
    });
    const imported = 'sk-Canary0123456789abcdefABCDEF';
    const taken = await post('/v1/keys/import', { ...ask, secret: imported });
    expect(taken.status).toBe(200);
    const secrets = [issued.body.secret, rotated.body.secret, imported];
    expect(new Set(secrets).size).toBe(3);

    const others = [
      taken,
      await post('/v1/keys', ask),
      await post(`/v1/keys/${issued.body.key.id}/rotate`, { overlapHours: 1 }),
      await request(server)
        .post('/api/llm/v1/keys/import')
        .send({ ...ask, secret: imported }),
      await request(server)
        .post('/api/llm/v1/keys/import')
        .send({ ...ask, secret: imported, [imported.slice(0, 3)]: imported }),
      await request(server)
        .post('/api/llm/v1/keys/import')
        .set('Content-Type', 'application/json')
        .send(`{"secret": "${imported}`),
      await request(server).get('/api/llm/v1/keys'),
      await request(server).get('/api/llm/v1/audit'),
    ];
    expect(others.map(({ status }) => status)).toEqual([
      200, 200, 200, 409, 400, 400, 200, 200,
    ]);
    const tables = await Promise.all(
      ['keys', 'key_grants', 'audit', 'changes', 'idempotency'].map(table =>
        knex(table),
      ),
    );
    const everywhere = [
      log.text,
      JSON.stringify(tables),
      ...others.map(({ text, headers }) => text + JSON.stringify(headers)),
    ].join('\n');
    expect(log.text).not.toBe('');
    for (const secret of secrets) {
      expect(everywhere).not.toContain(secret);
      // Not a piece of it either, but the beginning by which people tell it from others.
      expect(everywhere).not.toContain(secret.slice(12));
    }
    for (const answer of [issued, rotated, taken]) {
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('says how the caller stands to each model, in the list and on its page', async () => {
    const { server } = await startPortal(knex);
    const { body } = await request(server).get('/api/llm/v1/models');
    const standing = body.items.map(
      (item: { name: string; myAccess?: { state: string } }) => [
        item.name,
        item.myAccess?.state,
      ],
    );
    expect(standing).toEqual([
      ['developers', 'open'],
      ['open', 'open'],
      ['secret-project', undefined],
    ]);
    const page = await request(server).get('/api/llm/v1/models/models/open');
    // No listener of this cluster asks an authorizer: keys count for nothing.
    expect(page.body.myAccess).toEqual({ state: 'open', only: 'token' });
  });

  it('asks the permission framework', async () => {
    const nobody = await startPortal(knex, { denied: ['llm.access.use'] });
    const refused = await request(nobody.server).get('/api/llm/v1/keys');
    expect(refused.status).toBe(403);
    expect(refused.body.error.message).toContain('llm.access.use');
    const user = await startPortal(knex, {
      denied: ['llm.access.manage.all', 'llm.access.read.all'],
    });
    const blocks = await request(user.server).get('/api/llm/v1/blocks');
    expect(blocks.status).toBe(403);
  });

  it('describes each of its routes', async () => {
    const { server } = await startPortal(knex);
    const { body } = await request(server).get('/api/llm/openapi.json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/models',
        '/v1/requests/{id}/steps',
        '/v1/grants/export',
        '/v1/keys/{id}/rotate',
        '/v1/blocks/{id}',
      ]),
    );
    const { post } = body.paths['/v1/keys'];
    expect(post.requestBody.content['application/json'].schema).toMatchObject({
      required: ['name', 'models'],
      additionalProperties: false,
    });
  });

  it('takes access away while the cluster has not answered yet, and says of the rest that it has not', async () => {
    const world = new World();
    world.people.set('mock', ['developers']);
    const { keys } = world.service(knex);
    const issue = async (name: string) => {
      const ask = { name, models: ['llm/bge'] };
      return (await keys.issue(world.caller('mock'), ask)).key.id;
    };
    const [revoked, leaked] = [await issue('one'), await issue('two')];

    const { server } = await startPortal(knex, {
      features: [
        clusterAway,
        // Jobs wait for the cluster, and the start of a test backend for jobs.
        mockServices.scheduler.factory({ skipTaskRunOnStartup: true }),
      ],
    });
    const post = (path: string, body: object = {}) =>
      request(server).post(`/api/llm/v1/${path}`).send(body);
    expect((await post(`keys/${revoked}/revoke`)).body.standing).toMatchObject({
      because: 'revoked',
    });
    expect((await post(`keys/${leaked}/leaked`)).body.standing).toMatchObject({
      because: 'leaked',
    });
    const block = await post('blocks', {
      target: 'tenant',
      ref: 'anything',
      reason: 'strange calls',
    });
    expect(block.status).toBe(200);
    const path = '/api/llm/v1/blocks';
    expect((await request(server).get(path)).body.items).toHaveLength(1);
    expect(
      (await request(server).delete(`${path}/${block.body.id}`)).status,
    ).toBe(204);
    const list = await request(server).get('/api/llm/v1/keys');
    expect(list.status).toBe(503);
    expect(list.body.error.message).toContain('not reached the cluster yet');
  });

  it('does not start with settings that it does not understand, and names them', async () => {
    for (const [access, message] of [
      [
        { limits: { maxKeyDay: 3 } },
        /llm\.access\.limits\.maxKeyDay: there is no such limit/,
      ],
      [
        { limits: { maxKeyDays: 0 } },
        /llm\.access\.limits\.maxKeyDays: a whole number/,
      ],
      [
        // The database holds no longer ones.
        { limits: { maxNameLength: 201 } },
        /llm\.access\.limits\.maxNameLength: a whole number from 1 to 200/,
      ],
      [{ unusedDays: -1 }, /llm\.access\.unusedDays: a whole number from 0/],
      [
        { membership: { maxLossShare: 2 } },
        /llm\.access\.membership\.maxLossShare: a number from 0 to 1/,
      ],
      [
        { rules: [{ name: 'x', decision: 'maybe' }] },
        /llm\.access\.rules\.0\.decision/,
      ],
    ] as const) {
      await expect(startPortal(knex, { access })).rejects.toThrow(message);
    }
  });
});
