import type { Knex } from 'knex';
import { databaseIds, newDatabase } from '../../__testUtils__/onDatabases';
import { AccessRequest, Grant } from '../../types';
import { mutate } from '../mutate';
import { StoredKey } from '../rows';
import { endGrantRow } from './grants/end';
import { extendGrantRow } from './grants/extend';
import { grantsForCall } from './grants/forCall';
import { insertGrant } from './grants/insert';
import { grantsOfPrincipal } from './grants/ofPrincipal';
import { selectGrants } from './grants/select';
import { findAnswers } from './idempotency/findAnswers';
import { pruneAnswers } from './idempotency/prune';
import { saveAnswers } from './idempotency/saveAnswers';
import { countActiveKeys } from './keys/countActive';
import { endKeyRows } from './keys/end';
import { findKey } from './keys/find';
import { handOverKey } from './keys/handOver';
import { insertKey } from './keys/insert';
import { selectKeys } from './keys/select';
import { succeedKey } from './keys/succeed';
import { touchKeys } from './keys/touch';
import { findRequest } from './requests/find';
import { insertRequest } from './requests/insert';
import { openRequests } from './requests/open';
import { timedOutRequests } from './requests/timedOut';
import { updateRequest } from './requests/update';

jest.setTimeout(120_000);

const created = '2026-11-20T08:00:00.000Z';
const expires = '2026-12-20T08:00:00.000Z';
const everything = { everything: true } as const;
const ended = {
  because: 'revoked',
  at: created,
  by: 'user:default/x',
} as const;

const grant: Grant = {
  id: 'grant_1',
  tenant: 'portal',
  model: 'llm/llama',
  subject: { kind: 'group', ref: 'developers' },
  requestedBy: 'user:default/mara',
  grantedBy: 'user:default/aiko',
  state: 'active',
  createdAt: created,
  expiresAt: expires,
};
const key: StoredKey = {
  id: 'key_1',
  hash: 'a'.repeat(64),
  display: 'sk-slw-abcd',
  name: 'laptop',
  tenant: 'portal',
  owner: 'user:default/mara',
  models: [{ model: 'llm/bge' }, { model: 'llm/llama', grantId: 'grant_1' }],
  state: 'active',
  createdAt: created,
  expiresAt: expires,
};
const request: AccessRequest = {
  id: 'req_1',
  tenant: 'portal',
  model: 'llm/llama',
  requester: 'user:default/mara',
  subject: grant.subject,
  reason: 'x',
  days: 3,
  state: 'pending',
  waitsFor: 'approvers',
  approvers: 'either',
  createdAt: created,
  expiresAt: expires,
};

describe.each(databaseIds)('the statements on %s', databaseId => {
  let knex: Knex;
  const inside = <T>(work: (trx: Knex.Transaction) => Promise<T>) =>
    mutate(knex, new Date(created), ({ trx }) => work(trx));

  beforeAll(async () => {
    knex = await newDatabase(databaseId);
  });

  beforeEach(async () => {
    for (const table of ['key_grants', 'keys', 'grants', 'requests']) {
      await knex(table).delete();
    }
    await inside(async trx => {
      await insertGrant(trx, grant);
      await insertKey(trx, key);
      await insertRequest(trx, request);
    });
  });

  it('give back what was stored', async () => {
    expect(await selectGrants(knex, { ids: ['grant_1'] })).toEqual([grant]);
    expect(await findKey(knex, 'key_1', everything)).toEqual(key);
    expect(await findRequest(knex, 'req_1', everything)).toEqual(request);
  });

  it('leave alone what has ended', async () => {
    await inside(async trx => {
      await endKeyRows(trx, ['key_1'], ended);
      await endGrantRow(trx, 'grant_1', ended);
      await updateRequest(trx, 'req_1', {
        state: 'rejected',
        waitsFor: 'approvers',
        decidedBy: 'user:default/aiko',
        decidedAt: created,
      });
    });
    const before = {
      key: await findKey(knex, 'key_1', everything),
      grants: await knex('grants'),
      request: await findRequest(knex, 'req_1', everything),
    };
    await inside(async trx => {
      await endKeyRows(trx, ['key_1'], { ...ended, because: 'leaked' });
      await succeedKey(trx, 'key_1', { successorId: 'key_2', expiresAt: '9' });
      await handOverKey(trx, 'key_1', 'user:default/nils');
      await endGrantRow(trx, 'grant_1', { ...ended, because: 'left' });
      expect(await extendGrantRow(trx, 'grant_1', '9')).toBe(false);
      expect(
        await updateRequest(trx, 'req_1', {
          state: 'approved',
          waitsFor: 'approvers',
        }),
      ).toBe(false);
    });
    expect({
      key: await findKey(knex, 'key_1', everything),
      grants: await knex('grants'),
      request: await findRequest(knex, 'req_1', everything),
    }).toEqual(before);
    expect(before.key).toMatchObject({ endedBecause: 'revoked' });
    expect(await selectKeys(knex, { owner: key.owner })).toEqual([]);
    expect(await countActiveKeys(knex, [key.owner])).toEqual(new Map());
  });

  it('never store one hash twice, not even of a key that ended', async () => {
    await inside(trx => endKeyRows(trx, ['key_1'], ended));
    await expect(
      inside(trx => insertKey(trx, { ...key, id: 'key_2' })),
    ).rejects.toThrow(/known here already/);
    expect(await knex('key_grants')).toHaveLength(2);
  });

  it('find the grants of a principal in one tenant only, while they last', async () => {
    const mara = { user: 'user:default/mara', groups: ['developers'] };
    const of = (
      principal: Parameters<typeof grantsOfPrincipal>[1]['principal'],
      tenant = 'portal',
      now = created,
    ) =>
      grantsOfPrincipal(knex, {
        tenants: [tenant],
        principal,
        now: new Date(now),
      });
    expect(await of(mara)).toEqual([grant]);
    expect(await of(mara, 'research')).toEqual([]);
    expect(await of(mara, 'portal', expires)).toEqual([]);
    expect(await of({ ...mara, groups: [] })).toEqual([]);
    expect(await of({ service: 'developers' })).toEqual([]);
    expect(await of({ user: 'developers', groups: [] })).toEqual([]);
  });

  it('select keys by what is said, and never all of them for nothing', async () => {
    const ids = async (selection: Parameters<typeof selectKeys>[1]) =>
      (await selectKeys(knex, selection)).map(({ id }) => id);
    expect(await ids({ grantIds: ['grant_1'] })).toEqual(['key_1']);
    expect(await ids({ grantIds: ['grant_2'] })).toEqual([]);
    expect(await ids({ implicitModel: 'llm/bge' })).toEqual(['key_1']);
    expect(await ids({ implicitModel: 'llm/llama' })).toEqual([]);
    expect(await ids({ tenant: 'portal', expiredBy: created })).toEqual([]);
    expect(await ids({ expiredBy: expires })).toEqual(['key_1']);
    await touchKeys(knex, new Map([['key_1', '2026-11-25T08:00:00.000Z']]));
    expect(await ids({ unusedSince: '2026-11-24T08:00:00.000Z' })).toEqual([]);
    expect(await ids({ unusedSince: '2026-11-26T08:00:00.000Z' })).toEqual([
      'key_1',
    ]);
    await expect(selectKeys(knex, { limit: 5 })).rejects.toThrow(/a condition/);
    await expect(selectGrants(knex, {})).rejects.toThrow(/a condition/);
  });

  it('tell open requests from those that timed out', async () => {
    const open = (at: string) =>
      openRequests(knex, request.requester, new Date(at));
    expect(await open(created)).toEqual([request]);
    expect(await open(expires)).toEqual([]);
    expect(await timedOutRequests(knex, new Date(created), 9)).toEqual([]);
    expect(await timedOutRequests(knex, new Date(expires), 9)).toEqual([
      request,
    ]);
  });

  it('keep answers per actor until they are old', async () => {
    const known = {
      actor: 'a',
      idempotencyKey: 'k',
      requestHash: 'b'.repeat(64),
      answer: '{}',
    };
    await inside(trx => saveAnswers(trx, [known], created));
    const asked = { actor: 'a', idempotencyKey: 'k' };
    expect(
      await findAnswers(knex, [
        { ...asked, actor: 'b' },
        asked,
        { ...asked, idempotencyKey: 'other' },
      ]),
    ).toEqual([known]);
    expect(await findAnswers(knex, [])).toEqual([]);
    expect(await pruneAnswers(knex, created)).toBe(0);
    expect(await pruneAnswers(knex, expires)).toBe(1);
  });

  it('leave nothing behind when they are rolled back to before they were', async () => {
    const own = await newDatabase(databaseId);
    await own.migrate.rollback({
      directory: `${__dirname}/../../../../migrations`,
    });
    expect(await own.schema.hasTable('keys')).toBe(false);
    expect(await own.schema.hasTable('heads')).toBe(false);
  });

  it('an active grant is found behind however many that ended later', async () => {
    await inside(async trx => {
      await insertGrant(trx, { ...grant, id: 'grant_old' });
      for (let at = 0; at < 60; at++) {
        const later = { ...grant, id: `grant_later_${at}`, createdAt: expires };
        await insertGrant(trx, { ...later, state: 'ended' });
      }
    });
    const [found] = await grantsForCall(knex, {
      model: grant.model,
      tenants: [grant.tenant],
      principal: { user: 'user:default/mara', groups: ['developers'] },
    });
    expect(found).toMatchObject({ id: 'grant_old', state: 'active' });
  });
});
