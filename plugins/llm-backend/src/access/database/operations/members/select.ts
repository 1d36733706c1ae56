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

/** Users who have one of these groups, by entity ref; those who left are not among them. */
export async function selectMembersOf(
  knex: Knex,
  groups: string[],
  limit: number,
): Promise<string[]> {
  const rows = await knex<MemberRow>('members')
    .where('state', 'member')
    .where(any => {
      any.whereRaw('1 = 0');
      for (const group of groups) {
        // The column holds a JSON list of names.
        any.orWhereRaw("?? like ? escape '!'", [
          'groups',
          `%${likeText(JSON.stringify(group))}%`,
        ]);
      }
    })
    .orderBy('user_ref')
    .limit(limit)
    .select('user_ref');
  return rows.map(row => row.user_ref);
}

function likeText(text: string): string {
  return text.replace(/[!%_]/g, found => `!${found}`);
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
