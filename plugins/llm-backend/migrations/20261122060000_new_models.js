// @ts-check

/*
 * Requests for models that are not served yet. They live among the requests for access, decided by the admins; what is asked for is a
 * manifest, which an approval applies to the cluster.
 */

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('requests', table => {
    table.string('kind', 16).notNullable().defaultTo('access');
  });
  await knex.schema.createTable('new_models', table => {
    table.comment('The manifests of requests for new models');
    table.string('request_id', 40).primary().references('requests.id');
    // JSON.
    table.text('manifest').notNullable();
    table.string('applied_at', 24);
    // Why an approved one is not in the cluster yet.
    table.text('problem');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('new_models');
  await knex.schema.alterTable('requests', table => {
    table.dropColumn('kind');
  });
};
