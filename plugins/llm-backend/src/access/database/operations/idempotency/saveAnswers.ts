import type { Knex } from 'knex';
import { insertRows } from '../../insertRows';
import type { KnownAnswer } from './findAnswers';

/** Keeps answers to mutations, in the transaction of those mutations. */
export async function saveAnswers(
  trx: Knex.Transaction,
  answers: KnownAnswer[],
  at: string,
): Promise<void> {
  await insertRows(
    trx,
    'idempotency',
    answers.map(({ actor, idempotencyKey, requestHash, answer }) => ({
      actor,
      idempotency_key: idempotencyKey,
      request_hash: requestHash,
      answer,
      at,
    })),
  );
}
