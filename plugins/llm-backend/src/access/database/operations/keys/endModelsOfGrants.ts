import type { Knex } from 'knex';
import { inPieces } from '../../inPieces';

/** Takes from keys the models that they may call by these grants; which they were stays on record. */
export async function endModelsOfGrants(
  trx: Knex.Transaction,
  keyIds: string[],
  grantIds: string[],
): Promise<void> {
  for (const some of inPieces(keyIds)) {
    await trx('key_grants')
      .whereIn('key_id', some)
      .whereIn('grant_id', grantIds)
      .update({ ended: true });
  }
}
