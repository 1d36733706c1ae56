import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';
import { createDecideRequestAction } from './decideRequest';
import { LlmRequests } from './LlmRequests';
import { createRequestAccessAction } from './requestAccess';
import { createRequestModelAction } from './requestModel';

/**
 * Template actions that ask for access to models, and for new ones, and that decide on what was asked.
 *
 * @public
 */
export const scaffolderModuleLlm = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'llm',
  register(env) {
    env.registerInit({
      deps: {
        actions: scaffolderActionsExtensionPoint,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        discovery: coreServices.discovery,
      },
      async init({ actions, auth, catalog, config, discovery }) {
        const requests = LlmRequests.create({
          auth,
          discovery,
          portalUrl: config.getOptionalString('app.baseUrl') ?? '',
        });
        actions.addActions(
          createRequestAccessAction({ requests, catalog }),
          createRequestModelAction({ requests }),
          createDecideRequestAction({ requests }),
        );
      },
    });
  },
});
