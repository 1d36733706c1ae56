import { createHash } from 'node:crypto';
import type { NotificationSendOptions } from '@backstage/plugin-notifications-node';
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
  // What is to be confirmed sooner than two weeks after it was given comes onto the list the day after.
  const ahead = Math.min(AHEAD_DAYS, recertifyDays - 1);
  const first = Math.floor(after.getTime() / DAY_MS) + 1;
  const last = Math.floor(until.getTime() / DAY_MS);
  const days = new Map<number, DueDay>();
  for (let now = first; now <= last; now += 1) {
    for (const day of new Set([now, now + ahead])) {
      days.set(day, { day: new Date(day * DAY_MS), isNow: day <= last });
    }
  }
  return [...days.values()];
}

/** Asks the owners of models and tenants to confirm the grants of a day: one message to those who own the same, however many grants. */
export function askToConfirm(
  { day, isNow }: DueDay,
  grants: Grant[],
  context: MessageContext,
): NotificationSendOptions[] {
  const byOwners = new Map<string, Grant[]>();
  for (const grant of grants) {
    const owners = confirmersOf(grant, context).join(' ');
    byOwners.set(owners, [...(byOwners.get(owners) ?? []), grant]);
  }
  return [...byOwners].map(([owners, theirs]) => {
    const [{ subject }] = theirs;
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
      description: `${listOf(
        theirs,
        context,
      )}Say whether it is still needed; nothing ends by itself.`,
      link: '/access/people?state=due',
      topic: TOPICS.grants,
      // The same owners and the same day are the same notification, sent anew or by another portal.
      scope: `confirm:${day.toISOString().slice(0, 10)}:${digestOf(owners)}`,
    });
  });
}

/** Who may confirm a grant: whoever owns its model or its tenant, but not who has it; the admins where that is nobody. */
function confirmersOf(
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
