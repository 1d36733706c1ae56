import type { Knex } from 'knex';
import {
  AuditRow,
  ChainVerdict,
  chainStart,
  followChain,
} from '../../../auditChain';

/** Rows that are read at once. */
const PAGE = 1_000;

/** Follows the whole audit chain and compares its end with the head, so that rows cut off at the end are noticed too. */
export async function verifyAudit(knex: Knex): Promise<ChainVerdict> {
  // The head first: what is appended meanwhile is followed as well and does no harm.
  const head = await knex('heads').where('id', 1).first();
  let verdict: ChainVerdict = { intact: true, head: chainStart };
  let atHead = chainStart.position === Number(head.audit_position);
  while (verdict.intact) {
    const from = verdict.head;
    const rows: AuditRow[] = await knex('audit')
      .where('position', '>', from.position)
      .orderBy('position')
      .limit(PAGE);
    if (rows.length === 0) {
      break;
    }
    const page = rows.map(row => ({ ...row, position: Number(row.position) }));
    verdict = followChain(from, page);
    atHead ||= page.some(
      row =>
        row.position === Number(head.audit_position) &&
        row.hash === head.audit_hash,
    );
  }
  if (verdict.intact && !atHead) {
    return {
      intact: false,
      position: Number(head.audit_position),
      because: 'the chain does not reach its head',
    };
  }
  return verdict;
}
