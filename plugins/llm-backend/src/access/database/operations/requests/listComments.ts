import type { Knex } from 'knex';
import { RequestComment } from '../../../types';

/** What was said about a request, in order. The caller has checked that the request may be seen. */
export async function listComments(
  knex: Knex,
  requestId: string,
): Promise<RequestComment[]> {
  return knex<RequestComment & { request_id: string; position: number }>(
    'request_comments',
  )
    .where('request_id', requestId)
    .orderBy('position')
    .select('step', 'author', 'comment', 'at');
}
