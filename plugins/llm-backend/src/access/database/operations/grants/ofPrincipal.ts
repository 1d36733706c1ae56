import type { Knex } from 'knex';
import type { Principal } from '../../../decisions/validity';
import { Grant } from '../../../types';
import { heldBy } from '../../heldBy';
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
    .where(heldBy(principal));
  return rows.map(toGrant);
}

/** The grants of all services of some tenants that are active and did not run out. */
export async function grantsOfServices(
  knex: Knex,
  options: { tenants: string[]; now: Date },
): Promise<Grant[]> {
  const rows = await knex<GrantRow>('grants')
    .whereIn('tenant', options.tenants)
    .where({ state: 'active', subject_kind: 'service' })
    .where('expires_at', '>', options.now.toISOString())
    .orderBy('subject');
  return rows.map(toGrant);
}

/**
 * Grants on these models that are active, did not run out, and may be for one of these principals in their tenants. It can answer with others'
 * grants too: whose each is, the caller decides with `isFor`.
 */
export async function grantsOfPrincipals(
  knex: Knex,
  options: {
    principals: { tenant: string; principal: Principal }[];
    models: string[];
    now: Date;
  },
): Promise<Grant[]> {
  const { principals, models, now } = options;
  const subjects = principals.flatMap(({ principal }) =>
    'service' in principal
      ? [principal.service]
      : [principal.user, ...principal.groups],
  );
  const rows = await knex<GrantRow>('grants')
    .whereIn('tenant', [...new Set(principals.map(({ tenant }) => tenant))])
    .whereIn('subject', [...new Set(subjects)])
    .whereIn('model', [...new Set(models)])
    .where('state', 'active')
    .where('expires_at', '>', now.toISOString());
  return rows.map(toGrant);
}
