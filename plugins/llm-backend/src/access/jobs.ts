import type { AccessService } from './AccessService';
import type { Membership } from './membership/Membership';

/** Something that one process does now and then, whichever. */
export interface AccessJob {
  /** Unique among the jobs of the plugin. */
  id: string;
  everySeconds: number;
  run(): Promise<void>;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** How long the authorizers can be away and go on with the feed where they were. */
const KEEP_CHANGES_MS = 24 * HOUR * 1_000;

/** The job that reads membership. */
export const MEMBERSHIP_JOB = 'llm-access-membership';

/** The work of the access room that time asks for. */
export function accessJobs(options: {
  access: AccessService;
  membership: Membership;
  /** How often membership is read. */
  refreshSeconds: number;
  /** Days after which a key that nobody uses ends; never if absent. */
  unusedDays?: number;
  now(): Date;
}): AccessJob[] {
  const { access, membership, unusedDays, now } = options;
  const { upkeep, feed } = access;
  return [
    {
      id: MEMBERSHIP_JOB,
      everySeconds: options.refreshSeconds,
      run: async () => {
        for (const userEntityRef of await membership.refresh()) {
          await upkeep.recheckUser(userEntityRef);
          await membership.rechecked(userEntityRef);
        }
      },
    },
    {
      id: 'llm-access-expiry',
      everySeconds: MINUTE,
      run: () => whileAny(() => upkeep.endExpired()),
    },
    {
      id: 'llm-access-unused',
      everySeconds: HOUR,
      run: async () => {
        if (unusedDays !== undefined) {
          await whileAny(() => upkeep.endUnused(unusedDays));
        }
      },
    },
    {
      id: 'llm-access-models',
      everySeconds: HOUR,
      run: () => upkeep.recheckModels(),
    },
    {
      id: 'llm-access-tenants',
      everySeconds: HOUR,
      run: () => upkeep.recheckTenants(),
    },
    {
      id: 'llm-access-digest',
      everySeconds: 5 * MINUTE,
      run: async () => {
        await feed.takeDigest(now());
      },
    },
    {
      id: 'llm-access-forget',
      everySeconds: HOUR,
      run: async () => {
        await feed.prune(new Date(now().getTime() - KEEP_CHANGES_MS));
        await access.forgetAnswers();
      },
    },
  ];
}

async function whileAny(batch: () => Promise<number>): Promise<void> {
  while ((await batch()) > 0) {
    // The next batch.
  }
}
