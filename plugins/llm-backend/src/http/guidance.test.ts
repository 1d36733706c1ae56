import { mockErrorHandler } from '@backstage/backend-test-utils';
import express from 'express';
import PromiseRouter from 'express-promise-router';
import type { Knex } from 'knex';
import request from 'supertest';
import { z } from 'zod';
import { databaseIds, newDatabase } from '../access/__testUtils__/onDatabases';
import { World } from '../access/__testUtils__/world';
import { exampleModel } from '../models/__testUtils__/examples';
import type { WhyCaller, WhyService } from '../why';
import { explain } from '../why/explain';
import {
  EARLIER,
  grant,
  key,
  keyFacts,
  tokenFacts,
} from '../why/__testUtils__/facts';
import type { WhyFacts } from '../why/facts';
import { serve, speakAs } from './access/__testUtils__/serve';
import { addRoutes } from './route';
import { whyRoutes } from './why';

const MODEL = 'llm/llama';
const KEY = `key_${'0'.repeat(32)}`;

describe('the route that says why', () => {
  let facts: WhyFacts;
  let asked: unknown[];

  const get = (query: string) => {
    const why: Pick<WhyService, 'explain'> = {
      explain: async (caller, what) => {
        asked.push([caller.userEntityRef, what]);
        return explain(facts);
      },
    };
    const caller: WhyCaller = {
      ...new World().caller('mara'),
      mayRead: () => true,
    };
    const router = PromiseRouter();
    addRoutes(router, whyRoutes(why), async () => caller);
    return request(express().use(router).use(mockErrorHandler())).get(
      `/v1/why${query}`,
    );
  };

  beforeEach(() => {
    facts = tokenFacts();
    asked = [];
  });

  it('answers what it promises, whatever is broken', async () => {
    const [route] = whyRoutes({ explain: async () => explain(facts) });
    for (const each of [
      tokenFacts(),
      tokenFacts({ grants: [] }),
      tokenFacts({}, { tenants: [] }),
      keyFacts({}, { key: { ...key, expiresAt: EARLIER } }),
      keyFacts(
        {},
        { key: { ...key, service: 'bot' }, principal: { service: 'bot' } },
      ),
      keyFacts({ entries: { known: false, because: 'x' } }),
      keyFacts({ grants: [{ ...grant, state: 'ended' }] }),
    ]) {
      facts = each;
      const { body, status } = await get(`?model=${MODEL}&key=${KEY}`);
      expect(status).toBe(200);
      expect(body.links).toHaveLength(8);
      expect(
        route.answer instanceof z.ZodType && route.answer.parse(body),
      ).toBeTruthy();
    }
    expect(asked[0]).toEqual(['user:default/mara', { model: MODEL, key: KEY }]);
  });

  it.each([
    ['no model', '', /^model: needed/],
    ['half a name', '?model=llama', /^model: <namespace>\/<name>/],
    ['a user', '?model=a/b&user=x', /user: no such field/],
    ['a key', '?model=a/b&key=sk-slw-canary', /^key: the id of a key/],
    ['much', `?model=${'a'.repeat(600)}/b`, /^model: at most 507/],
  ])(
    'refuses %s with the field, and repeats nothing',
    async (_what, query, message) => {
      const { body, status } = await get(query);
      expect(status).toBe(400);
      expect(body.error.message).toMatch(message);
      expect(body.error.message).not.toContain('canary');
      expect(asked).toEqual([]);
    },
  );
});

describe.each(databaseIds)('what people claim and wish for, on %s', id => {
  let world: World;
  let knex: Knex;

  beforeEach(async () => {
    world = new World();
    knex = await newDatabase(id);
  });

  it('tells a claimed key to its person, once, and lets nobody keep the answer', async () => {
    const access = world.service(knex);
    const as = speakAs(serve(world, access, knex));
    const claim = await access.claims.make(world.caller('mara'), {
      name: 'agent',
      models: ['llm/bge'],
    });
    const path = `/v1/key-claims/${claim.id}`;
    expect((await as('mara').get(path)).body).toEqual({
      id: claim.id,
      name: 'agent',
      models: [{ model: 'llm/bge', modelId: 'bge' }],
      createdAt: claim.createdAt,
      expiresAt: claim.expiresAt,
    });
    for (const other of ['nils', 'priya', 'otto']) {
      expect((await as(other).get(path)).status).toBe(404);
      expect((await as(other).post(`${path}/claim`)).status).toBe(404);
    }
    const claimed = await as('mara').post(`${path}/claim`);
    expect(claimed.body.secret).toMatch(/^sk-slw-/);
    expect(claimed.headers['cache-control']).toBe('no-store');
    const again = await as('mara').post(`${path}/claim`);
    expect(again.status).toBe(409);
    expect(again.text).not.toContain('sk-slw-');
    const seen = await as('mara').get(path);
    expect(seen.body.keyId).toBe(claimed.body.key.id);
  });

  it('takes a wish for a model, and shows the manifest to who decides', async () => {
    const access = world.service(knex, {
      newModels: { check: async () => {}, advance: async () => 'made' },
    });
    const as = speakAs(serve(world, access, knex));
    const { apiVersion, kind, spec } = exampleModel();
    const metadata = { name: 'tiny', namespace: 'llm' };
    const manifest = { apiVersion, kind, metadata, spec };
    const reason = 'for reviews';
    const made = await as('mara').post('/v1/model-requests', {
      manifest,
      reason,
    });
    expect(made.body).toMatchObject({ kind: 'new-model', state: 'pending' });
    const detail = await as('priya').get(`/v1/requests/${made.body.id}`);
    expect(detail.body.newModel.manifest).toContain('name: acme/tiny');
    expect(detail.body.consequences).toMatchObject({
      gpus: { ofModel: 1, inCluster: { unrequested: 4 } },
      openTo: { everyone: true },
    });
    for (const other of ['nils', 'otto']) {
      const { status } = await as(other).get(`/v1/requests/${made.body.id}`);
      expect(status).toBe(404);
    }
    for (const [body, message] of [
      [{ reason }, /^manifest: an LLMModel/],
      [{ manifest, reason, owner: 'x' }, /owner: no such field/],
      [
        { manifest: { ...manifest, kind: 'Secret' }, reason },
        /^manifest\.kind/,
      ],
    ] as const) {
      const refused = await as('mara').post('/v1/model-requests', body);
      expect(refused.status).toBe(400);
      expect(refused.body.error.message).toMatch(message);
    }
  });
});
