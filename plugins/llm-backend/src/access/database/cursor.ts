import { createHash } from 'node:crypto';
import { InputError } from '@backstage/errors';
import { z } from 'zod';

/** Most rows of one page. */
export const MAX_PAGE_SIZE = 500;
const DEFAULT_PAGE_SIZE = 100;

/** What a list was asked for: by whom, and with which filters. */
export interface ListedFor {
  list: string;
  userEntityRef: string;
  filter: object;
}

/**
 * The size of a page.
 *
 * @throws InputError when it is out of range
 */
export function checkLimit(limit: number = DEFAULT_PAGE_SIZE): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    throw new InputError(
      `limit: a whole number from 1 to ${MAX_PAGE_SIZE}, not ${limit}.`,
    );
  }
  return limit;
}

/**
 * A cursor: where a page ended, and whom and what it was made for. It opens no door: every page is filtered for the caller anew, so
 * one that somebody makes up moves within what she may see anyway.
 */
export function sealCursor(listedFor: ListedFor, after: object): string {
  const sealed = { for: audience(listedFor), after };
  return Buffer.from(JSON.stringify(sealed)).toString('base64url');
}

/**
 * Where the page before ended.
 *
 * @throws InputError when the cursor is not one of this caller's and this query's
 */
export function openCursor<T>(
  cursor: string,
  listedFor: ListedFor,
  schema: z.ZodType<T>,
): T {
  const sealed = z.strictObject({ for: z.string(), after: schema });
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const opened = sealed.parse(JSON.parse(text));
    // Postgres takes no U+0000, and we never put one in.
    if (opened.for === audience(listedFor) && !text.includes('\\u0000')) {
      return opened.after;
    }
  } catch {
    // Falls through: a cursor that can't be read is as good as one of another list.
  }
  throw new InputError(
    'cursor: not one of this list. Start again without a cursor.',
  );
}

function audience({ list, userEntityRef, filter }: ListedFor): string {
  return createHash('sha256')
    .update(
      JSON.stringify([list, userEntityRef, Object.entries(filter).sort()]),
    )
    .digest('base64url')
    .slice(0, 22);
}
