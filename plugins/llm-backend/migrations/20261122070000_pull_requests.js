// @ts-check

/*
 * Models that become a pull request once approved: which one, how it stands, and when to look again.
 */

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('new_models', table => {
    // Grows when an admin has it proposed once more; names the branch.
    table.integer('round').notNullable().defaultTo(1);
    table.string('pull_request_id', 64);
    table.text('pull_request_url');
    table.string('pull_request_state', 16);
    // Since when it is in that state.
    table.string('pull_request_since', 24);
    // Failures in a row.
    table.integer('failures').notNullable().defaultTo(0);
    table.string('next_try_at', 24);
    // Since when only a person gets it on.
    table.string('stopped_at', 24);
    // When people were told that it waits long.
    table.string('reminded_at', 24);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('new_models', table => {
    table.dropColumns(
      'round',
      'pull_request_id',
      'pull_request_url',
      'pull_request_state',
      'pull_request_since',
      'failures',
      'next_try_at',
      'stopped_at',
      'reminded_at',
    );
  });
};
