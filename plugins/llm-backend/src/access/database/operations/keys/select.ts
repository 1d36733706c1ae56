import type { Knex } from 'knex';
import { KeyGrantRow, KeyRow, StoredKey, toStoredKey } from '../../rows';
import { modelsOfKeys } from './modelsOfKeys';

/** Which active keys are meant; all conditions are ANDed, and there must be one. */
export interface KeySelection {
  ids?: string[];
  /** Those that hang off one of these grants. */
  grantIds?: string[];
  tenant?: string;
  owner?: string;
  backupOwner?: string;
  /** Those that may call this model because it is open to their owner. */
  implicitModel?: string;
  /** ISO 8601: those that run out at or before this time. */
  expiredBy?: string;
  /** ISO 8601: those that since were neither made nor used, nor said to be kept. */
  unusedSince?: string;
  limit?: number;
}

/** Active keys, for the room's own work: not filtered for anybody. */
export async function selectKeys(
  trx: Knex,
  selection: KeySelection,
): Promise<StoredKey[]> {
  const { limit, ...conditions } = selection;
  if (Object.values(conditions).every(value => value === undefined)) {
    throw new Error('A selection of keys needs a condition');
  }
  const query = trx<KeyRow>('keys').where('state', 'active');
  for (const narrow of narrowings(trx, conditions)) {
    narrow(query);
  }
  if (limit !== undefined) {
    query.orderBy('id').limit(limit);
  }
  const rows: KeyRow[] = await query;
  const models = await modelsOfKeys(
    trx,
    rows.map(row => row.id),
  );
  return rows.map(row => toStoredKey(row, models.get(row.id) ?? []));
}

function narrowings(
  trx: Knex,
  conditions: Omit<KeySelection, 'limit'>,
): ((query: Knex.QueryBuilder) => void)[] {
  const {
    ids,
    grantIds,
    tenant,
    owner,
    backupOwner,
    implicitModel,
    expiredBy,
    unusedSince,
  } = conditions;
  const hanging = () =>
    trx<KeyGrantRow>('key_grants').where('ended', false).select('key_id');
  return [
    query => ids && query.whereIn('id', ids),
    query =>
      grantIds && query.whereIn('id', hanging().whereIn('grant_id', grantIds)),
    query => tenant && query.where('tenant', tenant),
    query => owner && query.where('owner', owner),
    query => backupOwner && query.where('backup_owner', backupOwner),
    query =>
      implicitModel &&
      query.whereIn(
        'id',
        hanging().where('model', implicitModel).whereNull('grant_id'),
      ),
    query => expiredBy && query.where('expires_at', '<=', expiredBy),
    query =>
      unusedSince &&
      query
        .where('created_at', '<', unusedSince)
        .where(idle =>
          idle
            .whereNull('last_used_at')
            .orWhere('last_used_at', '<', unusedSince),
        )
        .where(unkept =>
          unkept.whereNull('kept_at').orWhere('kept_at', '<', unusedSince),
        ),
  ];
}
