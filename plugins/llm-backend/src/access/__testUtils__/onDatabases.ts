import path from 'node:path';
import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

/**
 * The databases that the tests of this room run on: SQLite, and Postgres where
 * `BACKSTAGE_TEST_DATABASE_POSTGRES15_CONNECTION_STRING` names a server.
 */
export const databaseIds = databases.eachSupportedId();

if (
  process.env.CI === 'true' &&
  !databaseIds.some(([id]) => id === 'POSTGRES_15')
) {
  throw new Error(
    'Postgres is not tested here, though CI can: set BACKSTAGE_TEST_DATABASE_POSTGRES15_CONNECTION_STRING.',
  );
}

/** A new database with the tables of this plugin. */
export async function newDatabase(id: TestDatabaseId): Promise<Knex> {
  const knex = await databases.init(id);
  await knex.migrate.latest({
    directory: path.resolve(__dirname, '../../../migrations'),
  });
  return knex;
}
