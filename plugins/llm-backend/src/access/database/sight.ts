import type { Knex } from 'knex';
import { Sight } from '../types';

/** One reason to see a row: a condition on a query. A row is seen for any of them. */
export type Reason = (query: Knex.QueryBuilder) => void;

/** Why somebody may see keys: her own, those she backs up, and those of tenants that she owns. */
export function reasonsToSeeKeys(sight: Sight): Reason[] {
  if (sight.everything) {
    return [];
  }
  return [
    query => query.where('owner', sight.userEntityRef),
    query => query.where('backup_owner', sight.userEntityRef),
    ...each('tenant', sight.ownedTenants),
  ];
}

/**
 * Why somebody may see grants: she asked for them, they are for her or for a group of hers in a tenant of hers, or they belong to
 * tenants or models that she owns.
 */
export function reasonsToSeeGrants(sight: Sight): Reason[] {
  if (sight.everything) {
    return [];
  }
  return [
    query => query.where('requested_by', sight.userEntityRef),
    query =>
      query.where('subject_kind', 'user').where('subject', sight.userEntityRef),
    query =>
      query
        .where('subject_kind', 'group')
        .whereIn('subject', sight.groups)
        .whereIn('tenant', sight.memberTenants),
    ...each('tenant', sight.ownedTenants),
    ...each('model', sight.ownedModels),
  ];
}

/** Why somebody may see requests: her own, and those about tenants and models that she owns. */
export function reasonsToSeeRequests(sight: Sight): Reason[] {
  if (sight.everything) {
    return [];
  }
  return [
    query => query.where('requester', sight.userEntityRef),
    ...each('tenant', sight.ownedTenants),
    ...each('model', sight.ownedModels),
  ];
}

/** Narrows a query to rows that there is a reason to see; without any reasons named, everything may be seen. */
export function see(query: Knex.QueryBuilder, reasons: Reason[]): void {
  if (reasons.length === 0) {
    return;
  }
  query.where(any => {
    for (const reason of reasons) {
      any.orWhere(one => reason(one));
    }
  });
}

/** A reason for each value and not one for all, because an index gives the newest rows of one value without sorting. */
function each(column: string, values: string[]): Reason[] {
  return values.map(value => query => query.where(column, value));
}
