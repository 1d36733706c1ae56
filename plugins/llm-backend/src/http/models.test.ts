import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import type { KubeClient } from '@slipway/controller';
import express from 'express';
import request from 'supertest';
import { fakeClient, fakeSource } from '../fakeCluster';
import { CallerResolver, ModelService } from '../view';
import { createModelRouter } from './models';

/** The routes for somebody who may see everything; `refuses` names models that refuse every call of hers. */
async function serve(
  client: KubeClient,
  refuses: ReadonlySet<string> = new Set(),
) {
  const permissions = mockServices.permissions.mock({
    authorizeConditional: async () => [{ result: 'ALLOW' }],
  });
  const callers = CallerResolver.create({
    permissions,
    permissionsRegistry: mockServices.permissionsRegistry.mock(),
    userInfo: mockServices.userInfo(),
    groupNames: { of: async () => [] },
  });
  return express().use(
    await createModelRouter({
      httpAuth: mockServices.httpAuth({
        defaultCredentials: mockCredentials.user(),
      }),
      callers,
      models: ModelService.create({
        source: fakeSource,
        client,
        settings: {},
        standingOf: async () => model =>
          refuses.has(model)
            ? { state: 'refused', because: 'model-blocked' }
            : undefined,
      }),
      validateResponses: true,
    }),
  );
}

describe('the list of models', () => {
  it('is there although a download pod ends while its progress is read', async () => {
    const app = await serve({
      ...fakeClient(),
      logs: async () => {
        throw new Error('pods "developers-weights-x" not found');
      },
    });
    const { status, body } = await request(app).get('/v1/models');
    expect(status).toBe(200);
    expect(body.items).toHaveLength(3);
  });
});

describe('how long the cluster has been silent', () => {
  it('is told by the backend’s own clock, for whoever has another', async () => {
    const now = Date.parse('2026-11-20T10:43:30Z');
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    const { body } = await request(await serve(fakeClient())).get('/v1/models');
    clock.mockRestore();
    expect(body).toMatchObject({
      asOf: '2026-11-20T10:42:00.000Z',
      silentForMs: 90_000,
    });
  });
});

describe('what is open to somebody', () => {
  it('is none that is blocked, and pages hear of a block although no model changed', async () => {
    const blocked = new Set<string>();
    const app = await serve(fakeClient(), blocked);
    const list = async (query = '') =>
      (await request(app).get(`/v1/models${query}`)).body;
    const [all, open] = [await list(), await list('?access=open')];
    expect(open.totalItems).toBeGreaterThan(0);
    expect(all.refusedItems).toBe(0);
    const [{ namespace, name }] = open.items;
    blocked.add(`${namespace}/${name}`);
    expect(await list()).toMatchObject({
      totalItems: all.totalItems,
      refusedItems: 1,
      revision: all.revision,
    });
    const left = await list('?access=open');
    expect(left.totalItems).toBe(open.totalItems - 1);
    expect(left.items).not.toContainEqual(expect.objectContaining({ name }));
    expect(left.revision).not.toBe(open.revision);
  });
});

describe('the OpenAPI document', () => {
  it('is what the API does, in requests and in answers', async () => {
    const app = await serve(fakeClient());
    const one = '/v1/models/models/developers';
    for (const path of [
      '/v1/models',
      '/v1/models?search=org&phases=Ready,Downloading&access=on-request&sort=gpus&order=desc&limit=1',
      '/v1/models?uids=uid-developers,unknown&limit=2',
      one,
      `${one}/pods/developers-weights-x/logs?tailLines=5&previous=false&container=model-downloader`,
      `${one}/objects/PersistentVolumeClaim/developers-model-storage`,
    ]) {
      const { status, text } = await request(app).get(path);
      expect({ path, status, empty: text === '' }).toEqual({
        path,
        status: 200,
        empty: false,
      });
    }
  });
});
