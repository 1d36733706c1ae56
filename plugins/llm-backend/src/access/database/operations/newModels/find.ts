import type { Knex } from 'knex';
import type { ModelManifest } from '../../../newModels/manifest';
import type { NewModelRow } from './rows';

/** What a request for a new model asks for, and what became of it. */
export interface NewModel {
  requestId: string;
  manifest: ModelManifest;
  appliedAt?: string;
  /** Why an approved one is not in the cluster yet. */
  problem?: string;
}

function toNewModel(row: NewModelRow): NewModel {
  return {
    requestId: row.request_id,
    // Only what was read as a manifest is stored.
    manifest: JSON.parse(row.manifest),
    appliedAt: row.applied_at ?? undefined,
    problem: row.problem ?? undefined,
  };
}

/** The new model of a request, if it asks for one. */
export async function findNewModel(
  knex: Knex,
  requestId: string,
): Promise<NewModel | undefined> {
  const row = await knex<NewModelRow>('new_models')
    .where('request_id', requestId)
    .first();
  return row && toNewModel(row);
}

/** New models that are approved and not in the cluster yet, the oldest first. */
export async function newModelsToApply(
  knex: Knex,
  limit: number,
): Promise<NewModel[]> {
  const rows: NewModelRow[] = await knex<NewModelRow>('new_models')
    .join('requests', 'requests.id', 'new_models.request_id')
    .where('requests.state', 'approved')
    .whereNull('applied_at')
    .orderBy('requests.decided_at')
    .limit(limit)
    .select('new_models.*');
  return rows.map(toNewModel);
}
