import { createHash } from 'node:crypto';
import { InputError } from '@backstage/errors';
import type { Knex } from 'knex';
import { z } from 'zod';
import { Page, PageQuery } from '../types';
import { Reason, see } from './sight';

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

/** Above so many reasons one condition for all is better than a subquery for each. */
const MAX_SUBQUERIES = 30;

/** What a page is read from. */
export interface PageSource {
  table: string;
  /** Why the caller may see rows; without any, she may see all. */
  reasons: Reason[];
  /** Column by value; those without a value are left out. */
  equal?: Record<string, string | undefined>;
  /** Other filters. */
  narrow?: Reason;
}

/**
 * Reads a page of rows, newest first. Each reason to see a row is a subquery of its own, which an index answers without sorting;
 * a large tenant costs no more than a small one.
 *
 * @throws InputError when the cursor is not one of this caller's and this query's, or the limit is out of range
 */
export async function readPage<Row extends { id: string; created_at: string }>(
  knex: Knex,
  source: PageSource,
  listedFor: ListedFor,
  { limit = DEFAULT_PAGE_SIZE, cursor }: PageQuery,
): Promise<Page<Row>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    throw new InputError(
      `limit: a whole number from 1 to ${MAX_PAGE_SIZE}, not ${limit}.`,
    );
  }
  const madeFor = audience(listedFor);
  const after = cursor === undefined ? undefined : readCursor(cursor, madeFor);
  const newest = (reasons: Reason[]) =>
    newestFirst(filtered(knex, source, reasons, after), limit + 1);
  const { reasons } = source;
  const query =
    reasons.length < 2 || reasons.length > MAX_SUBQUERIES
      ? newest(reasons)
      : newestFirst(
          knex.from(
            knex
              .union(
                reasons.map((reason, index) =>
                  knex.from(newest([reason]).as(`reason${index}`)).select('*'),
                ),
              )
              .as('seen'),
          ),
          limit + 1,
        );
  const rows: Row[] = await query.select('*');
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

function filtered(
  knex: Knex,
  { table, equal = {}, narrow }: PageSource,
  reasons: Reason[],
  after: { at: string; id: string } | undefined,
): Knex.QueryBuilder {
  const query = knex(table);
  see(query, reasons);
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) {
      query.where(column, value);
    }
  }
  narrow?.(query);
  if (after) {
    query.where(older =>
      older
        .where('created_at', '<', after.at)
        .orWhere(same =>
          same.where('created_at', after.at).where('id', '<', after.id),
        ),
    );
  }
  return query;
}

function newestFirst(
  query: Knex.QueryBuilder,
  limit: number,
): Knex.QueryBuilder {
  return query
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit);
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
