import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import { insertRows } from '../../insertRows';
import { fromKey, StoredKey } from '../../rows';

/**
 * Stores a new key with its models.
 *
 * @throws ConflictError when a key with this hash is there already, ended ones included: an imported key that was revoked
 * here does not come back
 */
export async function insertKey(
  trx: Knex.Transaction,
  key: StoredKey,
): Promise<void> {
  const stored = await insertKeys(trx, [key]);
  if (stored.size === 0) {
    throw new ConflictError('This key is known here already. Issue a new one.');
  }
}

/**
 * Stores new keys with their models; up to 400, which is what SQLite takes in one statement.
 *
 * @returns the ids of those that were stored: one whose hash is there already is not, see {@link insertKey}
 */
export async function insertKeys(
  trx: Knex.Transaction,
  keys: StoredKey[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) {
    return new Set();
  }
  const inserted: { id: string }[] = await trx('keys')
    .insert(keys.map(fromKey))
    .onConflict('hash')
    .ignore()
    .returning('id');
  const stored = new Set(inserted.map(({ id }) => id));
  await insertRows(
    trx,
    'key_grants',
    keys
      .filter(({ id }) => stored.has(id))
      .flatMap(key =>
        key.models.map(({ model, grantId }) => ({
          key_id: key.id,
          model,
          grant_id: grantId ?? null,
          ended: false,
        })),
      ),
  );
  return stored;
}
