import type { Knex } from 'knex';

/** Forgets answers given before a time (ISO 8601 in UTC with milliseconds): a retry after that is a new request. */
export async function pruneAnswers(
  knex: Knex,
  before: string,
): Promise<number> {
  return knex('idempotency').where('at', '<', before).delete();
}
