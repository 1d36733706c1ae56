import type { Knex } from 'knex';
import type { Head } from './lockHead';

/** Writes down where the feed and the chain now end; the caller holds the lock. */
export async function saveHead(
  trx: Knex.Transaction,
  head: Head,
): Promise<void> {
  await trx('heads').where('id', 1).update({
    revision: head.revision,
    audit_position: head.audit.position,
    audit_hash: head.audit.hash,
  });
}
