import type { Knex } from 'knex';
import {
  databaseIds,
  newDatabase,
} from '../../access/__testUtils__/onDatabases';
import { openRoom, wish } from './__testUtils__/openRoom';

jest.setTimeout(120_000);

describe.each(databaseIds)(
  'the routes of the access room on %s',
  databaseId => {
    let knex: Knex;

    beforeEach(async () => {
      knex = await newDatabase(databaseId);
    });

    afterEach(() => knex.destroy());

    it('refuse what they do not understand or what is too much, naming the field and the limit', async () => {
      const { as } = openRoom(knex);
      const key = { name: 'k', models: ['llm/bge'] };
      const cases: [string, object, number, RegExp][] = [
        [
          '/v1/requests',
          { ...wish, requester: 'user:default/jonas' },
          400,
          /requester: no such field/,
        ],
        [
          '/v1/requests',
          { ...wish, reason: 7 },
          400,
          /reason: a text is needed/,
        ],
        ['/v1/requests', { ...wish, reason: ' ' }, 400, /reason: .*empty/],
        [
          '/v1/requests',
          { ...wish, reason: 'x'.repeat(2_001) },
          400,
          /reason: at most 2000/,
        ],
        [
          '/v1/requests',
          { ...wish, reason: 'x'.repeat(1_000_000) },
          413,
          /body: at most 64kb/,
        ],
        ['/v1/requests', { ...wish, days: 0 }, 400, /days: .*from 1 to 180/],
        [
          '/v1/requests',
          { ...wish, days: '30' },
          400,
          /days: a number is needed/,
        ],
        [
          '/v1/requests',
          { ...wish, model: 'llama' },
          400,
          /model: <namespace>\/<name>/,
        ],
        [
          '/v1/requests',
          { ...wish, model: 'no/such' },
          404,
          /no model no\/such that you may ask for/,
        ],
        [
          '/v1/requests',
          { ...wish, tenant: 'research' },
          404,
          /no tenant research that you belong to/,
        ],
        [
          '/v1/requests',
          { ...wish, subject: { kind: 'group', ref: 'platform' } },
          400,
          /subject: platform is not a group of yours/,
        ],
        [
          '/v1/requests',
          { ...wish, subject: { kind: 'user', ref: 'x' } },
          400,
          /subject.kind: one of group, service/,
        ],
        [
          '/v1/request-steps',
          { ids: [], step: 'approve' },
          400,
          /ids: at least one/,
        ],
        [
          '/v1/request-steps',
          { ids: Array(101).fill('x'), step: 'approve' },
          400,
          /ids: at most 100/,
        ],
        [
          '/v1/keys',
          { ...key, owner: 'user:default/jonas' },
          400,
          /owner: no such field/,
        ],
        ['/v1/keys', { ...key, models: [] }, 400, /models: at least one/],
        [
          '/v1/keys',
          {
            ...key,
            models: Array.from({ length: 101 }, (_, at) => `llm/m${at}`),
          },
          400,
          /models: at most 100 .*maxModelsPerKey/,
        ],
        ['/v1/keys', { ...key, days: 366 }, 400, /days: .*from 1 to 365/],
        [
          '/v1/keys',
          { ...key, models: ['secret/internal'] },
          404,
          /Ask for access first/,
        ],
        [
          '/v1/keys',
          { ...key, backupOwner: 'user:default/otto' },
          400,
          /backupOwner: another member/,
        ],
        [
          '/v1/keys/import',
          { ...key, secret: 'sk-12345678901234567890123' },
          403,
          /Only platform admins/,
        ],
        [
          '/v1/keys/key_1/rotate',
          { overlapHours: 169 },
          400,
          /overlapHours: .*from 0 to 168/,
        ],
        ['/v1/keys/key_1/revoke', { why: 'x' }, 400, /why: no such field/],
        [
          '/v1/blocks',
          { target: 'user', ref: 'user:default/otto', reason: 'x' },
          403,
          /Only platform admins/,
        ],
        [
          '/v1/blocks',
          { target: 'planet', ref: 'x', reason: 'x' },
          400,
          /target: one of user, tenant, model, key/,
        ],
        [
          '/v1/grants',
          {
            model: 'llm/llama',
            subject: { kind: 'user', ref: 'user:default/nils' },
            days: 3,
          },
          404,
          /no model llm\/llama that you own/,
        ],
      ];
      for (const [path, body, status, message] of cases) {
        const answer = await as('mara').post(path, body);
        expect({ path, status: answer.status }).toEqual({ path, status });
        expect(answer.body.error.message).toMatch(message);
      }
      for (const [path, message] of [
        ['/v1/keys?limit=0', /limit: a whole number from 1 to 500/],
        ['/v1/keys?limit=501', /limit: a whole number from 1 to 500/],
        ['/v1/keys?owner=user:default/jonas', /owner: no such field/],
        ['/v1/keys?scope=yours', /scope: one of mine, owned, all/],
        ['/v1/keys?cursor=abc', /cursor: not one of this list/],
        ['/v1/requests?state=open', /state: one of pending/],
        ['/v1/tenants?all=true', /query: all is not known/],
        ['/v1/audit?limit=1e3', /limit: a whole number/],
      ] as const) {
        const answer = await as('mara').get(path);
        expect({ path, status: answer.status }).toEqual({ path, status: 400 });
        expect(answer.body.error.message).toMatch(message);
      }
      const torn = await as('mara')
        .post('/v1/keys')
        .set('Content-Type', 'application/json')
        .send('{"secret": "sk-canary');
      expect(torn.status).toBe(400);
      expect(torn.text).toContain('body: it is not JSON');
      expect(torn.text).not.toContain('canary');
      expect(await knex('requests')).toEqual([]);
      expect(await knex('keys')).toEqual([]);
    });

    it('take no character that the database could not hold, and name the field', async () => {
      const { as } = openRoom(knex);
      const nul = 'a\u0000b';
      const grant = {
        model: 'llm/llama',
        subject: { kind: 'user', ref: nul },
        days: 3,
      };
      const key = { name: 'k', models: ['llm/bge'] };
      const block = { target: 'user', ref: 'user:default/otto', reason: 'x' };
      const service = { kind: 'service', ref: nul };
      const cases: [string, object, string][] = [
        ['/v1/requests', { ...wish, reason: nul }, 'reason'],
        ['/v1/requests', { ...wish, expectedLoad: nul }, 'expectedLoad'],
        ['/v1/requests', { ...wish, subject: service }, 'subject.ref'],
        ['/v1/requests', { ...wish, tenant: nul }, 'tenant'],
        ['/v1/requests', { ...wish, model: `llm/${nul}` }, 'model'],
        ['/v1/request-steps', { ids: [nul], step: 'approve' }, 'ids.0'],
        ['/v1/grants', grant, 'subject.ref'],
        ['/v1/keys', { ...key, name: nul }, 'name'],
        ['/v1/keys', { ...key, service: nul }, 'service'],
        ['/v1/keys', { ...key, backupOwner: nul }, 'backupOwner'],
        ['/v1/blocks', { ...block, ref: nul }, 'ref'],
        ['/v1/blocks', { ...block, reason: nul }, 'reason'],
      ];
      for (const [path, body, field] of cases) {
        const answer = await as('priya').post(path, body);
        expect([path, answer.status]).toEqual([path, 400]);
        expect(answer.body.error.message).toContain(
          `${field}: no control characters`,
        );
      }
      for (const list of ['requests', 'grants', 'keys', 'audit']) {
        const answer = await as('priya').get(`/v1/${list}?tenant=%00`);
        expect(answer.body.error.message).toContain('tenant: no control');
      }
      const { nextCursor } = (
        await Promise.all(
          ['a', 'b'].map(name => as('mara').post('/v1/keys', { ...key, name })),
        ).then(() => as('mara').get('/v1/keys?limit=1'))
      ).body;
      const sealed = JSON.parse(
        Buffer.from(nextCursor, 'base64url').toString(),
      );
      for (const field of Object.keys(sealed.after)) {
        const after = { ...sealed.after, [field]: nul };
        const forged = Buffer.from(JSON.stringify({ ...sealed, after }));
        const { status } = await as('mara').get(
          `/v1/keys?limit=1&cursor=${forged.toString('base64url')}`,
        );
        expect([field, status]).toEqual([field, 400]);
      }
    });

    it('bind a cursor to the caller and to the question', async () => {
      const { as } = openRoom(knex);
      for (const name of ['a', 'b', 'c']) {
        await as('mara').post('/v1/keys', { name, models: ['llm/bge'] });
      }
      const page = await as('mara').get('/v1/keys?scope=mine&limit=2');
      const { nextCursor } = page.body;
      const last = await as('mara').get(
        `/v1/keys?scope=mine&limit=2&cursor=${nextCursor}`,
      );
      const names = [...page.body.items, ...last.body.items].map(
        key => key.name,
      );
      expect(names.sort()).toEqual(['a', 'b', 'c']);
      expect(last.body.nextCursor).toBeUndefined();
      for (const [who, query] of [
        ['nils', 'scope=mine'],
        ['mara', 'scope=all'],
        ['mara', 'scope=mine&state=active'],
      ]) {
        const answer = await as(who).get(
          `/v1/keys?${query}&cursor=${nextCursor}`,
        );
        expect(answer.status).toBe(400);
      }
    });
  },
);
