import type { Knex } from 'knex';
import type { ModelManifest } from '../../../newModels/manifest';
import { NewModelRow, ofState } from './rows';

/** Stores what a request asks for. */
export async function insertNewModel(
  trx: Knex,
  requestId: string,
  manifest: ModelManifest,
): Promise<void> {
  await trx<NewModelRow>('new_models').insert({
    ...ofState({ round: 1, failures: 0 }),
    request_id: requestId,
    manifest: JSON.stringify(manifest),
  });
}
