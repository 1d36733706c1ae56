import type { Knex } from 'knex';

/** Up to where people were told. */
export interface NotifiedUntil {
  /** Position in the audit chain. */
  auditPosition: number;
  /** Reminders that fell due up to this time are sent; ISO 8601. */
  remindedUntil: string;
  /** Days after which grants were to be confirmed then; absent before anybody was reminded. */
  recertifyDays?: number;
}

/** Up to where people were told. */
export async function readNotified(knex: Knex): Promise<NotifiedUntil> {
  const row = await knex('notified').where('id', 1).first();
  return {
    // Postgres answers big integers as text.
    auditPosition: Number(row.audit_position),
    remindedUntil: row.reminded_until,
    recertifyDays: row.recertify_days ?? undefined,
  };
}
