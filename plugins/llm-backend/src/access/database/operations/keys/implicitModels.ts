import type { Knex } from 'knex';

/** The models that some key may call because they are open to its owner, without a grant. */
export async function implicitModels(knex: Knex): Promise<string[]> {
  const rows: { model: string }[] = await knex('key_grants')
    .whereNull('grant_id')
    .where('ended', false)
    .distinct('model');
  return rows.map(({ model }) => model);
}
