import type { Knex } from 'knex';
import { DigestRow, FeedDigest, toDigest } from './since';

/** The digest of the highest revision that has one. */
export async function lastDigest(knex: Knex): Promise<FeedDigest | undefined> {
  const row = await knex<DigestRow>('digests')
    .orderBy('revision', 'desc')
    .first();
  return row && toDigest(row);
}
