import type { Knex } from 'knex';
import { z } from 'zod';
import type { AuditAction, AuditRow } from './auditChain';
import { findGrant } from './database/operations/grants/find';
import { findKey } from './database/operations/keys/find';
import { selectKeys } from './database/operations/keys/select';
import { findRequest } from './database/operations/requests/find';
import { GrantRow, toGrant, withoutHash } from './database/rows';
import { blockedInWords, blocksOn } from './refuseBlocked';
import { AccessRequest, Grant, Key } from './types';

/** Something that happened and that somebody may want to hear of, with the object as it is now. */
export type AccessNews = {
  /** In the audit chain. */
  position: number;
  at: string;
  /** A user, `rule:<name>`, or `system:<what>`. */
  actor: string;
  /** What was said with it. */
  comment?: string;
} & (
  | {
      kind: 'request';
      action: Extract<AuditAction, `request-${string}`>;
      request: AccessRequest;
    }
  | {
      kind: 'new-model';
      action: Extract<AuditAction, `model-${string}`>;
      request: AccessRequest;
    }
  | { kind: 'grant'; action: 'grant-ended'; grant: Grant }
  | { kind: 'key'; action: 'key-ended' | 'key-handed-over'; key: Key }
);

/** A grant that ends soon, and the keys that end with it. */
export interface EndingGrant {
  grant: Grant;
  keys: Key[];
  /** Whether the kill switch stops whom it is for, its tenant or its model. */
  isBlocked: boolean;
}

const everything = { everything: true } as const;
const detailsSchema = z.object({ comment: z.string().optional() });

/**
 * What happened after a position of the audit chain, oldest first. The chain commits together with what it tells of, so nothing is
 * missing and nothing is told that did not happen.
 *
 * @returns the news among at most `limit` rows, and the position up to which they reach
 */
export async function newsSince(
  knex: Knex,
  position: number,
  limit: number,
): Promise<{ news: AccessNews[]; position: number }> {
  const rows: AuditRow[] = await knex<AuditRow>('audit')
    .where('position', '>', position)
    .orderBy('position')
    .limit(limit);
  const news: AccessNews[] = [];
  for (const row of rows) {
    const item = await toNews(knex, row);
    if (item) {
      news.push(item);
    }
  }
  const last = rows[rows.length - 1];
  return { news, position: last ? Number(last.position) : position };
}

async function toNews(
  knex: Knex,
  row: AuditRow,
): Promise<AccessNews | undefined> {
  const { at, actor, object_id: id } = row;
  const { comment } = detailsSchema.parse(JSON.parse(row.details));
  // Postgres answers big integers as text.
  const what = { position: Number(row.position), at, actor, comment };
  const { action } = row;
  if (isRequestAction(action)) {
    const request = await findRequest(knex, id, everything);
    return request && { ...what, kind: 'request', action, request };
  }
  if (isNewModelAction(action)) {
    const request = await findRequest(knex, id, everything);
    return request && { ...what, kind: 'new-model', action, request };
  }
  if (action === 'grant-ended') {
    const grant = await findGrant(knex, id, everything);
    return grant && { ...what, kind: 'grant', action, grant };
  }
  if (action === 'key-ended' || action === 'key-handed-over') {
    const key = await findKey(knex, id, everything);
    return key && { ...what, kind: 'key', action, key: withoutHash(key) };
  }
  return undefined;
}

function isRequestAction(
  action: string,
): action is Extract<AuditAction, `request-${string}`> {
  return action.startsWith('request-');
}

function isNewModelAction(
  action: string,
): action is Extract<AuditAction, `model-${string}`> {
  return action.startsWith('model-');
}

/** Active grants that end after one time and at or before the other, both ISO 8601, with the keys that hang off them. */
export async function grantsEndingBetween(
  knex: Knex,
  after: string,
  until: string,
): Promise<EndingGrant[]> {
  const rows: GrantRow[] = await knex<GrantRow>('grants')
    .where('state', 'active')
    .where('expires_at', '>', after)
    .where('expires_at', '<=', until)
    .orderBy('expires_at');
  const grants = rows.map(toGrant);
  const keys =
    grants.length > 0
      ? await selectKeys(knex, { grantIds: grants.map(({ id }) => id) })
      : [];
  const blockables = grants.map(({ tenant, model, subject }) => ({
    users: subject.kind === 'user' ? [subject.ref] : [],
    tenant,
    models: [model],
  }));
  const isBlocked = await blocksOn(knex, blockables);
  return grants.map((grant, at) => ({
    grant,
    isBlocked: blockedInWords(isBlocked, blockables[at]) !== undefined,
    keys: keys
      .filter(key => key.models.some(({ grantId }) => grantId === grant.id))
      .map(withoutHash),
  }));
}
