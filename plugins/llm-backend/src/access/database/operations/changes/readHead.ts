import type { Knex } from 'knex';

/** The last revision of the feed. */
export async function readHead(knex: Knex): Promise<number> {
  const head = await knex('heads').where('id', 1).first('revision');
  return Number(head.revision);
}
