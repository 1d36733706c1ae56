import { ConflictError, InputError } from '@backstage/errors';
import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { exampleModel } from '../../models/__testUtils__/examples';
import { As, granted, openRoom } from './__testUtils__/openRoom';

jest.setTimeout(120_000);

/** The name of a model that mara is not to know of. */
const taken = 'ghost';

describe.each(databaseIds)('a wish for a model on %s', databaseId => {
  let knex: Knex;

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
  });

  afterEach(() => knex.destroy());

  const { apiVersion, kind, spec } = exampleModel();
  const good = { apiVersion, kind, spec };
  const bad = { ...good, spec: exampleModel({ foo: 1 }).spec };

  /** All that somebody is told who asks for a model of a name: statuses and bodies, without the name and what is never twice the same. */
  async function told(as: As, who: string, name: string, wish: object) {
    const asked = await as(who).post('/v1/model-requests', {
      manifest: { ...wish, metadata: { namespace: 'secret', name } },
      reason: 'for reviews',
    });
    const answers = [asked];
    if (asked.status === 200) {
      const path = `/v1/requests/${asked.body.id}`;
      answers.push(
        await as(who).get(path),
        await as(who).get('/v1/requests?scope=mine'),
        await as(who).post(`${path}/steps`, { step: 'approve' }),
        await as(who).post(`${path}/steps`, { step: 'withdraw' }),
      );
      const { items } = answers[2].body;
      answers[2].body.items = items.filter(
        (item: { id: string }) => item.id === asked.body.id,
      );
    }
    return answers.map(({ status, body }) => [
      status,
      JSON.stringify(body)
        .replaceAll(name, '<name>')
        .replaceAll(/req_[0-9a-f]{32}/g, '<id>'),
    ]);
  }

  it('tells nobody who asks whether there is a model of that name', async () => {
    const { as, world } = openRoom(knex, {
      newModels: {
        check: async ({ metadata, spec: asked }) => {
          if (metadata.name === taken) {
            throw new ConflictError('There is a model of that name already');
          }
          if ('foo' in asked) {
            throw new InputError(`manifest: ${metadata.name} has a field foo`);
          }
        },
        advance: async () => 'made',
      },
    });
    const ref = `secret/${taken}`;
    const owners = ['user:default/jonas'];
    const access = { public: false, groups: [] };
    const hidden = { ref, modelId: ref, owners, requestable: false, access };
    world.modelMap.set(ref, hidden);
    const given = await as('jonas').post('/v1/grants', {
      model: ref,
      subject: { kind: 'user', ref: 'user:default/nils' },
      tenant: 'portal',
      days: 30,
    });
    expect(given.status).toBe(200);
    for (const wish of [good, bad]) {
      const ofTaken = await told(as, 'mara', taken, wish);
      expect(ofTaken).toEqual(await told(as, 'mara', 'blank', wish));
      expect(ofTaken[0][0]).toBe(wish === good ? 200 : 400);
    }
    // Who decides is told.
    const { body } = await as('mara').post('/v1/model-requests', {
      manifest: { ...good, metadata: { namespace: 'secret', name: taken } },
      reason: 'for reviews',
    });
    const { consequences } = (await as('priya').get(`/v1/requests/${body.id}`))
      .body;
    expect(consequences.checks).toContainEqual({
      ok: false,
      text: `There is a model ${ref} already.`,
    });
    expect(consequences.grantsByTenant).toMatchObject([{ grants: 1 }]);
  });

  it('and one for access tells who asks nothing of what others hold', async () => {
    const { as } = openRoom(knex);
    await granted(as);
    const asked = await as('nils').post('/v1/requests', {
      model: 'llm/llama',
      reason: 'Search',
      days: 30,
    });
    const path = `/v1/requests/${asked.body.id}`;
    const { body } = await as('nils').get(path);
    expect(body.consequences).toMatchObject({
      grantsByTenant: [],
      otherGrants: 0,
    });
    expect(body.consequences.gpus.inCluster).toBeUndefined();
    const decides = await as('aiko').get(path);
    expect(decides.body.consequences).toMatchObject({
      grantsByTenant: [{ tenant: 'portal', grants: 1 }],
      gpus: { inCluster: { capacity: 8 } },
    });
  });
});
