import type { HttpAuthService } from '@backstage/backend-plugin-api';
import type { Router } from 'express';
import PromiseRouter from 'express-promise-router';
import type { AccessService, Consequences } from '../access';
import type { CallerResolver, ModelService } from '../view';
import type { WhyService } from '../why';
import { AccessCallers, accessRoutes } from './access';
import { describeRoutes } from './access/document';
import { readBodies } from './bodies';
import { createModelRouter } from './models';
import { openApiDocument } from './openapi';
import { addRoutes } from './route';
import { untilKnown } from './untilKnown';
import { WhyCallers, whyRoutes } from './why';

/** What the routes need. */
export interface RouterOptions {
  httpAuth: HttpAuthService;
  callers: Pick<CallerResolver, 'viewer'>;
  models: ModelService;
  /** The access room, and who may enter it. */
  access: {
    service: AccessService;
    callers: Pick<AccessCallers, 'caller'>;
    consequences: Consequences;
  };
  /** Says why a call is refused. */
  why: { service: WhyService; callers: WhyCallers };
  /** Resolves once models and tenants are known; until then nothing is answered. */
  ready: () => Promise<void>;
  /** Checks answers of the models' routes against the document too, at a cost; for tests. */
  validateResponses?: boolean;
}

/** The portal's HTTP API. `/openapi.json` describes it. */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const { httpAuth, access, why } = options;
  const router = PromiseRouter();
  const routes = accessRoutes(access.service, access.consequences);
  const explaining = whyRoutes(why.service);
  const document = {
    ...openApiDocument,
    paths: {
      ...openApiDocument.paths,
      ...describeRoutes(routes),
      ...describeRoutes(explaining),
    },
  };

  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.use(readBodies());
  const addAccessRoutes = (withoutCluster: boolean) => {
    addRoutes(
      router,
      routes.filter(
        route => (route.withoutCluster ?? false) === withoutCluster,
      ),
      async request =>
        access.callers.caller(
          await httpAuth.credentials(request, { allow: ['user'] }),
          { withoutCluster },
        ),
    );
  };
  addAccessRoutes(true);
  router.use('/v1', untilKnown(options.ready));
  addAccessRoutes(false);
  addRoutes(router, explaining, async request =>
    why.callers.caller(
      await httpAuth.credentials(request, { allow: ['user'] }),
    ),
  );
  router.use(await createModelRouter(options));
  return router;
}
