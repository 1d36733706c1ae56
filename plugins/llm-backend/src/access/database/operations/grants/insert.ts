import type { Knex } from 'knex';
import { Grant } from '../../../types';
import { fromGrant } from '../../rows';

/** Stores a new grant. */
export async function insertGrant(
  trx: Knex.Transaction,
  grant: Grant,
): Promise<void> {
  await trx('grants').insert(fromGrant(grant));
}
