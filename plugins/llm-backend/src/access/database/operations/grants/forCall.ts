import type { Knex } from 'knex';
import type { Principal } from '../../../decisions/validity';
import { Grant } from '../../../types';
import { heldBy } from '../../heldBy';
import { GrantRow, toGrant } from '../../rows';

/** How far back it looks: enough to say how the last one ended. */
const MOST = 50;

/**
 * Grants of a person or a service on one model, in these tenants, in whatever state: active ones first, of these and of the others the newest.
 * Not filtered for anybody.
 */
export async function grantsForCall(
  knex: Knex,
  options: { model: string; tenants: string[]; principal: Principal },
): Promise<Grant[]> {
  const { model, tenants, principal } = options;
  const rows = await knex<GrantRow>('grants')
    .where({ model })
    .whereIn('tenant', tenants)
    .where(heldBy(principal))
    .orderBy([
      { column: 'state' },
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(MOST);
  return rows.map(toGrant);
}
