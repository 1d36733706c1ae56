import type { Knex } from 'knex';

/** An answer that was given before. */
export interface KnownAnswer {
  actor: string;
  idempotencyKey: string;
  /** SHA-256 of what was asked. */
  requestHash: string;
  /** JSON. */
  answer: string;
}

/** The answers that actors got under their idempotency keys, where there are any. */
export async function findAnswers(
  knex: Knex,
  asked: Pick<KnownAnswer, 'actor' | 'idempotencyKey'>[],
): Promise<KnownAnswer[]> {
  if (asked.length === 0) {
    return [];
  }
  const rows = await knex('idempotency').whereIn(
    ['actor', 'idempotency_key'],
    asked.map(({ actor, idempotencyKey }) => [actor, idempotencyKey]),
  );
  return rows.map(row => ({
    actor: row.actor,
    idempotencyKey: row.idempotency_key,
    requestHash: row.request_hash,
    answer: row.answer,
  }));
}
