import type { Knex } from 'knex';

/**
 * Forgets changes made before a time. An authorizer that is further behind is told to read a snapshot.
 *
 * @param before - ISO 8601 in UTC with milliseconds
 * @returns how many were forgotten
 */
export async function pruneChanges(
  knex: Knex,
  before: string,
): Promise<number> {
  return knex.transaction<number>(async trx => {
    const last = await trx('changes')
      .where('at', '<', before)
      .max({ revision: 'revision' })
      .first();
    const revision = Number(last?.revision ?? 0);
    if (revision === 0) {
      return 0;
    }
    await trx('heads').where('id', 1).update({ pruned_revision: revision });
    await trx('digests').where('revision', '<=', revision).delete();
    const removed: number = await trx('changes')
      .where('revision', '<=', revision)
      .delete();
    return removed;
  });
}
