import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { World } from '../../access/__testUtils__/world';
import { As, openRoom, wish } from './__testUtils__/openRoom';

jest.setTimeout(120_000);

describe.each(databaseIds)('what owners do on %s', databaseId => {
  let knex: Knex;
  let world: World;
  let as: As;

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
    ({ world, as } = openRoom(knex));
  });

  afterEach(() => knex.destroy());

  const give = (who: string, subject: object, more: object = {}) =>
    as(who).post('/v1/grants', {
      model: 'llm/llama',
      days: 180,
      tenant: 'portal',
      subject,
      ...more,
    });

  it('gives access unasked to members, groups and services of a tenant, and to nobody else', async () => {
    const mara = await give('aiko', {
      kind: 'user',
      ref: 'user:default/mara',
    });
    expect(mara.body).toMatchObject({
      subject: { kind: 'user', ref: 'user:default/mara' },
      grantedBy: 'user:default/aiko',
      confirmBy: '2027-02-18T08:00:00.000Z',
    });
    expect(mara.body).not.toHaveProperty('requestId');
    const group = await give('aiko', { kind: 'group', ref: 'developers' });
    expect(group.status).toBe(200);

    const refused = [
      [{ kind: 'user', ref: 'user:default/otto' }, /not a member of tenant/],
      [{ kind: 'group', ref: 'research' }, /does not belong to tenant portal/],
    ] as const;
    for (const [subject, message] of refused) {
      const answer = await give('aiko', subject);
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toMatch(message);
    }
    // She could use the service of her own tenant herself.
    const own = await give('aiko', { kind: 'service', ref: 'nightly' });
    expect(own.status).toBe(403);
    // Space around a name makes nobody somebody else.
    for (const subject of [
      { kind: 'user', ref: ' user:default/aiko ' },
      { kind: 'group', ref: 'platform\t' },
    ]) {
      const herself = await give('aiko', subject);
      expect(herself.status).toBe(403);
      expect(herself.body.error.message).toMatch(/to themselves/);
    }
    const stranger = await give('mara', { kind: 'group', ref: 'developers' });
    expect(stranger.status).toBe(404);
    const elsewhere = await give(
      'aiko',
      { kind: 'group', ref: 'research' },
      { tenant: 'research' },
    );
    expect(elsewhere.status).toBe(404);
  });

  it('gives a service a grant that the owners of its tenant make keys from, and not the giver', async () => {
    const given = await give(
      'priya',
      { kind: 'service', ref: 'nightly' },
      { tenant: 'research' },
    );
    expect(given.status).toBe(200);
    const { body } = await as('jonas').get('/v1/access/models');
    expect(body.services).toEqual([
      {
        tenant: 'research',
        service: 'nightly',
        models: [
          { model: 'llm/bge', modelId: 'bge' },
          { model: 'llm/llama', modelId: 'llama' },
        ],
      },
    ]);
    const key = {
      name: 'k',
      tenant: 'research',
      service: 'nightly',
      models: ['llm/llama', 'llm/bge'],
    };
    expect((await as('jonas').post('/v1/keys', key)).status).toBe(200);
    // Joining later makes nobody one who asked.
    world.people.set('priya', ['research']);
    expect((await as('priya').post('/v1/keys', key)).status).toBe(404);
    const giver = await as('priya').get('/v1/access/models');
    expect(giver.body.services).toEqual([]);
  });

  it('lists the grants that are to be confirmed, and keeps or ends many at once', async () => {
    const { body: kept } = await give('aiko', {
      kind: 'user',
      ref: 'user:default/mara',
    });
    const { body: ended } = await give('aiko', {
      kind: 'user',
      ref: 'user:default/nils',
    });
    // Ends before anybody would have to confirm it.
    await give(
      'priya',
      { kind: 'user', ref: 'user:default/aiko' },
      { days: 80 },
    );
    const due = async () =>
      (await as('aiko').get('/v1/grants?scope=owned&due=true')).body.items.map(
        ({ id }: { id: string }) => id,
      );
    expect(await due()).toEqual([]);
    world.later(77);
    expect((await due()).sort()).toEqual([kept.id, ended.id].sort());

    const unknown = `grant_${'0'.repeat(32)}`;
    const confirmed = await as('aiko').post('/v1/grant-steps', {
      ids: [kept.id, unknown],
      step: 'recertify',
    });
    expect(confirmed.body.outcomes).toEqual([
      {
        id: kept.id,
        ok: true,
        grant: expect.objectContaining({
          recertifiedAt: '2027-02-05T08:00:00.000Z',
          confirmBy: '2027-05-06T08:00:00.000Z',
        }),
      },
      {
        id: unknown,
        ok: false,
        error: expect.objectContaining({ name: 'NotFoundError' }),
      },
    ]);
    const revoked = await as('aiko').post('/v1/grant-steps', {
      ids: [ended.id],
      step: 'revoke',
      comment: 'The project is over',
    });
    expect(revoked.body.outcomes).toMatchObject([
      { ok: true, grant: { standing: { state: 'ended' } } },
    ]);
    expect(await due()).toEqual([]);
    expect((await as('aiko').get('/v1/grants?due=soon')).status).toBe(400);
  });

  it('says which grant a request would prolong', async () => {
    const { body: grant } = await give('aiko', {
      kind: 'user',
      ref: 'user:default/mara',
    });
    const { body: renewal } = await as('mara').post(
      `/v1/grants/${grant.id}/renew`,
      { days: 170, reason: 'It goes on' },
    );
    expect(renewal).toMatchObject({ renews: grant.id });
    const detail = await as('aiko').get(`/v1/requests/${renewal.id}`);
    expect(detail.body.consequences.renewed).toEqual({
      expiresAt: grant.expiresAt,
      keys: 0,
    });
    const { body: first } = await as('nils').post('/v1/requests', wish);
    expect(first).not.toHaveProperty('renews');
  });

  it('tells the history of an object to who may see it, and of no other', async () => {
    const { body: request } = await as('mara').post('/v1/requests', wish);
    const history = await as('mara').get(`/v1/audit?object=${request.id}`);
    expect(history.body.items).toMatchObject([
      { action: 'request-made', actor: 'user:default/mara' },
    ]);
    expect(
      (await as('nils').get(`/v1/audit?object=${request.id}`)).status,
    ).toBe(403);
    expect((await as('mara').get('/v1/audit')).status).toBe(403);
    expect((await as('mara').get('/v1/audit?object=key_0')).status).toBe(403);
  });

  it('names the members of a tenant to who belongs to it', async () => {
    await knex('members').insert(
      Object.entries({
        mara: ['developers'],
        zoe: ['developers_too'],
        ann: ['x', 'platform'],
      }).map(([name, groups]) => ({
        user_ref: `user:default/${name}`,
        groups: JSON.stringify(groups),
        state: 'member',
        rechecks: 0,
        updated_at: world.time.toISOString(),
      })),
    );
    const path = '/v1/tenants/portal/members';
    expect((await as('aiko').get(path)).body).toEqual({
      items: [
        { userEntityRef: 'user:default/ann' },
        { userEntityRef: 'user:default/mara' },
      ],
      isComplete: true,
    });
    expect((await as('otto').get(path)).status).toBe(404);
    expect((await as('aiko').get('/v1/tenants/none/members')).status).toBe(404);
  });
});
