import type { AuditEntry } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import { z } from 'zod';
import type { AuditRow } from '../../../auditChain';
import { Page, PageQuery } from '../../../types';
import { checkLimit, openCursor, sealCursor } from '../../cursor';

/** Filters of the audit log; all are ANDed. */
export interface AuditFilter {
  /** Id of a request, a grant, a key or a block. */
  object?: string;
  tenant?: string;
}

const positionSchema = z.strictObject({ position: z.number().int().min(1) });

/**
 * A page of the audit log, newest first: all of it, or what concerns some tenants. Who blocked one of them and why is not for their owners to
 * know.
 */
export async function listAudit(
  knex: Knex,
  options: {
    userEntityRef: string;
    tenants?: string[];
    filter: AuditFilter;
    page: PageQuery;
  },
): Promise<Page<AuditEntry>> {
  const { userEntityRef, tenants, filter, page } = options;
  const limit = checkLimit(page.limit);
  const listedFor = { list: 'audit', userEntityRef, filter };
  const query = knex<AuditRow>('audit').orderBy('position', 'desc');
  if (tenants) {
    query.whereIn('tenant', tenants).whereNot('object_kind', 'block');
  }
  if (filter.tenant !== undefined) {
    query.where('tenant', filter.tenant);
  }
  if (filter.object !== undefined) {
    query.where('object_id', filter.object);
  }
  if (page.cursor !== undefined) {
    const after = openCursor(page.cursor, listedFor, positionSchema);
    query.where('position', '<', after.position);
  }
  const rows: AuditRow[] = await query.limit(limit + 1);
  const items = rows.slice(0, limit).map(toEntry);
  const last = items[items.length - 1];
  return rows.length > limit && last
    ? { items, nextCursor: sealCursor(listedFor, { position: last.position }) }
    : { items };
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    // Postgres answers big integers as text.
    position: Number(row.position),
    at: row.at,
    actor: row.actor,
    action: row.action,
    objectKind: row.object_kind,
    objectId: row.object_id,
    tenant: row.tenant,
    details: z.record(z.string(), z.unknown()).parse(JSON.parse(row.details)),
  };
}
