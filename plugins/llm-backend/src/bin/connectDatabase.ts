import knexFactory, { Knex } from 'knex';

/** Answers of the database that take longer are no answers: the connection may be dead. */
const DATABASE_TIMEOUT_MS = 10_000;

/**
 * The portal's Postgres database, for an authorizer. Few connections: one asks for changes, one writes uses of keys down.
 *
 * A server that is gone without a word leaves connections that seem open for a quarter of an hour, until the kernel gives up. A query on one
 * fails after the time-out, and the connection is then thrown away: `pg` keeps it, with the query that was never answered before
 * all that are sent after it.
 */
export function connectDatabase(
  url: string,
  timeoutMs = DATABASE_TIMEOUT_MS,
): Knex {
  return knexFactory({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: 'slipway-authorizer',
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
    },
    pool: { min: 0, max: 3, validate: isIdle },
    acquireConnectionTimeout: timeoutMs,
  });
}

/** Whether a connection of `pg` waits for nothing. */
function isIdle(connection: { readyForQuery?: boolean }): boolean {
  return connection.readyForQuery === true;
}
