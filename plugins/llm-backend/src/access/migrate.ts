import {
  DatabaseService,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';

/** Where the migrations of this plugin are. */
export function migrationsDirectory(): string {
  return resolvePackagePath('@slipway/plugin-llm-backend', 'migrations');
}

/** The plugin's database, brought up to date unless configuration leaves that to somebody else. */
export async function openDatabase(database: DatabaseService): Promise<Knex> {
  const knex = await database.getClient();
  if (!database.migrations?.skip) {
    await knex.migrate.latest({ directory: migrationsDirectory() });
  }
  return knex;
}
