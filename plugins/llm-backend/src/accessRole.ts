import type {
  LoggerService,
  RootConfigService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type {
  LlmClusterService,
  MembershipSource,
  PullRequestHost,
} from '@slipway/plugin-llm-node';
import type { CallJudge } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import {
  AccessService,
  ClusterDirectory,
  ClusterModels,
  Consequences,
  DecisionFacts,
  MEMBERSHIP_JOB,
  Membership,
  Narrowings,
  NewModelWay,
  PullRequestModels,
  accessJobs,
  readPullRequestSettings,
} from './access';
import { AccessConfig, readAccessConfig } from './accessConfig';

/** Longest time that one run of a job may take. */
const JOB_TIMEOUT_MINUTES = 10;

/** How long a portal counts as new, and how often it then reads membership. */
const NEW_PORTAL_MS = 60_000;
const NEW_PORTAL_EVERY_MS = 2_000;

/** Changes of models that come within this time are looked at together: in a burst there are thousands. */
const GATHER_MS = 250;

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
  /** Where new models are proposed, if a module brings a host. */
  pullRequestHost?: PullRequestHost;
  facts: DecisionFacts;
  /** Who judges calls at the gateway. */
  judge?: () => Promise<CallJudge | undefined>;
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
    judge: deps.judge,
    ...newModelsOf(settings.newModels, deps),
  });
  return {
    service,
    membership,
    directory,
    consequences: Consequences.create({ knex, directory, now }, deps.facts),
    start: async scheduler => {
      const isNew = await membership.isEmpty();
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
      const stops = [recheckNarrowed({ cluster, directory, service, logger })];
      if (isNew) {
        stops.push(readMembersOften(scheduler));
      }
      return () => stops.forEach(stop => stop());
    },
  };
}

/** How models come about that were approved. */
function newModelsOf(
  mode: AccessConfig['newModels'],
  deps: {
    cluster: LlmClusterService;
    config: RootConfigService;
    pullRequestHost?: PullRequestHost;
  },
): { newModels?: NewModelWay; remindDays?: number } {
  const cluster = ClusterModels.create(deps.cluster.client);
  switch (mode) {
    case 'apply':
      return { newModels: cluster };
    case 'pull-request': {
      const { host, change, remindDays } = readPullRequestSettings(
        deps.config,
        deps.pullRequestHost,
      );
      const newModels = PullRequestModels.create({
        cluster,
        host,
        settings: change,
      });
      return { newModels, remindDays };
    }
    default:
      return {};
  }
}

/**
 * Reads membership every two seconds in the first minute of a new portal: its catalog fills only now, and the first people should not
 * have to wait for the next refresh to be let in.
 */
function readMembersOften(scheduler: SchedulerService): () => void {
  const until = Date.now() + NEW_PORTAL_MS;
  const timer = setInterval(() => {
    if (Date.now() > until) {
      clearInterval(timer);
      return;
    }
    // Refused while the job runs anyway, which is as good.
    scheduler.triggerTask(MEMBERSHIP_JOB).catch(() => {});
  }, NEW_PORTAL_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Ends what hangs off a model's `spec.access` when that is narrowed. */
function recheckNarrowed(deps: {
  cluster: LlmClusterService;
  directory: ClusterDirectory;
  service: AccessService;
  logger: LoggerService;
}): () => void {
  const { cluster, directory, service, logger } = deps;
  const narrowings = new Narrowings();
  const look = () => {
    for (const ref of narrowings.note(directory.models())) {
      service.upkeep.recheckModel(ref).catch(error => {
        // The hourly job looks again; the authorizers have gone by the new `spec.access` at once.
        logger.warn(`Keys of model ${ref} could not be looked at`, error);
      });
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const unsubscribe = cluster.models.onChange(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      look();
    }, GATHER_MS);
  });
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}
