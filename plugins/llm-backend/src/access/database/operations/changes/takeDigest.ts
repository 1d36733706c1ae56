import type { Knex } from 'knex';
import { IndexDigest } from '../../../indexEntries';
import { readSnapshot } from './readSnapshot';
import type { FeedDigest } from './since';

/** Writes down what the index must look like now; authorizers compare it with what theirs was at that revision. */
export async function takeDigest(knex: Knex, now: Date): Promise<FeedDigest> {
  const digest = new IndexDigest();
  const revision = await readSnapshot(knex, entries => {
    for (const entry of entries) {
      digest.add(entry);
    }
  });
  const taken = {
    revision,
    digest: digest.toString(),
    entries: digest.entries,
  };
  await knex('digests')
    .insert({ ...taken, at: now.toISOString() })
    .onConflict('revision')
    .merge();
  return taken;
}
