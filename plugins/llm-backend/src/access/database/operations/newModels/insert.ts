import type { Knex } from 'knex';
import type { ModelManifest } from '../../../newModels/manifest';
import type { NewModelRow } from './rows';

/** Stores what a request asks for. */
export async function insertNewModel(
  trx: Knex,
  requestId: string,
  manifest: ModelManifest,
): Promise<void> {
  await trx<NewModelRow>('new_models').insert({
    request_id: requestId,
    manifest: JSON.stringify(manifest),
    applied_at: null,
    problem: null,
  });
}
