import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import { GroupNames } from '@slipway/plugin-llm-node';
import { SlipwayPolicy } from './SlipwayPolicy';

/** The portal's permission policy. */
export default createBackendModule({
  pluginId: 'permission',
  moduleId: 'slipway-policy',
  register(env) {
    env.registerInit({
      deps: {
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        policy: policyExtensionPoint,
        userInfo: coreServices.userInfo,
      },
      async init({ auth, catalog, config, policy, userInfo }) {
        policy.setPolicy(
          SlipwayPolicy.create({
            admins: config.getOptionalStringArray('llm.admins') ?? [],
            groupNames: GroupNames.create({ auth, catalog }),
            userInfo,
          }),
        );
      },
    });
  },
});
