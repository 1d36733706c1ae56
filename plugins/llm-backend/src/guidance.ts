import type {
  AuthService,
  LoggerService,
  RootConfigService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { LlmClusterService } from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import { AccessService, ClusterDirectory, selectBlocks } from './access';
import { readAccessConfig } from './accessConfig';
import { registerActions } from './actions';
import type { AccessCallers } from './http/access';
import type { WhyCallers } from './http/why';
import { Notifier } from './notify';
import type { CallerResolver } from './view';
import { WhyService } from './why';

/** How often people are told what happened, in seconds. */
const NOTIFY_EVERY_S = 5;
const NOTIFY_TIMEOUT_MINUTES = 2;
/** How soon an approved model is brought on its way, in seconds. */
const ADVANCE_EVERY_S = 5;

/** What helps people along: why a call is refused, who is told of what, and what their agents may do. */
export interface Guidance {
  service: WhyService;
  callers: WhyCallers;
  /** Begins to tell people, and offers the actions. */
  start(scheduler: SchedulerService): Promise<void>;
}

/** Builds it on the access room of this process. */
export function createGuidance(deps: {
  actions: ActionsRegistryService;
  auth: AuthService;
  access: AccessService;
  directory: ClusterDirectory;
  accessCallers: Pick<AccessCallers, 'caller'>;
  viewers: Pick<CallerResolver, 'viewer'>;
  cluster: LlmClusterService;
  config: RootConfigService;
  knex: Knex;
  logger: LoggerService;
  notifications: NotificationService;
}): Guidance {
  const { access, cluster, config, directory, knex } = deps;
  const service = WhyService.create({
    ...deps,
    blocks: () => selectBlocks(knex),
    models: cluster.models,
    client: cluster.client,
    settings: { defaultOwner: config.getOptionalString('llm.defaultOwner') },
  });
  const callers: WhyCallers = {
    caller: async credentials => {
      const [caller, { mayRead }] = await Promise.all([
        deps.accessCallers.caller(credentials),
        deps.viewers.viewer(credentials),
      ]);
      return { ...caller, mayRead };
    },
  };
  const notifier = Notifier.create({
    ...deps,
    admins: config.getOptionalStringArray('llm.admins') ?? [],
    recertifyDays: readAccessConfig(config).limits.recertifyDays,
  });
  return {
    service,
    callers,
    start: async scheduler => {
      registerActions({
        registry: deps.actions,
        auth: deps.auth,
        callers,
        access,
        why: service,
        portalUrl: (config.getOptionalString('app.baseUrl') ?? '').replace(
          /\/+$/,
          '',
        ),
      });
      await scheduler.scheduleTask({
        id: 'llm-notify',
        frequency: { seconds: NOTIFY_EVERY_S },
        timeout: { minutes: NOTIFY_TIMEOUT_MINUTES },
        scope: 'global',
        fn: async () => {
          await directory.ready();
          await notifier.run();
        },
      });
      await scheduler.scheduleTask({
        id: 'llm-new-models',
        frequency: { seconds: ADVANCE_EVERY_S },
        timeout: { minutes: NOTIFY_TIMEOUT_MINUTES },
        scope: 'global',
        fn: async () => {
          await access.newModels.advanceApproved();
        },
      });
    },
  };
}
