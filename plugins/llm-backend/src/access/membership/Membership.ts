import type { LoggerService } from '@backstage/backend-plugin-api';
import type { MembershipSource } from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import { mutate } from '../database/mutate';
import {
  findMember,
  hasNoMembers,
  membersToRecheck,
  selectMembers,
} from '../database/operations/members/select';
import { noteRecheck, saveMembers } from '../database/operations/members/save';
import {
  KnownMember,
  MembershipTrust,
  planMembership,
  tidyGroups,
} from '../decisions/membership';
import { memberEntry } from '../indexEntries';

/** Members that one transaction writes, so that nobody waits long for the lock. */
const BATCH = 500;

/** How long an answer about one person is remembered. */
const REMEMBER_MS = 5_000;

/** Most people that are remembered at a time. */
const REMEMBER_MOST = 10_000;

/** What membership needs. */
export interface MembershipOptions {
  knex: Knex;
  source: MembershipSource;
  trust: MembershipTrust;
  logger: Pick<LoggerService, 'error' | 'info'>;
  now(): Date;
}

/**
 * Who belongs to which groups. The source is read as a whole now and then; what it said is kept in the database, so that every process
 * and every authorizer goes by the same, and so that a source that is away takes nothing from anybody.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #remembered = new Map<
    string,
    { until: number; groups: string[] | undefined }
  >();

  static create(options: MembershipOptions): Membership {
    return new Membership(options);
  }

  private constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Whether nobody has been read yet: the portal is new. */
  async isEmpty(): Promise<boolean> {
    return hasNoMembers(this.#options.knex);
  }

  /** Groups of a user as identity tokens name them; nothing for somebody who left or was never here. */
  async groupsOf(userEntityRef: string): Promise<string[] | undefined> {
    const now = Date.now();
    const remembered = this.#remembered.get(userEntityRef);
    if (remembered && remembered.until > now) {
      return remembered.groups;
    }
    const member = await findMember(this.#options.knex, userEntityRef);
    const groups = member?.state === 'member' ? member.groups : undefined;
    if (this.#remembered.size >= REMEMBER_MOST) {
      this.#remembered.clear();
    }
    this.#remembered.set(userEntityRef, { until: now + REMEMBER_MS, groups });
    return groups;
  }

  /**
   * Groups of somebody who has signed in. If she is not known yet, or was taken to have left, the source is asked for her, so that a newcomer
   * need not wait for the next refresh.
   */
  async groupsOfCaller(userEntityRef: string): Promise<string[]> {
    const known = await this.groupsOf(userEntityRef);
    if (known) {
      return known;
    }
    const { knex, source } = this.#options;
    const stored = await findMember(knex, userEntityRef);
    // Who is suspended was missing from the source; only a whole refresh takes that back.
    if (stored?.state === 'suspended') {
      return [];
    }
    const fresh = await source.member(userEntityRef);
    if (!fresh) {
      return [];
    }
    const groups = tidyGroups(fresh.groups);
    await this.#save([{ userEntityRef, groups, state: 'member', rechecks: 0 }]);
    return groups;
  }

  /**
   * Reads the source and writes down what changed.
   *
   * @returns those whose holdings must be looked at now
   * @throws when the source can't be read; nothing changes then
   */
  async refresh(): Promise<string[]> {
    const { knex, logger, now, source, trust } = this.#options;
    // Read before the source: who signs in while that is being read is then not taken for somebody whom it has lost.
    const known = await selectMembers(knex);
    const fresh = await source.members();
    const { changes, doubt } = planMembership(known, fresh, {
      ...trust,
      now: now(),
    });
    if (doubt) {
      logger.error(
        `Membership: by ${source.name}, ${doubt.losing} of ${doubt.of} members have left or lost groups at once, more than ` +
          `llm.access.membership.maxLossShare (${trust.maxLossShare}) allows. Nothing of theirs is ended; they are refused after ` +
          `${trust.holdMinutes} minutes of this. If it is true, raise that setting for one refresh; if not, look at ${source.name}.`,
      );
    }
    for (let start = 0; start < changes.length; start += BATCH) {
      await this.#save(changes.slice(start, start + BATCH));
    }
    return membersToRecheck(knex);
  }

  /** Notes that what somebody holds was looked at. */
  async rechecked(userEntityRef: string): Promise<void> {
    await noteRecheck(this.#options.knex, userEntityRef);
  }

  async #save(members: KnownMember[]): Promise<void> {
    const { knex, now } = this.#options;
    const time = now();
    await mutate(knex, time, async mutation => {
      await saveMembers(mutation.trx, members, time.toISOString());
      for (const member of members) {
        mutation.change({
          kind: 'member',
          id: member.userEntityRef,
          entry: memberEntry(member),
        });
      }
    });
    for (const { userEntityRef } of members) {
      this.#remembered.delete(userEntityRef);
    }
  }
}
