import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { ModelDetail, ModelList } from '@slipway/plugin-llm-common';
import { llmPolicyRules } from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import request from 'supertest';
import { newDatabase } from './access/__testUtils__/onDatabases';
import { fakeCluster } from './fakeCluster';
import llmPlugin from './index';

async function startPortal(knex: Knex, config: object = {}) {
  const { server } = await startTestBackend({
    features: [
      llmPlugin,
      fakeCluster,
      mockServices.database.mock({ getClient: async () => knex }).factory,
      mockServices.rootConfig.factory({
        data: {
          llm: {
            roles: ['portal'],
            defaultOwner: 'group:default/admins',
            ...config,
          },
        },
      }),
      mockServices.userInfo.mock({
        getUserInfo: async () => ({
          userEntityRef: 'user:default/mara',
          ownershipEntityRefs: [
            'user:default/mara',
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
            spec: { type: 'team', children: [] },
          },
        ],
      }),
      mockServices.permissions.mock({
        authorizeConditional: async ([query]) => [
          llmPolicyRules(query, {
            groups: ['devs-from-idp'],
            ownershipEntityRefs: ['group:default/developers'],
          }) ?? { result: 'DENY' },
        ],
      }).factory,
    ],
  });
  return server;
}

describe("the portal's API", () => {
  let server: Awaited<ReturnType<typeof startPortal>>;
  let knex: Knex;

  beforeAll(async () => {
    knex = await newDatabase('SQLITE_3');
    server = await startPortal(knex);
  });

  it('lists the models that the caller may see, and betrays no other', async () => {
    const { body, status, text } = await request(server).get(
      '/api/llm/v1/models',
    );
    expect(status).toBe(200);
    const list: ModelList = body;
    expect(list.items.map(({ name }) => name)).toEqual(['developers', 'open']);
    expect(list.totalItems).toBe(2);
    expect(list.phaseCounts).toMatchObject({
      Ready: 1,
      Downloading: 1,
      Pending: 0,
    });
    expect(text).not.toContain('secret-project');
    expect(list.items[0]).toMatchObject({
      modelId: 'org/developers',
      stage: 'Weights are on their way.',
      download: { bytesDone: 200, bytesTotal: 400 },
      gpus: { perReplica: 2, total: 4 },
      openTo: { everyone: false, groups: ['devs-from-idp'] },
      access: 'open',
      owner: 'group:default/admins',
      endpoints: {},
    });
    expect(list.items[1]).toMatchObject({
      stage: 'Serving',
      endpoints: { internal: 'https://internal.example.com/v1' },
    });
    expect(list.asOf).toBe('2026-11-20T10:42:00.000Z');
  });

  it('tells everything about a model', async () => {
    const { body } = await request(server).get(
      '/api/llm/v1/models/models/developers',
    );
    const detail: ModelDetail = body;
    expect(detail.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'Pending done',
      'Downloading current',
      'Starting ahead',
      'Ready ahead',
    ]);
    expect(detail.pods).toEqual([
      expect.objectContaining({
        name: 'developers-weights-x',
        role: 'download',
        state: 'Running',
        node: 'cpu-1',
      }),
    ]);
    expect(detail.objects).toEqual([
      expect.objectContaining({
        kind: 'PersistentVolumeClaim',
        state: 'Bound',
      }),
    ]);
    expect(detail.failure).toBeUndefined();

    const yaml = await request(server).get(
      '/api/llm/v1/models/models/developers/objects/PersistentVolumeClaim/developers-model-storage',
    );
    expect(yaml.text).toContain('kind: PersistentVolumeClaim');
    expect(yaml.text).not.toContain('managedFields');

    const logs = await request(server).get(
      '/api/llm/v1/models/models/developers/pods/developers-weights-x/logs?tailLines=10',
    );
    expect(logs.status).toBe(200);
    expect(logs.text).toContain('"bytesDone":200');
  });

  it('answers alike for a model that does not exist and one that is not yours', async () => {
    for (const suffix of ['', '/pods/p/logs', '/objects/Service/s']) {
      const missing = await request(server).get(
        `/api/llm/v1/models/models/nothing${suffix}`,
      );
      const hidden = await request(server).get(
        `/api/llm/v1/models/models/secret-project${suffix}`,
      );
      expect(missing.status).toBe(404);
      expect(hidden.status).toBe(404);
      expect(
        hidden.body.error.message.replaceAll('secret-project', 'nothing'),
      ).toBe(missing.body.error.message);
    }
  });

  it("does not hand out logs and objects that are not the model's", async () => {
    const base = '/api/llm/v1/models/models/open';
    const logs = await request(server).get(
      `${base}/pods/developers-weights-x/logs`,
    );
    expect(logs.status).toBe(404);
    const object = await request(server).get(
      `${base}/objects/PersistentVolumeClaim/developers-model-storage`,
    );
    expect(object.status).toBe(404);
    const secret = await request(server).get(
      `${base}/objects/Secret/open-api-keys`,
    );
    expect(secret.status).toBe(404);
  });

  it('refuses what it does not understand, naming the field', async () => {
    for (const [query, field] of [
      ['limit=0', 'limit'],
      ['limit=501', 'limit'],
      ['phases=Sleeping', 'phases'],
      ['sort=colour', 'sort'],
      ['colour=red', 'colour'],
      ['cursor=nonsense', 'cursor'],
      [`search=${'x'.repeat(201)}`, 'search'],
    ]) {
      const { status, body } = await request(server).get(
        `/api/llm/v1/models?${query}`,
      );
      expect({ query, status }).toEqual({ query, status: 400 });
      expect(body.error.message).toContain(field);
    }
  });

  it('answers people only', async () => {
    for (const header of [
      mockCredentials.none.header(),
      mockCredentials.service.header(),
    ]) {
      const { status } = await request(server)
        .get('/api/llm/v1/models')
        .set('authorization', header);
      expect([401, 403]).toContain(status);
    }
  });

  it('says which role is not one', async () => {
    await expect(
      startPortal(knex, { roles: ['portal', 'juggler'] }),
    ).rejects.toThrow(/llm\.roles: juggler is not a role/);
  });
});
