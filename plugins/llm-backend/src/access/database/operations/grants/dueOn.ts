import type { Knex } from 'knex';
import { confirmBy } from '../../../decisions/recertification';
import { Grant } from '../../../types';
import { GrantRow, toGrant } from '../../rows';

const DAY_MS = 86_400_000;

/**
 * The active grants that an owner is to confirm on a day, those that wait longest first. A grant that ends before is not among them.
 *
 * @param options - `day` is any moment of the day, in UTC; with `lastDay`, all days up to that are meant
 */
export async function grantsDueOn(
  knex: Knex,
  options: { day: Date; lastDay?: Date; recertifyDays: number },
): Promise<Grant[]> {
  const { day, lastDay = day, recertifyDays } = options;
  const seenOn = (due: Date) =>
    (Math.floor(due.getTime() / DAY_MS) - recertifyDays) * DAY_MS;
  const last = 'coalesce(recertified_at, created_at)';
  const rows = await knex<GrantRow>('grants')
    .where('state', 'active')
    .whereRaw(`${last} >= ?`, [new Date(seenOn(day)).toISOString()])
    .whereRaw(`${last} < ?`, [new Date(seenOn(lastDay) + DAY_MS).toISOString()])
    .orderByRaw(`${last}, id`);
  return rows
    .map(toGrant)
    .filter(grant => confirmBy(grant, recertifyDays) !== undefined);
}
