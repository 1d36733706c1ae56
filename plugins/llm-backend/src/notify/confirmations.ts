import { createHash } from 'node:crypto';
import type { NotificationSendOptions } from '@backstage/plugin-notifications-node';
import { confirmBy } from '../access';
import type { Grant } from '../access';
import {
  holdersOf,
  message,
  MessageContext,
  modelOf,
  nameOf,
  TOPICS,
} from './messages';

const DAY_MS = 86_400_000;
/** So many days before its day a grant comes onto the list of those to confirm. */
const AHEAD_DAYS = 14;
/** So many grants are named; of more it says how many. */
const NAMED = 5;

/** Why owners are asked. */
interface Occasion {
  /** By when the first is to be confirmed. */
  day: Date;
  /** Whether that is here. */
  isNow: boolean;
  /** What makes two messages to the same owners the same notification. */
  scope: string;
  /** Sentence that comes first; empty where there is nothing to explain. */
  why: string;
}

/** The grants of a day that are told of now. */
export interface DueDay {
  /** Midnight in UTC with which the day begins. */
  day: Date;
  /** Whether the day is here; else it lies ahead. */
  isNow: boolean;
}

/**
 * Of which days' grants owners are told between two moments: when they come onto the list, and on the day itself if they are still on it.
 * That happens at midnight in UTC, so that all grants of a day are told of at once. Of a day that would be told of twice, once is enough.
 */
export function dueDaysBetween(
  after: Date,
  until: Date,
  recertifyDays: number,
): DueDay[] {
  const ahead = aheadOf(recertifyDays);
  const first = dayOf(after) + 1;
  const last = dayOf(until);
  const days = new Map<number, DueDay>();
  for (let now = first; now <= last; now += 1) {
    for (const day of new Set([now, now + ahead])) {
      days.set(day, { day: new Date(day * DAY_MS), isNow: day <= last });
    }
  }
  return [...days.values()];
}

/**
 * The days whose grants came onto the list because they are to be confirmed after fewer days than before: those that would be there
 * already by the number of now, and were not by the one of then.
 *
 * @param after - up to when owners were told
 * @returns nothing where the number was not lowered
 */
export function daysBroughtForward(
  after: Date,
  before: number,
  now: number,
): { day: Date; lastDay: Date } | undefined {
  const told = dayOf(after);
  // A grant that was given so many days ago was on the list by the number of then.
  const known = told - before + aheadOf(before);
  const first = known + 1 + now;
  const last = told + aheadOf(now);
  return now < before && first <= last
    ? { day: new Date(first * DAY_MS), lastDay: new Date(last * DAY_MS) }
    : undefined;
}

/** Asks the owners of models and tenants to confirm the grants of a day: one message to those who own the same, however many grants. */
export function askToConfirm(
  { day, isNow }: DueDay,
  grants: Grant[],
  context: MessageContext,
): NotificationSendOptions[] {
  return toOwners(grants, context, () => ({
    isNow,
    day,
    // The same owners and the same day are the same notification, sent anew or by another portal.
    scope: `confirm:${day.toISOString().slice(0, 10)}`,
    why: '',
  }));
}

/**
 * Asks owners to confirm the grants of {@link daysBroughtForward}, all by one message.
 *
 * @param grants - those that wait longest first
 * @param options - `told` are the days whose grants are told of now anyway
 */
export function askToConfirmSooner(
  grants: Grant[],
  options: { now: Date; recertifyDays: number; told: DueDay[] },
  context: MessageContext,
): NotificationSendOptions[] {
  const { now, recertifyDays } = options;
  const told = new Set(options.told.map(({ day }) => dayOf(day)));
  const dueOf = (grant: Grant) =>
    new Date(confirmBy(grant, recertifyDays) ?? now);
  const others = grants.filter(grant => !told.has(dayOf(dueOf(grant))));
  return toOwners(others, context, ([longest]) => {
    const day = dueOf(longest);
    return {
      isNow: day <= now,
      day,
      scope: `confirm-after:${recertifyDays}`,
      why: `Grants are to be confirmed every ${recertifyDays} days now. `,
    };
  });
}

/** One message to those who own the same; `occasion` tells of the grants that are theirs. */
function toOwners(
  grants: Grant[],
  context: MessageContext,
  occasion: (theirs: Grant[]) => Occasion,
): NotificationSendOptions[] {
  const byOwners = new Map<string, Grant[]>();
  for (const grant of grants) {
    const owners = otherOwnersOf(grant, context).join(' ');
    byOwners.set(owners, [...(byOwners.get(owners) ?? []), grant]);
  }
  return [...byOwners].map(([owners, theirs]) => {
    const [{ subject }] = theirs;
    const { day, isNow, scope, why } = occasion(theirs);
    const what =
      theirs.length === 1
        ? `The grant of ${nameOf(subject.ref)} for ${modelOf(
            theirs[0],
            context,
          )} is`
        : `${theirs.length} grants are`;
    return message(owners.split(' '), {
      severity: isNow ? 'high' : 'normal',
      title: `${what} to be confirmed by ${inWords(day)}`,
      description: `${why}${listOf(
        theirs,
        context,
      )}Say whether it is still needed; nothing ends by itself.`,
      link: '/access/people?state=due',
      topic: TOPICS.grants,
      scope: `${scope}:${digestOf(owners)}`,
    });
  });
}

/** Who may confirm and prolong a grant: whoever owns its model or its tenant, but not who has it; the admins where that is nobody. */
export function otherOwnersOf(
  grant: Grant,
  { admins, directory }: MessageContext,
): string[] {
  const holders = holdersOf(grant);
  const owners = [
    ...(directory.model(grant.model)?.owners ?? []),
    ...(directory.tenant(grant.tenant)?.owners ?? []),
  ].filter(owner => !holders.includes(owner));
  return [...new Set(owners.length > 0 ? owners : admins)].sort();
}

function listOf(grants: Grant[], context: MessageContext): string {
  if (grants.length === 1) {
    return '';
  }
  const named = grants
    .slice(0, NAMED)
    .map(grant => `${nameOf(grant.subject.ref)}: ${modelOf(grant, context)}`);
  const rest = grants.length - named.length;
  return `${[...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')}. `;
}

/** What is to be confirmed sooner than two weeks after it was given comes onto the list the day after. */
function aheadOf(recertifyDays: number): number {
  return Math.min(AHEAD_DAYS, recertifyDays - 1);
}

/** The day of a moment, counted from 1970 in UTC. */
function dayOf(time: Date): number {
  return Math.floor(time.getTime() / DAY_MS);
}

function inWords(day: Date): string {
  return day.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
