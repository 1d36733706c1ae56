import type { Knex } from 'knex';

/** Rows per statement: SQLite takes 500 in one insert. */
const BATCH = 400;

/** Inserts any number of rows, none included. (`batchInsert` would add a savepoint, two more round trips, to every transaction.) */
export async function insertRows(
  trx: Knex.Transaction,
  table: string,
  rows: object[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    await trx(table).insert(rows.slice(start, start + BATCH));
  }
}
