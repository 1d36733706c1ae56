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
  const inserted = await trx('keys')
    .insert(fromKey(key))
    .onConflict('hash')
    .ignore()
    .returning('id');
  if (inserted.length === 0) {
    throw new ConflictError('This key is known here already. Issue a new one.');
  }
  await insertRows(
    trx,
    'key_grants',
    key.models.map(({ model, grantId }) => ({
      key_id: key.id,
      model,
      grant_id: grantId ?? null,
      ended: false,
    })),
  );
}
