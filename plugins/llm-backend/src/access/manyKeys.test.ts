import type { Knex } from 'knex';
import { newDatabase } from './__testUtils__/onDatabases';
import { World } from './__testUtils__/world';
import { mutate } from './database/mutate';
import { insertRows } from './database/insertRows';

jest.setTimeout(240_000);

/** More than SQLite takes in one statement, which is 32,766 values; Postgres takes twice as many, and the statements are the same. */
const MANY = 33_000;

describe('more keys than fit into a statement', () => {
  let knex: Knex;
  const world = new World();

  beforeEach(async () => {
    knex = await newDatabase('SQLITE_3');
  });

  afterEach(() => knex.destroy());

  /** Keys of nils on a model, by a grant or because it is open to him. */
  async function insertKeys(model: string, grantId: string | null) {
    const ids = Array.from(
      { length: MANY },
      (_, at) => `key_${String(at).padStart(32, '0')}`,
    );
    await mutate(knex, world.time, async ({ trx }) => {
      await insertRows(
        trx,
        'keys',
        ids.map((key, at) => ({
          id: key,
          hash: String(at).padStart(64, '0'),
          display: 'sk-slw-0000',
          name: 'x',
          tenant: 'portal',
          owner: 'user:default/nils',
          state: 'active',
          created_at: world.time.toISOString(),
          expires_at: '2027-01-01T00:00:00.000Z',
        })),
      );
      await insertRows(
        trx,
        'key_grants',
        ids.map(key => ({
          key_id: key,
          model,
          grant_id: grantId,
          ended: false,
        })),
      );
    });
  }

  const active = async () => {
    const [{ n }] = await knex('keys')
      .where('state', 'active')
      .count({ n: '*' });
    return Number(n);
  };

  it('end with the grant that they hang off, at once', async () => {
    const access = world.service(knex);
    const aiko = world.caller('aiko');
    const grant = await access.grants.give(aiko, {
      model: 'llm/llama',
      subject: { kind: 'group', ref: 'developers' },
      days: 30,
    });
    await insertKeys('llm/llama', grant.id);
    const revoked = await access.grants.revoke(aiko, grant.id);
    expect(revoked.state).toBe('ended');
    expect(await active()).toBe(0);
    expect(await knex('changes').count({ n: '*' }).first()).toMatchObject({
      // The grant given and ended, and each key.
      n: MANY + 2,
    });
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });
});
