import fc from 'fast-check';
import { databaseIds, newDatabase } from '../../../__testUtils__/onDatabases';
import { mutate } from '../../mutate';
import { verifyAudit } from './verify';

jest.setTimeout(120_000);

const text = fc.string({ maxLength: 12 });
const column = fc.constantFrom(
  'at',
  'actor',
  'action',
  'object_kind',
  'object_id',
  'tenant',
  'details',
  'previous_hash',
  'hash',
);

describe.each(databaseIds)('the audit chain on %s', databaseId => {
  async function chained(rows: number) {
    const knex = await newDatabase(databaseId);
    for (let index = 0; index < rows; index++) {
      await mutate(knex, new Date(index), async mutation => {
        mutation.audit({
          actor: 'user:default/mara',
          action: 'key-issued',
          objectKind: 'key',
          objectId: `key_${index}`,
          tenant: 'portal',
          details: { name: `key ${index}`, from: undefined },
        });
      });
    }
    return knex;
  }

  it('is intact as it was written, and when it is empty', async () => {
    expect(await verifyAudit(await chained(0))).toMatchObject({ intact: true });
    const knex = await chained(5);
    expect(await verifyAudit(knex)).toMatchObject({
      intact: true,
      head: { position: 5 },
    });
  });

  it('shows any change to any row, at that row', async () => {
    const knex = await chained(6);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        column,
        text,
        async (position, name, value) => {
          const row = await knex('audit').where({ position }).first();
          fc.pre(row[name] !== value && !value.includes('\0'));
          await knex('audit')
            .where({ position })
            .update({ [name]: value });
          expect(await verifyAudit(knex)).toMatchObject({
            intact: false,
            position,
          });
          await knex('audit')
            .where({ position })
            .update({ [name]: row[name] });
        },
      ),
      { numRuns: 40 },
    );
    expect(await verifyAudit(knex)).toMatchObject({ intact: true });
  });

  it('shows rows that were removed, at the end too', async () => {
    const middle = await chained(4);
    await middle('audit').where('position', 2).delete();
    expect(await verifyAudit(middle)).toEqual({
      intact: false,
      position: 2,
      because: 'the row is missing',
    });
    const end = await chained(4);
    await end('audit').where('position', '>', 2).delete();
    expect(await verifyAudit(end)).toEqual({
      intact: false,
      position: 4,
      because: 'the chain does not reach its head',
    });
  });
});
