import type { Knex } from 'knex';
import { Grant } from '../../../types';
import { GrantRow, toGrant } from '../../rows';

/** Which active grants are meant; all conditions are ANDed, and there must be one. */
export interface GrantSelection {
  ids?: string[];
  tenant?: string;
  model?: string;
  /** Entity ref of a user who holds them in person. */
  user?: string;
  /** ISO 8601: those that run out at or before this time. */
  expiredBy?: string;
  limit?: number;
}

/** Active grants, for the room's own work: not filtered for anybody. */
export async function selectGrants(
  trx: Knex,
  selection: GrantSelection,
): Promise<Grant[]> {
  const { ids, tenant, model, user, expiredBy, limit } = selection;
  if (!ids && !tenant && !model && !user && !expiredBy) {
    throw new Error('A selection of grants needs a condition');
  }
  const query = trx<GrantRow>('grants').where('state', 'active');
  if (ids) {
    query.whereIn('id', ids);
  }
  if (tenant !== undefined) {
    query.where('tenant', tenant);
  }
  if (model !== undefined) {
    query.where('model', model);
  }
  if (user !== undefined) {
    query.where({ subject_kind: 'user', subject: user });
  }
  if (expiredBy !== undefined) {
    query.where('expires_at', '<=', expiredBy).orderBy('expires_at');
  }
  if (limit !== undefined) {
    query.limit(limit);
  }
  const rows: GrantRow[] = await query;
  return rows.map(toGrant);
}
