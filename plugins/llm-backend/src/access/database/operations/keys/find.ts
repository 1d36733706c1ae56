import type { Knex } from 'knex';
import { Sight } from '../../../types';
import { KeyRow, StoredKey, toStoredKey } from '../../rows';
import { reasonsToSeeKeys, see } from '../../sight';
import { modelsOfKeys } from './modelsOfKeys';

/** A key, if there is one that this person may see. */
export async function findKey(
  knex: Knex,
  id: string,
  sight: Sight,
): Promise<StoredKey | undefined> {
  const query = knex<KeyRow>('keys').where('id', id);
  see(query, reasonsToSeeKeys(sight));
  const row = await query.first();
  if (!row) {
    return undefined;
  }
  const models = await modelsOfKeys(knex, [id]);
  return toStoredKey(row, models.get(id) ?? []);
}
