import type { Knex } from 'knex';

/** An answer that was given before. */
export interface KnownAnswer {
  /** SHA-256 of what was asked. */
  requestHash: string;
  /** JSON. */
  answer: string;
}

/** The answer that the actor got under this idempotency key, if any. */
export async function findAnswer(
  knex: Knex,
  actor: string,
  idempotencyKey: string,
): Promise<KnownAnswer | undefined> {
  const row = await knex('idempotency')
    .where({ actor, idempotency_key: idempotencyKey })
    .first();
  return row && { requestHash: row.request_hash, answer: row.answer };
}
