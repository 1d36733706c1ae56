import type { Knex } from 'knex';
import { Approvers, ListScope, OwnSight, Sight } from '../types';

/** One reason to see a row: a condition on a query. A row is seen for any of them. */
export type Reason = (query: Knex.QueryBuilder) => void;

/** Why somebody may see rows: any of the reasons, or none is needed. Without any reason she sees nothing. */
export type Reasons = 'everything' | Reason[];

/** What a table has to say about the two ways in which a row can be somebody's. */
interface Belonging {
  /** It is hers. */
  mine(own: OwnSight): Reason[];
  /** It belongs to what she owns. */
  owned(own: OwnSight): Reason[];
}

function reasons(belonging: Belonging) {
  return (sight: Sight, scope: ListScope = 'all'): Reasons => {
    if (scope === 'all' && sight.everything) {
      return 'everything';
    }
    const own = sight.everything ? sight.own : sight;
    if (!own) {
      return [];
    }
    return [
      ...(scope === 'owned' ? [] : belonging.mine(own)),
      ...(scope === 'mine' ? [] : belonging.owned(own)),
    ];
  };
}

/** Why somebody may see keys: her own, those she backs up, and those of tenants that she owns. */
export const reasonsToSeeKeys = reasons({
  mine: own => [
    query => query.where('owner', own.userEntityRef),
    query => query.where('backup_owner', own.userEntityRef),
  ],
  owned: own => each('tenant', own.ownedTenants),
});

/**
 * Why somebody may see grants: she asked for them, they are for her or for a group of hers in a tenant of hers, or they belong to
 * tenants or models that she owns.
 */
export const reasonsToSeeGrants = reasons({
  mine: own => [
    query => query.where('requested_by', own.userEntityRef),
    query =>
      query.where('subject_kind', 'user').where('subject', own.userEntityRef),
    query =>
      query
        .where('subject_kind', 'group')
        .whereIn('subject', own.groups)
        .whereIn('tenant', own.memberTenants),
  ],
  owned: own => [
    ...each('tenant', own.ownedTenants),
    ...each('model', own.ownedModels),
  ],
});

/** Why somebody may see requests: her own, and those about tenants and models that she owns. */
export const reasonsToSeeRequests = reasons({
  mine: own => [query => query.where('requester', own.userEntityRef)],
  owned: own => [
    ...each('tenant', own.ownedTenants),
    ...each('model', own.ownedModels),
  ],
});

/** Why requests are somebody's to decide, if they are not her own: she owns the model or the tenant, and its owners are asked. */
export function reasonsToDecide(reach: Sight): Reasons {
  if (reach.everything) {
    return 'everything';
  }
  const asked =
    (reason: Reason, notAsked: Approvers): Reason =>
    query => {
      reason(query);
      query.whereNotIn('approvers', [notAsked, 'admins']);
    };
  return [
    ...each('tenant', reach.ownedTenants).map(reason =>
      asked(reason, 'model-owners'),
    ),
    ...each('model', reach.ownedModels).map(reason =>
      asked(reason, 'tenant-owners'),
    ),
  ];
}

/** Narrows a query to rows that there is a reason to see. */
export function see(query: Knex.QueryBuilder, because: Reasons): void {
  if (because === 'everything') {
    return;
  }
  if (because.length === 0) {
    query.whereRaw('1 = 0');
    return;
  }
  query.where(any => {
    for (const reason of because) {
      any.orWhere(one => reason(one));
    }
  });
}

/** A reason for each value and not one for all, because an index gives the newest rows of one value without sorting. */
function each(column: string, values: string[]): Reason[] {
  return values.map(value => query => query.where(column, value));
}
