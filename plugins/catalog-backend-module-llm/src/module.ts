import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import { llmClusterServiceRef } from '@slipway/plugin-llm-node';
import { ModelEntityProvider } from './ModelEntityProvider';

/** Owner of models when neither the custom resource nor `llm.defaultOwner` names one. */
const FALLBACK_OWNER = 'group:default/platform-admins';

/**
 * Models as catalog entities.
 *
 * @public
 */
export const catalogModuleLlm = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'llm',
  register(env) {
    env.registerInit({
      deps: {
        catalog: catalogProcessingExtensionPoint,
        cluster: llmClusterServiceRef,
        config: coreServices.rootConfig,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
      },
      async init({ catalog, cluster, config, lifecycle, logger }) {
        const endpoint = config.getOptionalString('llm.endpoints.internal');
        const provider = ModelEntityProvider.create({
          source: cluster.models,
          settings: {
            defaultOwner:
              config.getOptionalString('llm.defaultOwner') ?? FALLBACK_OWNER,
            serverUrl: endpoint && `${endpoint.replace(/\/+$/, '')}/v1`,
            location: 'llm:models',
          },
          logger,
        });
        catalog.addEntityProvider(provider);
        lifecycle.addShutdownHook(() => provider.stop());
      },
    });
  },
});
