import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { actionsRegistryServiceRef } from '@backstage/backend-plugin-api/alpha';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { notificationService } from '@backstage/plugin-notifications-node';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import {
  llmAccessPermissions,
  llmModelPermissions,
} from '@slipway/plugin-llm-common';
import {
  GroupNames,
  MembershipSource,
  PullRequestHost,
  llmClusterServiceRef,
  llmMembershipExtensionPoint,
  llmPullRequestHostExtensionPoint,
  modelResourceRef,
  modelRules,
} from '@slipway/plugin-llm-node';
import { catalogMembers, openDatabase } from './access';
import { createAccessRole } from './accessRole';
import { createGuidance } from './guidance';
import { AccessCallers } from './http/access';
import { createRouter } from './http/router';
import { nudgeOnChange } from './http/signals';
import { startAuthorizerRole } from './authorizerRole';
import { startControllerRole } from './controllerRole';
import { readAddresses, readRoles, readTokenSettings } from './config';
import {
  CallerResolver,
  GatewayJudge,
  ModelService,
  TokenGuide,
  decisionView,
} from './view';

/**
 * The backend of Slipway. Plays the roles that `llm.roles` names: `portal` serves the HTTP API, `controller` reconciles models,
 * `authorizer` tells Envoy who may call which model.
 *
 * @public
 */
export const llmPlugin = createBackendPlugin({
  pluginId: 'llm',
  register(env) {
    let membershipSource: MembershipSource | undefined;
    env.registerExtensionPoint(llmMembershipExtensionPoint, {
      setSource: source => {
        if (membershipSource) {
          throw new Error(
            `There is a source of membership already: ${membershipSource.name}. Install one of it and ${source.name}.`,
          );
        }
        membershipSource = source;
      },
    });
    let pullRequestHost: PullRequestHost | undefined;
    env.registerExtensionPoint(llmPullRequestHostExtensionPoint, {
      setHost: host => {
        if (pullRequestHost) {
          throw new Error(
            `There is a host of pull requests already: ${pullRequestHost.name}. Install one of it and ${host.name}.`,
          );
        }
        pullRequestHost = host;
      },
    });
    env.registerInit({
      deps: {
        actions: actionsRegistryServiceRef,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        cluster: llmClusterServiceRef,
        config: coreServices.rootConfig,
        database: coreServices.database,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        notifications: notificationService,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
        scheduler: coreServices.scheduler,
        signals: signalsServiceRef,
        userInfo: coreServices.userInfo,
      },
      async init(deps) {
        const { cluster, config, lifecycle, logger } = deps;
        const roles = readRoles(config);
        const tokenSettings = readTokenSettings(config);

        deps.permissionsRegistry.addResourceType({
          resourceRef: modelResourceRef,
          permissions: llmModelPermissions,
          rules: Object.values(modelRules),
        });
        deps.permissionsRegistry.addPermissions(llmAccessPermissions);

        if (roles.has('portal')) {
          const groupNames = GroupNames.create(deps);
          const callers = CallerResolver.create({ ...deps, groupNames });
          const view = {
            source: cluster.models,
            client: cluster.client,
            settings: {
              defaultOwner: config.getOptionalString('llm.defaultOwner'),
            },
          };
          const knex = await openDatabase(deps.database);
          const judge = GatewayJudge.create(cluster).read;
          const access = createAccessRole({
            cluster,
            config,
            knex,
            logger,
            source: membershipSource ?? catalogMembers(deps),
            pullRequestHost,
            facts: decisionView(view),
            judge,
          });
          const models = ModelService.create({
            ...view,
            // By the same groups as everything else about access, and as keys are judged.
            standingOf: async viewer =>
              access.service.callable.standingOf({
                ...viewer,
                groups: await access.membership.groupsOfCaller(
                  viewer.userEntityRef,
                ),
              }),
            judge,
            addresses: readAddresses(config),
            caFile: config.getOptionalString('llm.endpoints.caFile'),
            token:
              tokenSettings && TokenGuide.create(tokenSettings, logger).read,
          });
          const accessCallers = AccessCallers.create({ ...deps, ...access });
          const guidance = createGuidance({
            ...deps,
            knex,
            access: access.service,
            directory: access.directory,
            accessCallers,
            viewers: callers,
          });
          deps.httpRouter.use(
            await createRouter({
              httpAuth: deps.httpAuth,
              callers,
              models,
              access: { ...access, callers: accessCallers },
              why: guidance,
              ready: async () => {
                await Promise.all([
                  cluster.models.ready(),
                  cluster.tenants.ready(),
                ]);
              },
            }),
          );
          lifecycle.addShutdownHook(await access.start(deps.scheduler));
          await guidance.start(deps.scheduler);
          lifecycle.addShutdownHook(
            nudgeOnChange({
              sources: [cluster.models, access.service.blocks],
              signals: deps.signals,
            }),
          );
        }
        if (roles.has('controller')) {
          const stop = await startControllerRole({ config, logger });
          lifecycle.addShutdownHook(stop);
        }
        if (roles.has('authorizer')) {
          const knex = await openDatabase(deps.database);
          lifecycle.addShutdownHook(
            await startAuthorizerRole({ config, knex, logger }),
          );
        }
      },
    });
  },
});
