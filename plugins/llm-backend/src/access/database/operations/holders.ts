import type { Knex } from 'knex';

/** Everybody who holds something active of a tenant: owners and backup owners of its keys, and users whom its grants are for. By entity ref. */
export async function holdersOf(
  knex: Knex,
  tenant: string,
): Promise<ReadonlySet<string>> {
  const active = { tenant, state: 'active' };
  const owners: string[] = await knex('keys')
    .where(active)
    .distinct()
    .pluck('owner');
  const backups: string[] = await knex('keys')
    .where(active)
    .whereNotNull('backup_owner')
    .distinct()
    .pluck('backup_owner');
  const users: string[] = await knex('grants')
    .where({ ...active, subject_kind: 'user' })
    .distinct()
    .pluck('subject');
  return new Set([...owners, ...backups, ...users]);
}
