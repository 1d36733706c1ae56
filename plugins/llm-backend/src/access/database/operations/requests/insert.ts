import type { Knex } from 'knex';
import { AccessRequest } from '../../../types';
import { fromRequest } from '../../rows';

/** Stores a new request. */
export async function insertRequest(
  trx: Knex.Transaction,
  request: AccessRequest,
): Promise<void> {
  await trx('requests').insert(fromRequest(request));
}
