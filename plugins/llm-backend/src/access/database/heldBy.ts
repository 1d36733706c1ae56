import type { Knex } from 'knex';
import type { Principal } from '../decisions/validity';

/** Narrows grants to those of a service, or of a person in her own right and through her groups. */
export function heldBy(
  principal: Principal,
): (grants: Knex.QueryBuilder) => void {
  return grants => {
    if ('service' in principal) {
      grants.where({ subject_kind: 'service', subject: principal.service });
      return;
    }
    grants
      .where({ subject_kind: 'user', subject: principal.user })
      .orWhere(group =>
        group
          .where('subject_kind', 'group')
          .whereIn('subject', principal.groups),
      );
  };
}
