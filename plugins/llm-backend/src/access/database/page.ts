import { createHash } from 'node:crypto';
import { InputError } from '@backstage/errors';
import type { Knex } from 'knex';
import { z } from 'zod';
import { Page, PageQuery } from '../types';

/** Most rows of one page. */
export const MAX_PAGE_SIZE = 500;
const DEFAULT_PAGE_SIZE = 100;

/**
 * Where a page ended, and whom and what it was made for. It opens no door: every page is filtered for the caller anew, so a
 * cursor that somebody makes up moves within what she may see anyway.
 */
const cursorSchema = z.strictObject({
  for: z.string(),
  at: z.string().max(24),
  id: z.string().max(40),
});

/** What a list was asked for: by whom, and with which filters. */
export interface ListedFor {
  list: string;
  userEntityRef: string;
  filter: object;
}

/**
 * Reads a page of rows, newest first, from a query that is already filtered.
 *
 * @throws InputError when the cursor is not one of this caller's and this query's, or the limit is out of range
 */
export async function readPage<Row extends { id: string; created_at: string }>(
  query: Knex.QueryBuilder,
  listedFor: ListedFor,
  { limit = DEFAULT_PAGE_SIZE, cursor }: PageQuery,
): Promise<Page<Row>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    throw new InputError(
      `limit: a whole number from 1 to ${MAX_PAGE_SIZE}, not ${limit}.`,
    );
  }
  const madeFor = audience(listedFor);
  if (cursor !== undefined) {
    const { at, id } = readCursor(cursor, madeFor);
    query.where(older =>
      older
        .where('created_at', '<', at)
        .orWhere(same => same.where('created_at', at).where('id', '<', id)),
    );
  }
  const rows: Row[] = await query
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit + 1);
  const items = rows.slice(0, limit);
  const last = items[items.length - 1];
  if (rows.length <= limit || !last) {
    return { items };
  }
  const next = { for: madeFor, at: last.created_at, id: last.id };
  return {
    items,
    nextCursor: Buffer.from(JSON.stringify(next)).toString('base64url'),
  };
}

function audience({ list, userEntityRef, filter }: ListedFor): string {
  return createHash('sha256')
    .update(
      JSON.stringify([list, userEntityRef, Object.entries(filter).sort()]),
    )
    .digest('base64url')
    .slice(0, 22);
}

function readCursor(cursor: string, madeFor: string) {
  try {
    const parsed = cursorSchema.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString()),
    );
    if (parsed.for === madeFor) {
      return parsed;
    }
  } catch {
    // Falls through: a cursor that can't be read is as good as one of another list.
  }
  throw new InputError(
    'cursor: not one of this list. Start again without a cursor.',
  );
}
