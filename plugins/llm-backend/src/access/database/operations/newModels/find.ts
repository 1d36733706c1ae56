import type { Knex } from 'knex';
import { NewModel, NewModelRow, toNewModel } from './rows';

/** The new model of a request, if it asks for one. */
export async function findNewModel(
  knex: Knex,
  requestId: string,
): Promise<NewModel | undefined> {
  return (await selectNewModels(knex, [requestId])).get(requestId);
}

/** The new models of requests, by the request's id. */
export async function selectNewModels(
  knex: Knex,
  requestIds: string[],
): Promise<Map<string, NewModel>> {
  if (requestIds.length === 0) {
    return new Map();
  }
  const rows: NewModelRow[] = await knex<NewModelRow>('new_models').whereIn(
    'request_id',
    requestIds,
  );
  return new Map(rows.map(row => [row.request_id, toNewModel(row)]));
}

/** An approved model that is not in the cluster yet. */
export interface OpenNewModel {
  requestId: string;
  /** `<namespace>/<name>`. */
  model: string;
  /** When to go on with it; at once if absent. */
  nextTryAt?: string;
}

/** New models that are approved and not in the cluster yet, the oldest first. */
export async function openNewModels(knex: Knex): Promise<OpenNewModel[]> {
  const rows: (Pick<NewModelRow, 'request_id' | 'next_try_at'> & {
    model: string;
  })[] = await knex<NewModelRow>('new_models')
    .join('requests', 'requests.id', 'new_models.request_id')
    .where('requests.state', 'approved')
    .whereNull('applied_at')
    .orderBy('requests.decided_at')
    .select('request_id', 'next_try_at', 'requests.model');
  return rows.map(row => ({
    requestId: row.request_id,
    model: row.model,
    nextTryAt: row.next_try_at ?? undefined,
  }));
}
