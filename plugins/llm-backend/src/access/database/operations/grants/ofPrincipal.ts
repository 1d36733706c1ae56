import type { Knex } from 'knex';
import type { Principal } from '../../../decisions/validity';
import { Grant } from '../../../types';
import { GrantRow, toGrant } from '../../rows';

/** The grants of a person or a service in some tenants that are active and did not run out. */
export async function grantsOfPrincipal(
  knex: Knex,
  options: { tenants: string[]; principal: Principal; now: Date },
): Promise<Grant[]> {
  const { tenants, principal, now } = options;
  const rows = await knex<GrantRow>('grants')
    .whereIn('tenant', tenants)
    .where('state', 'active')
    .where('expires_at', '>', now.toISOString())
    .where(subject => {
      if ('service' in principal) {
        subject.where({ subject_kind: 'service', subject: principal.service });
        return;
      }
      subject
        .where({ subject_kind: 'user', subject: principal.user })
        .orWhere(group =>
          group
            .where('subject_kind', 'group')
            .whereIn('subject', principal.groups),
        );
    });
  return rows.map(toGrant);
}
