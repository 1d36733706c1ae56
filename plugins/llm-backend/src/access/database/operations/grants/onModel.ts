import type { Knex } from 'knex';

/** How many active grants on a model a tenant has, and how many active keys hang off them. */
export interface GrantsOfTenant {
  tenant: string;
  grants: number;
  keys: number;
}

/** Active grants on a model by tenant, most first; not filtered for anybody. */
export async function grantsOnModel(
  knex: Knex,
  model: string,
  now: string,
): Promise<GrantsOfTenant[]> {
  const rows: Record<'tenant' | 'grants' | 'keys', string | number>[] =
    await knex('grants')
      .leftJoin('key_grants', hanging =>
        hanging
          .on('key_grants.grant_id', 'grants.id')
          .andOnVal('key_grants.ended', false),
      )
      .leftJoin('keys', active =>
        active
          .on('keys.id', 'key_grants.key_id')
          .andOnVal('keys.state', 'active'),
      )
      .where('grants.model', model)
      .where('grants.state', 'active')
      .where('grants.expires_at', '>', now)
      .groupBy('grants.tenant')
      .select(
        'grants.tenant as tenant',
        knex.raw('count(distinct grants.id) as grants'),
        knex.raw('count(distinct keys.id) as keys'),
      );
  return rows
    .map(row => ({
      tenant: String(row.tenant),
      grants: Number(row.grants),
      keys: Number(row.keys),
    }))
    .sort((a, b) => b.grants - a.grants);
}
