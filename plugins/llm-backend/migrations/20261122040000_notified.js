// @ts-check

/*
 * How far people were told. What there is to tell is in the audit chain, so nothing else is stored: whoever tells goes on where the last
 * one stopped. What happened before this table was there is told to nobody.
 */

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('notified', table => {
    table.comment('One row: up to where people were told');
    table.integer('id').primary();
    table.bigInteger('audit_position').notNullable();
    // Reminders that fell due up to this time are sent; ISO 8601 in UTC with milliseconds.
    table.string('reminded_until', 24).notNullable();
  });
  const head = await knex('heads').where('id', 1).first();
  await knex('notified').insert({
    id: 1,
    audit_position: head.audit_position,
    reminded_until: new Date().toISOString(),
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('notified');
};
