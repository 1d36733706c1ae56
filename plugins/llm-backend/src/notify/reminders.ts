import type { NotificationSendOptions } from '@backstage/plugin-notifications-node';
import type { EndingGrant, Key } from '../access';
import { otherOwnersOf } from './confirmations';
import {
  holdersOf,
  message,
  MessageContext,
  modelOf,
  nameOf,
  ownersOf,
  TOPICS,
} from './messages';

/** Days before the end of a grant on which people are reminded, the last first. */
export const REMINDER_DAYS = [3, 14] as const;

/**
 * Reminds of a grant that ends in so many days: who has it, and who looks after the keys that end with it. While it is blocked they can't renew
 * it, so that its owners are told too, who can prolong it.
 */
export function remindersOf(
  { grant, isBlocked, keys }: EndingGrant,
  days: (typeof REMINDER_DAYS)[number],
  context: MessageContext,
): NotificationSendOptions[] {
  const people = [...holdersOf(grant), ...keys.flatMap(ownersOf)];
  const what = {
    severity: days <= 3 ? ('high' as const) : ('normal' as const),
    topic: TOPICS.grants,
  };
  const scope = `grant-ends:${grant.id}:${grant.expiresAt}`;
  const model = modelOf(grant, context);
  const lost = keysInWords(keys);
  const toHolders = message([...new Set(people)], {
    ...what,
    title: `Access to ${model} ends in ${days} days`,
    description: isBlocked
      ? `${lost}It is blocked, so that it can't be renewed now: an owner of the model or the tenant can prolong it.`
      : `${lost}Renew it if you still need it.`,
    link: '/access',
    scope,
  });
  return isBlocked
    ? [
        toHolders,
        message(otherOwnersOf(grant, context), {
          ...what,
          title: `Access of ${nameOf(
            grant.subject.ref,
          )} to ${model} ends in ${days} days`,
          description: `${lost}It is blocked, so that nobody can ask for it to go on. Prolong it if it is to be there once the block is lifted.`,
          link: '/access/people',
          scope: `${scope}:owners`,
        }),
      ]
    : [toHolders];
}

function keysInWords(keys: Key[]): string {
  if (keys.length === 0) {
    return '';
  }
  const names = keys.map(({ name }) => name).join(', ');
  return keys.length === 1
    ? `Key ${names} ends with it. `
    : `Keys ${names} end with it. `;
}
