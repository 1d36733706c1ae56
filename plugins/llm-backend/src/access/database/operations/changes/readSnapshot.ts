import type { Knex } from 'knex';
import { grantEntry, IndexEntry, keyEntry } from '../../../indexEntries';
import { GrantRow, KeyRow, toGrant, toStoredKey } from '../../rows';
import { modelsOfKeys } from '../keys/modelsOfKeys';

/** Rows that are read at once. */
const PAGE = 500;

/**
 * Reads all active keys and grants as they were at one moment, in pages, and returns the revision of that moment: a reader
 * goes on from there with the feed. On Postgres the transaction is repeatable-read and holds up nobody.
 */
export async function readSnapshot(
  knex: Knex,
  onEntries: (entries: IndexEntry[]) => void,
): Promise<number> {
  const isPostgres = knex.client.config.client === 'pg';
  return knex.transaction(
    async trx => {
      const head = await trx('heads').where('id', 1).first();
      for await (const rows of pages<GrantRow>(trx, 'grants')) {
        onEntries(rows.flatMap(row => grantEntry(toGrant(row)) ?? []));
      }
      for await (const rows of pages<KeyRow>(trx, 'keys')) {
        const models = await modelsOfKeys(
          trx,
          rows.map(row => row.id),
        );
        onEntries(
          rows.flatMap(
            row => keyEntry(toStoredKey(row, models.get(row.id) ?? [])) ?? [],
          ),
        );
      }
      return Number(head.revision);
    },
    isPostgres
      ? { isolationLevel: 'repeatable read', readOnly: true }
      : undefined,
  );
}

async function* pages<Row extends { id: string }>(
  trx: Knex.Transaction,
  table: string,
): AsyncGenerator<Row[]> {
  let after = '';
  for (;;) {
    const rows: Row[] = await trx(table)
      .where('state', 'active')
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE);
    if (rows.length === 0) {
      return;
    }
    yield rows;
    after = rows[rows.length - 1].id;
  }
}
