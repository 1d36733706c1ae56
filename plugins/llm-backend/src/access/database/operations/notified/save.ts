import type { Knex } from 'knex';
import type { NotifiedUntil } from './read';

/** Notes up to where people were told. It never goes back. */
export async function saveNotified(
  knex: Knex,
  { auditPosition, remindedUntil, recertifyDays }: Partial<NotifiedUntil>,
): Promise<void> {
  if (auditPosition !== undefined) {
    await knex('notified')
      .where('id', 1)
      .where('audit_position', '<', auditPosition)
      .update({ audit_position: auditPosition });
  }
  if (remindedUntil !== undefined) {
    await knex('notified')
      .where('id', 1)
      .where('reminded_until', '<', remindedUntil)
      .update({
        reminded_until: remindedUntil,
        recertify_days: recertifyDays,
      });
  }
}
