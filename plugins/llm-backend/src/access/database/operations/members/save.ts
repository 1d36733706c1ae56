import type { Knex } from 'knex';
import type { KnownMember } from '../../../decisions/membership';
import { fromMember } from '../../rows';

/** Rows per statement: SQLite takes 500 in one insert. */
const BATCH = 400;

/** Writes down members as they are now. */
export async function saveMembers(
  trx: Knex.Transaction,
  members: KnownMember[],
  at: string,
): Promise<void> {
  for (let start = 0; start < members.length; start += BATCH) {
    await trx('members')
      .insert(
        members
          .slice(start, start + BATCH)
          .map(member => fromMember(member, at)),
      )
      .onConflict('user_ref')
      .merge();
  }
}

/** Notes that what somebody holds was looked at once. */
export async function noteRecheck(
  knex: Knex,
  userEntityRef: string,
): Promise<void> {
  await knex('members')
    .where('user_ref', userEntityRef)
    .where('rechecks', '>', 0)
    .decrement('rechecks', 1);
}
