import type { Knex } from 'knex';
import type { KnownMember } from '../../../decisions/membership';
import { MemberRow, toMember } from '../../rows';

/** Everybody who is known, those who left included. */
export async function selectMembers(knex: Knex): Promise<KnownMember[]> {
  const rows = await knex<MemberRow>('members');
  return rows.map(toMember);
}

/** Whether nobody has ever been written down. */
export async function hasNoMembers(knex: Knex): Promise<boolean> {
  return (await knex<MemberRow>('members').first('user_ref')) === undefined;
}

/** One person, if she is known. */
export async function findMember(
  knex: Knex,
  userEntityRef: string,
): Promise<KnownMember | undefined> {
  const row = await knex<MemberRow>('members')
    .where('user_ref', userEntityRef)
    .first();
  return row && toMember(row);
}

/** Those whose holdings must be looked at again. */
export async function membersToRecheck(knex: Knex): Promise<string[]> {
  const rows = await knex<MemberRow>('members')
    .where('rechecks', '>', 0)
    .select('user_ref');
  return rows.map(row => row.user_ref);
}
