import type {
  LoggerService,
  RootConfigService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type {
  LlmClusterService,
  MembershipSource,
} from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import {
  AccessService,
  ClusterDirectory,
  ClusterModels,
  Consequences,
  DecisionFacts,
  Membership,
  Narrowings,
  accessJobs,
} from './access';
import { readAccessConfig } from './accessConfig';

/** Longest time that one run of a job may take. */
const JOB_TIMEOUT_MINUTES = 10;

/** The access room of this process. */
export interface AccessRole {
  service: AccessService;
  membership: Membership;
  directory: ClusterDirectory;
  consequences: Consequences;
  /** Begins with what time and changes of models ask for. Returns a function that ends it. */
  start(scheduler: SchedulerService): Promise<() => void>;
}

/**
 * Builds the access room on this cluster, this database and this configuration.
 *
 * @throws InputError when a setting is not what it must be
 */
export function createAccessRole(deps: {
  cluster: LlmClusterService;
  config: RootConfigService;
  knex: Knex;
  logger: LoggerService;
  source: MembershipSource;
  facts: DecisionFacts;
}): AccessRole {
  const { cluster, config, knex, logger } = deps;
  const settings = readAccessConfig(config);
  const now = () => new Date();
  const membership = Membership.create({
    knex,
    source: deps.source,
    trust: settings.trust,
    logger,
    now,
  });
  const directory = ClusterDirectory.create({
    ...cluster,
    defaultOwner: config.getOptionalString('llm.defaultOwner'),
    groupsOf: user => membership.groupsOf(user),
  });
  const { limits, rules, unusedDays } = settings;
  const service = AccessService.create({
    knex,
    directory,
    limits,
    rules,
    unusedDays,
    newModels:
      settings.newModels === 'apply'
        ? ClusterModels.create(cluster.client)
        : undefined,
  });
  return {
    service,
    membership,
    directory,
    consequences: Consequences.create({ knex, directory, now }, deps.facts),
    start: async scheduler => {
      for (const job of accessJobs({
        access: service,
        membership,
        refreshSeconds: settings.refreshSeconds,
        unusedDays,
        now,
      })) {
        await scheduler.scheduleTask({
          id: job.id,
          frequency: { seconds: job.everySeconds },
          timeout: { minutes: JOB_TIMEOUT_MINUTES },
          scope: 'global',
          fn: async () => {
            await directory.ready();
            await job.run();
          },
        });
      }
      return recheckNarrowed({ cluster, directory, service, logger });
    },
  };
}

/** Ends what hangs off a model's `spec.access` as soon as that is narrowed. */
function recheckNarrowed(deps: {
  cluster: LlmClusterService;
  directory: ClusterDirectory;
  service: AccessService;
  logger: LoggerService;
}): () => void {
  const { cluster, directory, service, logger } = deps;
  const narrowings = new Narrowings();
  return cluster.models.onChange(() => {
    for (const ref of narrowings.note(directory.models())) {
      service.upkeep.recheckModel(ref).catch(error => {
        // The hourly job looks again; the authorizers have gone by the new `spec.access` at once.
        logger.warn(`Keys of model ${ref} could not be looked at`, error);
      });
    }
  });
}
