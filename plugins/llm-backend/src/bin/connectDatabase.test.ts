import type { Knex } from 'knex';
import { databaseIds, newDatabase } from '../access/__testUtils__/onDatabases';
import { SilentProxy } from '../access/__testUtils__/SilentProxy';
import { connectDatabase } from './connectDatabase';

jest.setTimeout(120_000);

const onPostgres = databaseIds.filter(([id]) => id === 'POSTGRES_15');
const describeIf = onPostgres.length > 0 ? describe : describe.skip;

describeIf('the database of an authorizer', () => {
  let database: Knex;
  let knex: Knex;
  let proxy: SilentProxy;

  beforeEach(async () => {
    database = await newDatabase('POSTGRES_15');
    proxy = await SilentProxy.before(database);
    knex = connectDatabase(proxy.url, 500);
  });

  afterEach(async () => {
    await knex.destroy();
    await proxy.close();
    await database.destroy();
  });

  it('answers again after one time-out when its server was gone without a word', async () => {
    const ask = () => knex('heads').first('revision');
    expect(await ask()).toEqual({ revision: '0' });
    expect(await ask()).toEqual({ revision: '0' });
    expect(proxy.accepted).toBe(1);
    proxy.goSilent();
    await expect(ask()).rejects.toThrow('Query read timeout');
    expect(await ask()).toEqual({ revision: '0' });
    expect(proxy.accepted).toBe(2);
  });
});
