import type { WhyAnswer, WhyLinkName } from '@slipway/plugin-llm-common';

/** What is broken, without the name of the link. */
export type Break = Omit<NonNullable<WhyAnswer['broken']>, 'link'>;

/** What one link came to. */
export type Check =
  | { state: 'ok'; text: string }
  | { state: 'unknown'; text: string }
  | {
      state: 'broken';
      text: string;
      broken: Break;
      /** Set where it heals by itself once that link holds: then it is no second fault, and this is what to say. */
      follows?: { link: WhyLinkName; text: string };
    };

/** A link that holds. */
export function ok(text: string): Check {
  return { state: 'ok', text };
}

/** A link that could not be looked at. */
export function unknown(text: string): Check {
  return { state: 'unknown', text };
}

/** A link that stops the call. */
export function broken(
  text: string,
  fix: Break,
  follows?: { link: WhyLinkName; text: string },
): Check {
  return { state: 'broken', text, broken: fix, follows };
}

/** A role in words, where no entity ref says who can fix something. */
export const ADMIN = 'a platform admin';

/** Owners, or the platform admins where nobody owns it. */
export function ownersOr(owners: readonly string[]): string[] {
  return owners.length > 0 ? [...owners] : [ADMIN];
}

/** A day in words, e.g. `25 Nov 2026` (UTC). */
export function day(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
