import type { Knex } from 'knex';
import { RequestComment } from '../../../types';

/** Adds what somebody said to a request; the caller holds the lock. */
export async function addComment(
  trx: Knex.Transaction,
  requestId: string,
  { step, author, comment, at }: RequestComment,
): Promise<void> {
  const last = await trx('request_comments')
    .where('request_id', requestId)
    .max({ position: 'position' })
    .first();
  await trx('request_comments').insert({
    request_id: requestId,
    position: Number(last?.position ?? 0) + 1,
    step,
    author,
    comment,
    at,
  });
}
