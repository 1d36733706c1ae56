import type { Knex } from 'knex';
import { NewModelRow, NewModelState, ofState } from './rows';

/** Notes what became of a new model; what the state does not name is cleared. */
export async function saveNewModel(
  knex: Knex,
  requestId: string,
  state: NewModelState,
): Promise<void> {
  await knex<NewModelRow>('new_models')
    .where('request_id', requestId)
    .update(ofState(state));
}
