// @ts-check

/*
 * After how many days grants were to be confirmed when owners were told last: where that is fewer now, more grants are on their list at
 * once. Empty until somebody was told since.
 */

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('notified', table => {
    table.integer('recertify_days');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('notified', table => {
    table.dropColumn('recertify_days');
  });
};
