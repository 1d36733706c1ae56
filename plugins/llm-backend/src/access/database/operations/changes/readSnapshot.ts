import type { Knex } from 'knex';
import { setImmediate } from 'node:timers/promises';
import {
  blockEntry,
  grantEntry,
  IndexEntry,
  keyEntry,
  memberEntry,
} from '../../../indexEntries';
import type { KeyModel } from '../../../types';
import {
  BlockRow,
  GrantRow,
  KeyRow,
  MemberRow,
  toBlock,
  toGroups,
} from '../../rows';

/** Rows that are read at once, while those read before are handed over. */
const PAGE = 2_000;
/** Entries that are handed over at once: a process that goes on answering meanwhile does so in between. */
const ENTRIES_AT_ONCE = 250;

/** A table that is read page by page in the order of its key, and only the columns that entries are made of. */
interface Paged<Row> {
  table: string;
  key: string & keyof Row;
  state: string;
  columns: (trx: Knex.Transaction) => (string | Knex.Raw)[];
  entryOf: (row: Row) => IndexEntry | undefined;
}

const members: Paged<Pick<MemberRow, 'user_ref' | 'groups'>> = {
  table: 'members',
  key: 'user_ref',
  state: 'member',
  columns: () => ['user_ref', 'groups'],
  entryOf: row =>
    memberEntry({
      userEntityRef: row.user_ref,
      groups: toGroups(row.groups),
      state: 'member',
    }),
};

const grants: Paged<
  Pick<
    GrantRow,
    'id' | 'tenant' | 'model' | 'subject_kind' | 'subject' | 'expires_at'
  >
> = {
  table: 'grants',
  key: 'id',
  state: 'active',
  columns: () => [
    ...['id', 'tenant', 'model', 'subject_kind', 'subject', 'expires_at'],
  ],
  entryOf: row =>
    grantEntry({
      id: row.id,
      tenant: row.tenant,
      model: row.model,
      subject: { kind: row.subject_kind, ref: row.subject },
      expiresAt: row.expires_at,
      state: 'active',
    }),
};

const keys: Paged<
  Pick<
    KeyRow,
    'id' | 'hash' | 'tenant' | 'owner' | 'service' | 'expires_at'
  > & {
    /** For each model its ref, a space, and the id of its grant, if it has one; a line each. */
    models: string | null;
  }
> = {
  table: 'keys',
  key: 'id',
  state: 'active',
  columns: trx => [
    ...['id', 'hash', 'tenant', 'owner', 'service', 'expires_at'],
    modelsOfKey(trx),
  ],
  entryOf: row =>
    keyEntry({
      id: row.id,
      hash: row.hash,
      tenant: row.tenant,
      owner: row.owner,
      service: row.service ?? undefined,
      models: (row.models ?? '').split('\n').filter(Boolean).map(toKeyModel),
      expiresAt: row.expires_at,
      state: 'active',
    }),
};

/** As text: a row of its own for each model would be as many objects again. */
function modelsOfKey(trx: Knex.Transaction): Knex.Raw {
  const [aggregate, newLine] = isPostgres(trx)
    ? ['string_agg', 'chr(10)']
    : ['group_concat', 'char(10)'];
  return trx.raw(
    `(SELECT ${aggregate}(model || ' ' || coalesce(grant_id, ''), ${newLine})
      FROM key_grants WHERE key_id = keys.id AND ended = ?) AS models`,
    [false],
  );
}

/** Neither refs of models nor ids have a space. */
function toKeyModel(line: string): KeyModel {
  const [model, grantId] = line.split(' ');
  return { model, grantId: grantId || undefined };
}

function isPostgres(knex: Knex): boolean {
  return knex.client.config.client === 'pg';
}

/**
 * Reads all members, blocks and active keys and grants as they were at one moment, in pages, and returns the revision of that moment: a reader
 * goes on from there with the feed. On Postgres the transaction is repeatable-read and holds up nobody.
 */
export async function readSnapshot(
  knex: Knex,
  onEntries: (entries: IndexEntry[]) => void,
): Promise<number> {
  return knex.transaction(
    async trx => {
      const head = await trx('heads').where('id', 1).first();
      const blocks = await trx<BlockRow>('blocks').whereNull('ended_at');
      onEntries(blocks.map(row => blockEntry(toBlock(row))));
      await readTable(trx, members, onEntries);
      await readTable(trx, grants, onEntries);
      await readTable(trx, keys, onEntries);
      return Number(head.revision);
    },
    isPostgres(knex)
      ? { isolationLevel: 'repeatable read', readOnly: true }
      : undefined,
  );
}

/** The next page is on its way while entries of the one before are handed over. */
async function readTable<Row>(
  trx: Knex.Transaction,
  paged: Paged<Row>,
  onEntries: (entries: IndexEntry[]) => void,
): Promise<void> {
  let page = await readPage(trx, paged, '');
  while (page.length > 0) {
    const [next] = await Promise.all([
      page.length < PAGE
        ? []
        : readPage(trx, paged, String(page[page.length - 1][paged.key])),
      handOver(page, paged, onEntries),
    ]);
    page = next;
  }
}

async function readPage<Row>(
  trx: Knex.Transaction,
  { table, key, state, columns }: Paged<Row>,
  after: string,
): Promise<Row[]> {
  return trx(table)
    .select(columns(trx))
    .where('state', state)
    .where(key, '>', after)
    .orderBy(key)
    .limit(PAGE);
}

async function handOver<Row>(
  rows: Row[],
  { entryOf }: Paged<Row>,
  onEntries: (entries: IndexEntry[]) => void,
): Promise<void> {
  for (let at = 0; at < rows.length; at += ENTRIES_AT_ONCE) {
    const some = rows.slice(at, at + ENTRIES_AT_ONCE);
    onEntries(some.flatMap(row => entryOf(row) ?? []));
    await setImmediate();
  }
}
