// @ts-check

/*
 * Requests, grants and keys, and what keeps them honest: an audit chain and a feed of changes.
 *
 * - Tenants and models are custom resources and are not stored here: rows name them (a tenant by name, a model by
 *   `<namespace>/<name>`), and whether they exist is asked when it matters. A model is named by its object and not by its
 *   model id, so that nobody inherits grants by taking over the id of a model that is gone.
 * - Times are ISO 8601 in UTC with milliseconds, as text: the same on Postgres and SQLite, and their order is the order of
 *   the characters.
 * - Rows are ended, never deleted: the evidence stays.
 */

const TIME_LENGTH = 24;

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('requests', table => {
    table.comment('Who asks for access to which model, and what came of it');
    table.string('id', 40).primary();
    table.string('tenant', 253).notNullable();
    table.string('model', 507).notNullable();
    table.string('requester', 512).notNullable();
    table.string('subject_kind', 16).notNullable();
    table.string('subject', 512).notNullable();
    table.text('reason').notNullable();
    table.text('expected_load');
    table.integer('days').notNullable();
    table.string('state', 16).notNullable();
    table.string('waits_for', 16).notNullable();
    table.string('approvers', 16).notNullable();
    table.string('rule', 100);
    table.string('decided_by', 512);
    table.string('decided_at', TIME_LENGTH);
    table.string('grant_id', 40);
    table.string('created_at', TIME_LENGTH).notNullable();
    table.string('expires_at', TIME_LENGTH).notNullable();
    // Lists of one person, of one tenant and of one model; the clean-up of those that nobody answered.
    table.index(['requester', 'created_at', 'id'], 'requests_requester_idx');
    table.index(['tenant', 'created_at', 'id'], 'requests_tenant_idx');
    table.index(['model', 'created_at', 'id'], 'requests_model_idx');
    table.index(['state', 'expires_at'], 'requests_state_idx');
  });

  await knex.schema.createTable('request_comments', table => {
    table.comment('What was said while a request was open, in order');
    table.string('request_id', 40).notNullable().references('requests.id');
    table.integer('position').notNullable();
    table.string('step', 16).notNullable();
    table.string('author', 512).notNullable();
    table.text('comment').notNullable();
    table.string('at', TIME_LENGTH).notNullable();
    table.primary(['request_id', 'position']);
  });

  await knex.schema.createTable('grants', table => {
    table.comment('Who may call which model, for which tenant, until when');
    table.string('id', 40).primary();
    table.string('tenant', 253).notNullable();
    table.string('model', 507).notNullable();
    table.string('subject_kind', 16).notNullable();
    table.string('subject', 512).notNullable();
    table.string('requested_by', 512).notNullable();
    table.string('granted_by', 512).notNullable();
    table.string('request_id', 40);
    table.string('state', 16).notNullable();
    table.string('ended_because', 16);
    table.string('ended_at', TIME_LENGTH);
    table.string('created_at', TIME_LENGTH).notNullable();
    table.string('expires_at', TIME_LENGTH).notNullable();
    // The check of a key's issue; lists of a tenant and of a model; the clean-up of those that ran out.
    table.index(['tenant', 'subject', 'state'], 'grants_subject_idx');
    table.index(['tenant', 'created_at', 'id'], 'grants_tenant_idx');
    table.index(['model', 'created_at', 'id'], 'grants_model_idx');
    table.index(['state', 'expires_at'], 'grants_state_idx');
  });

  await knex.schema.createTable('keys', table => {
    table.comment('API keys: never the key, only its hash');
    table.string('id', 40).primary();
    // SHA-256 is enough: a key holds 256 random bits, so there is nothing to guess that a slow hash would protect.
    table.string('hash', 64).notNullable().unique('keys_hash_unique');
    table.string('display', 20).notNullable();
    table.string('name', 200).notNullable();
    table.string('tenant', 253).notNullable();
    table.string('owner', 512).notNullable();
    table.string('backup_owner', 512);
    table.string('service', 512);
    table.string('state', 16).notNullable();
    table.string('ended_because', 16);
    table.string('ended_at', TIME_LENGTH);
    table.string('ended_by', 512);
    table.string('successor_id', 40);
    table.string('created_at', TIME_LENGTH).notNullable();
    table.string('expires_at', TIME_LENGTH).notNullable();
    table.string('last_used_at', TIME_LENGTH);
    // First pages of large lists, and the count per owner that the limit needs.
    table.index(['owner', 'state'], 'keys_owner_state_idx');
    table.index(['owner', 'created_at', 'id'], 'keys_owner_idx');
    table.index(['backup_owner', 'created_at', 'id'], 'keys_backup_owner_idx');
    table.index(['tenant', 'created_at', 'id'], 'keys_tenant_idx');
    table.index(['state', 'expires_at'], 'keys_state_idx');
  });

  await knex.schema.createTable('key_grants', table => {
    table.comment('The models of a key, each with the grant that it hangs off');
    table.string('key_id', 40).notNullable().references('keys.id');
    table.string('model', 507).notNullable();
    // Absent where the model's own `spec.access` is the grant.
    table.string('grant_id', 40).references('grants.id');
    table.boolean('ended').notNullable();
    table.primary(['key_id', 'model']);
    table.index(['grant_id'], 'key_grants_grant_idx');
    table.index(['model'], 'key_grants_model_idx');
  });

  await knex.schema.createTable('audit', table => {
    table.comment(
      'What was done, by whom; each row holds the hash of the one before',
    );
    table.bigInteger('position').primary();
    table.string('at', TIME_LENGTH).notNullable();
    table.string('actor', 512).notNullable();
    table.string('action', 40).notNullable();
    table.string('object_kind', 16).notNullable();
    table.string('object_id', 40).notNullable();
    table.string('tenant', 253).notNullable();
    table.text('details').notNullable();
    table.string('previous_hash', 64).notNullable();
    table.string('hash', 64).notNullable();
    table.index(['object_id'], 'audit_object_idx');
    table.index(['tenant', 'position'], 'audit_tenant_idx');
  });

  await knex.schema.createTable('changes', table => {
    table.comment('What the authorizers replay: revisions without a gap');
    table.bigInteger('revision').primary();
    table.string('kind', 16).notNullable();
    table.string('object_id', 40).notNullable();
    // The object as the authorizer indexes it; absent where it is gone from the index.
    table.text('entry');
    table.string('at', TIME_LENGTH).notNullable();
    table.index(['at'], 'changes_at_idx');
  });

  await knex.schema.createTable('digests', table => {
    table.comment('What the index must look like at a revision');
    table.bigInteger('revision').primary();
    table.string('digest', 64).notNullable();
    table.integer('entries').notNullable();
    table.string('at', TIME_LENGTH).notNullable();
  });

  await knex.schema.createTable('heads', table => {
    table.comment('One row: whoever writes to this room locks it first');
    table.integer('id').primary();
    table.bigInteger('revision').notNullable();
    // Changes up to this revision are no longer kept.
    table.bigInteger('pruned_revision').notNullable();
    table.bigInteger('audit_position').notNullable();
    table.string('audit_hash', 64).notNullable();
  });
  await knex('heads').insert({
    id: 1,
    revision: 0,
    pruned_revision: 0,
    audit_position: 0,
    audit_hash: '0'.repeat(64),
  });

  await knex.schema.createTable('idempotency', table => {
    table.comment(
      'Answers to mutations, so that a retry does not do them twice',
    );
    table.string('actor', 512).notNullable();
    table.string('idempotency_key', 200).notNullable();
    table.string('request_hash', 64).notNullable();
    // Never holds a key: a retry learns which key was made, not the key.
    table.text('answer').notNullable();
    table.string('at', TIME_LENGTH).notNullable();
    table.primary(['actor', 'idempotency_key']);
    table.index(['at'], 'idempotency_at_idx');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const table of [
    'idempotency',
    'heads',
    'digests',
    'changes',
    'audit',
    'key_grants',
    'keys',
    'grants',
    'request_comments',
    'requests',
  ]) {
    await knex.schema.dropTable(table);
  }
};
