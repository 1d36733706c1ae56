import type { Knex } from 'knex';
import { Sight } from '../types';

/** Narrows a query of `keys` to what somebody may see: her own, those she backs up, and those of tenants that she owns. */
export function seeKeys(query: Knex.QueryBuilder, sight: Sight): void {
  if (sight.everything) {
    return;
  }
  query.where(mine =>
    mine
      .where('owner', sight.userEntityRef)
      .orWhere('backup_owner', sight.userEntityRef)
      .orWhereIn('tenant', sight.ownedTenants),
  );
}

/**
 * Narrows a query of `grants`: those for her, for a group of hers in a tenant of hers, that she asked for, and those of tenants
 * and models that she owns.
 */
export function seeGrants(query: Knex.QueryBuilder, sight: Sight): void {
  if (sight.everything) {
    return;
  }
  query.where(mine =>
    mine
      .where('requested_by', sight.userEntityRef)
      .orWhere(user =>
        user
          .where('subject_kind', 'user')
          .where('subject', sight.userEntityRef),
      )
      .orWhere(group =>
        group
          .where('subject_kind', 'group')
          .whereIn('subject', sight.groups)
          .whereIn('tenant', sight.memberTenants),
      )
      .orWhereIn('tenant', sight.ownedTenants)
      .orWhereIn('model', sight.ownedModels),
  );
}

/** Narrows a query of `requests`: her own, and those about tenants and models that she owns. */
export function seeRequests(query: Knex.QueryBuilder, sight: Sight): void {
  if (sight.everything) {
    return;
  }
  query.where(mine =>
    mine
      .where('requester', sight.userEntityRef)
      .orWhereIn('tenant', sight.ownedTenants)
      .orWhereIn('model', sight.ownedModels),
  );
}
