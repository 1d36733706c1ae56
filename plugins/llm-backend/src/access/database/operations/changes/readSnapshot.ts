import type { Knex } from 'knex';
import {
  blockEntry,
  grantEntry,
  IndexEntry,
  keyEntry,
  memberEntry,
} from '../../../indexEntries';
import {
  BlockRow,
  GrantRow,
  KeyRow,
  MemberRow,
  toBlock,
  toGrant,
  toMember,
  toStoredKey,
} from '../../rows';
import { modelsOfKeys } from '../keys/modelsOfKeys';

/** Rows that are read at once. */
const PAGE = 500;

/** A table that is read page by page, in the order of its key. */
interface Paged<Row> {
  table: string;
  key: string;
  state: string;
  keyOf(row: Row): string;
}

const members: Paged<MemberRow> = {
  table: 'members',
  key: 'user_ref',
  state: 'member',
  keyOf: row => row.user_ref,
};

function active<Row extends { id: string }>(table: string): Paged<Row> {
  return { table, key: 'id', state: 'active', keyOf: row => row.id };
}

/**
 * Reads all members, blocks and active keys and grants as they were at one moment, in pages, and returns the revision of that moment: a reader
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
      const blocks = await trx<BlockRow>('blocks').whereNull('ended_at');
      onEntries(blocks.map(row => blockEntry(toBlock(row))));
      for await (const rows of pages<MemberRow>(trx, members)) {
        onEntries(rows.flatMap(row => memberEntry(toMember(row)) ?? []));
      }
      for await (const rows of pages<GrantRow>(trx, active('grants'))) {
        onEntries(rows.flatMap(row => grantEntry(toGrant(row)) ?? []));
      }
      for await (const rows of pages<KeyRow>(trx, active('keys'))) {
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

async function* pages<Row>(
  trx: Knex.Transaction,
  { table, key, state, keyOf }: Paged<Row>,
): AsyncGenerator<Row[]> {
  let after = '';
  for (;;) {
    const rows: Row[] = await trx(table)
      .where('state', state)
      .where(key, '>', after)
      .orderBy(key)
      .limit(PAGE);
    if (rows.length === 0) {
      return;
    }
    yield rows;
    after = keyOf(rows[rows.length - 1]);
  }
}
