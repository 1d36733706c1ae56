import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import express from 'express';
import request from 'supertest';
import { fakeClient, fakeSource } from '../fakeCluster';
import { CallerResolver, ModelService } from '../view';
import { createModelRouter } from './models';

describe('the OpenAPI document', () => {
  it('is what the API does, in requests and in answers', async () => {
    const permissions = mockServices.permissions.mock({
      authorizeConditional: async () => [{ result: 'ALLOW' }],
    });
    const callers = CallerResolver.create({
      permissions,
      permissionsRegistry: mockServices.permissionsRegistry.mock(),
      userInfo: mockServices.userInfo(),
      groupNames: { of: async () => [] },
    });
    const app = express().use(
      await createModelRouter({
        httpAuth: mockServices.httpAuth({
          defaultCredentials: mockCredentials.user(),
        }),
        callers,
        models: ModelService.create({
          source: fakeSource,
          client: fakeClient(),
          settings: {},
        }),
        validateResponses: true,
      }),
    );
    const one = '/v1/models/models/developers';
    for (const path of [
      '/v1/models',
      '/v1/models?search=org&phases=Ready,Downloading&access=on-request&sort=gpus&order=desc&limit=1',
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
