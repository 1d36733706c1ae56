import type { Knex } from 'knex';
import type { KnownAnswer } from './findAnswer';

/** Keeps the answer to a mutation, in the transaction of that mutation. */
export async function saveAnswer(
  trx: Knex.Transaction,
  options: KnownAnswer & { actor: string; idempotencyKey: string; at: string },
): Promise<void> {
  await trx('idempotency').insert({
    actor: options.actor,
    idempotency_key: options.idempotencyKey,
    request_hash: options.requestHash,
    answer: options.answer,
    at: options.at,
  });
}
