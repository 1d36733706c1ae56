import type { Knex } from 'knex';
import { KeyModel } from '../../../types';
import { inPieces } from '../../inPieces';
import { KeyGrantRow } from '../../rows';

/** The models that each of the keys may call, by the id of the key; those whose grant ended are left out. */
export async function modelsOfKeys(
  knex: Knex,
  keyIds: string[],
): Promise<Map<string, KeyModel[]>> {
  const models = new Map<string, KeyModel[]>();
  for (const ids of inPieces(keyIds)) {
    const rows = await knex<KeyGrantRow>('key_grants')
      .whereIn('key_id', ids)
      .where('ended', false)
      .orderBy('model');
    for (const row of rows) {
      const ofKey = models.get(row.key_id) ?? [];
      ofKey.push({ model: row.model, grantId: row.grant_id ?? undefined });
      models.set(row.key_id, ofKey);
    }
  }
  return models;
}
