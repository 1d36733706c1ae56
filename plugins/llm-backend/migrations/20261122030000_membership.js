// @ts-check

/*
 * Who belongs to which groups as far as this portal knows, what the kill switch stops, and two marks that people set.
 */

const TIME_LENGTH = 24;
const REF_LENGTH = 512;

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('members', table => {
    table.comment('People and their groups, as the membership source had them');
    table.string('user_ref', REF_LENGTH).primary();
    // JSON: groups as identity tokens name them, sorted.
    table.text('groups').notNullable();
    // member, suspended (missing too long, and not believed to have left) or left.
    table.string('state', 16).notNullable();
    // Since when the source says less than this row does, and is not believed.
    table.string('doubted_at', TIME_LENGTH);
    // How many more times what she holds must be looked at.
    table.integer('rechecks').notNullable();
    table.string('updated_at', TIME_LENGTH).notNullable();
    table.index(['state'], 'members_state_idx');
    table.index(['rechecks'], 'members_rechecks_idx');
  });

  await knex.schema.createTable('blocks', table => {
    table.comment('The kill switch: what is refused whatever else is true');
    table.string('id', 40).primary();
    table.string('target', 16).notNullable();
    table.string('ref', REF_LENGTH).notNullable();
    table.text('reason').notNullable();
    table.string('blocked_by', REF_LENGTH).notNullable();
    table.string('created_at', TIME_LENGTH).notNullable();
    table.string('ended_by', REF_LENGTH);
    table.string('ended_at', TIME_LENGTH);
    table.index(['ended_at', 'created_at', 'id'], 'blocks_active_idx');
  });

  await knex.schema.alterTable('grants', table => {
    table.string('recertified_at', TIME_LENGTH);
    table.index(['subject', 'created_at', 'id'], 'grants_holder_idx');
    table.index(['requested_by', 'created_at', 'id'], 'grants_requester_idx');
  });
  await knex.schema.alterTable('keys', table => {
    table.string('kept_at', TIME_LENGTH);
  });
  // A member is named by her entity ref, which is longer than an id. SQLite does not look at lengths.
  if (knex.client.config.client === 'pg') {
    await knex.schema.alterTable('changes', table => {
      table.string('object_id', REF_LENGTH).notNullable().alter();
    });
    await knex.schema.alterTable('audit', table => {
      table.string('object_id', REF_LENGTH).notNullable().alter();
    });
  }
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('keys', table => {
    table.dropColumn('kept_at');
  });
  await knex.schema.alterTable('grants', table => {
    table.dropIndex(
      ['requested_by', 'created_at', 'id'],
      'grants_requester_idx',
    );
    table.dropIndex(['subject', 'created_at', 'id'], 'grants_holder_idx');
    table.dropColumn('recertified_at');
  });
  await knex.schema.dropTable('blocks');
  await knex.schema.dropTable('members');
};
