import { createValidatedOpenApiRouter } from '@backstage/backend-openapi-utils';
import type { HttpAuthService } from '@backstage/backend-plugin-api';
import type { Router } from 'express';
import type { CallerResolver, ModelService } from '../view';
import { openApiDocument } from './openapi';

/** What the routes about models need. */
export interface ModelRouterOptions {
  httpAuth: HttpAuthService;
  callers: Pick<CallerResolver, 'viewer'>;
  models: ModelService;
  /** Checks answers against the document too, at a cost; for tests. */
  validateResponses?: boolean;
}

/** Most lines of a log that are sent when nobody says how many. */
const DEFAULT_TAIL_LINES = 500;

/** Routes about models, as {@link openApiDocument} describes them. */
export async function createModelRouter(
  options: ModelRouterOptions,
): Promise<Router> {
  const { httpAuth, callers, models } = options;
  const router = createValidatedOpenApiRouter(openApiDocument, {
    validatorOptions: { validateResponses: options.validateResponses },
    // Bodies are read before, and these routes take none.
    middleware: [(_request, _response, next) => next()],
  });

  const viewerOf = async (
    request: Parameters<HttpAuthService['credentials']>[0],
  ) => callers.viewer(await httpAuth.credentials(request, { allow: ['user'] }));

  router.get('/v1/models', async (request, response) => {
    const viewer = await viewerOf(request);
    response.json(await models.list(viewer, request.query));
  });

  router.get('/v1/models/:namespace/:name', async (request, response) => {
    const viewer = await viewerOf(request);
    response.json(await models.get(viewer, request.params));
  });

  router.get(
    '/v1/models/:namespace/:name/pods/:pod/logs',
    async (request, response) => {
      const viewer = await viewerOf(request);
      const log = await models.logs(viewer, request.params, {
        ...request.query,
        tailLines: request.query.tailLines ?? DEFAULT_TAIL_LINES,
      });
      response.type('text/plain').send(log);
    },
  );

  router.get(
    '/v1/models/:namespace/:name/objects/:kind/:objectName',
    async (request, response) => {
      const viewer = await viewerOf(request);
      const yaml = await models.object(viewer, request.params);
      response.type('application/yaml').send(yaml);
    },
  );

  return router;
}
