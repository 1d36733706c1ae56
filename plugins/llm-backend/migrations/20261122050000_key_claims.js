// @ts-check

/*
 * Wishes for keys that wait to be claimed: an agent asks for a key, and gets a link; the key is issued when the person behind the agent
 * opens it. So no key is ever at rest, and none passes through an agent.
 */

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('key_claims', table => {
    table.comment('Keys that were asked for and are issued when claimed');
    table.string('id', 40).primary();
    table.string('user_ref', 512).notNullable();
    // JSON: what was asked for. Never a key.
    table.text('ask').notNullable();
    table.string('key_id', 40);
    table.string('created_at', 24).notNullable();
    table.string('expires_at', 24).notNullable();
    table.index(['user_ref', 'expires_at'], 'key_claims_user_idx');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('key_claims');
};
