import type { Knex } from 'knex';
import type { AuditRow } from '../../../auditChain';
import { insertRows } from '../../insertRows';

/** Appends rows to the audit chain; the caller holds the lock and has chained them. */
export async function appendAudit(
  trx: Knex.Transaction,
  rows: AuditRow[],
): Promise<void> {
  await insertRows(trx, 'audit', rows);
}
