import type { Knex } from 'knex';
import { z } from 'zod';
import { Page, PageQuery } from '../types';
import { checkLimit, ListedFor, openCursor, sealCursor } from './cursor';
import { Reason, Reasons, see } from './sight';

/** Where a page ended. */
const rowSchema = z.strictObject({
  at: z.string().max(24),
  id: z.string().max(40),
});

/** Above so many reasons one condition for all is better than a subquery for each. */
const MAX_SUBQUERIES = 30;

/** What a page is read from. */
export interface PageSource {
  table: string;
  /** Why the caller may see rows. */
  reasons: Reasons;
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
  page: PageQuery,
): Promise<Page<Row>> {
  const limit = checkLimit(page.limit);
  const after =
    page.cursor === undefined
      ? undefined
      : openCursor(page.cursor, listedFor, rowSchema);
  const newest = (reasons: Reasons) =>
    newestFirst(filtered(knex, source, reasons, after), limit + 1);
  const { reasons } = source;
  const query =
    reasons === 'everything' ||
    reasons.length < 2 ||
    reasons.length > MAX_SUBQUERIES
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
  const next = { at: last.created_at, id: last.id };
  return { items, nextCursor: sealCursor(listedFor, next) };
}

function filtered(
  knex: Knex,
  { table, equal = {}, narrow }: PageSource,
  reasons: Reasons,
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
