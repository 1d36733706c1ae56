import { modelDigest } from '../gateway/modelDigest';
import {
  bearer,
  chat,
  EARLIER,
  grant,
  key,
  llmModel,
  member,
  Scene,
  secretOf,
  serving,
  tenant,
} from './__testUtils__/scene';
import { readTenant } from './readWorld';

const token = { ...bearer('aaa.bbb.ccc') };
const identity = (groups: string[], user = 'user:default/mara') => ({
  user,
  groups,
});
const list = (host = 'llm.example.com') => ({
  method: 'GET',
  path: '/v1/models',
  host,
  body: Buffer.alloc(0),
});

describe('a request that passes', () => {
  it('carries who calls which model for whom, and no credential', () => {
    const scene = Scene.create([key('a')]);
    const answer = scene.ask({ headers: bearer(secretOf('a')) });
    expect(answer).toEqual({
      pass: true,
      headers: {
        'x-slipway-tenant': 'apps',
        'x-slipway-key': key('a').id,
        'x-slipway-owner': 'user:default/mara',
        'x-slipway-model': modelDigest('acme/open'),
      },
      remove: expect.arrayContaining(['authorization', 'x-api-key', 'cookie']),
    });
    expect(
      scene.outcome({
        headers: {
          'x-api-key': secretOf('a'),
          'content-type': 'application/json',
        },
      }),
    ).toBe('pass');
    expect(scene.ask({ headers: token }, identity(['llm']))).toMatchObject({
      pass: true,
      headers: { 'x-slipway-tenant': 'apps', 'x-slipway-key': 'jwt' },
    });
  });
});

describe('who calls', () => {
  it('nobody without a credential that holds: missing, unknown, expired, removed', () => {
    const scene = Scene.create([
      key('a'),
      key('late', { expiresAt: '2026-11-20T08:00:00.000Z' }),
    ]);
    expect(scene.outcome({ headers: {} })).toBe('401 missing_api_key');
    expect(
      scene.outcome({ headers: { authorization: 'Basic bWFyYTptYXJh' } }),
    ).toBe('401 missing_api_key');
    expect(scene.call('unknown')).toBe('401 invalid_api_key');
    expect(scene.call('late')).toBe('401 invalid_api_key');
    expect(
      scene.outcome({
        headers: bearer(`${secretOf('a')},Bearer ${secretOf('b')}`),
      }),
    ).toBe('401 invalid_api_key');
    expect(scene.call('a')).toBe('pass');
    scene.index.remove('key', key('a').id);
    expect(scene.call('a')).toBe('401 invalid_api_key');
    // Who is nobody learns nothing, not even what is served where.
    expect(scene.outcome({ headers: {}, path: '/admin' })).toBe(
      '401 missing_api_key',
    );
    expect(scene.outcome({ headers: token })).toBe('401 invalid_token');
  });

  it('a key rests while its tenant is suspended or gone, and ends with its owner', () => {
    const scene = Scene.create([
      key('a'),
      member('susi', ['sleepers']),
      key('r', { tenant: 'resting', owner: 'user:default/susi' }),
      key('g', { tenant: 'gone' }),
      key('o', { owner: 'user:default/otto' }),
      key('s', { owner: 'user:default/otto', service: 'batch' }),
    ]);
    expect(scene.call('r')).toBe('403 tenant_suspended');
    expect(scene.call('g')).toBe('403 no_tenant');
    expect(scene.call('o')).toBe('401 invalid_api_key');
    expect(scene.call('s')).toBe('pass');
    scene.world.putTenant(readTenant(tenant('apps', ['llm'], 'suspended')));
    expect(scene.call('a')).toBe('403 tenant_suspended');
    scene.world.putTenant(readTenant(tenant('apps', ['llm'], 'mystery')));
    expect(scene.call('a')).toBe('403 tenant_suspended');
    scene.world.putTenant(readTenant(tenant('apps', ['llm'])));
    expect(scene.call('a')).toBe('pass');
    scene.index.remove('member', 'user:default/mara');
    expect(scene.call('a')).toBe('401 invalid_api_key');
  });

  it('a personal key is of use only while its owner is a member of its tenant, whoever changes that', () => {
    const scene = Scene.create([
      key('a'),
      key('s', { service: 'batch' }),
      key('elsewhere', { tenant: 'research' }),
    ]);
    expect(scene.call('a')).toBe('pass');
    expect(scene.call('elsewhere')).toBe('403 no_tenant');

    scene.world.putTenant(readTenant(tenant('apps', ['others'])));
    expect(scene.call('a')).toBe('403 no_tenant');
    expect(scene.call('s')).toBe('pass');
    scene.world.putTenant(readTenant(tenant('apps', ['/llm'])));
    expect(scene.call('a')).toBe('pass');

    scene.index.put(member('mara', ['developers']));
    expect(scene.call('a')).toBe('403 no_tenant');
    expect(scene.call('s')).toBe('pass');
  });

  it('a token belongs to the one tenant of its groups, or to none', () => {
    const scene = Scene.create([member('otto', [])]);
    const outcome = (groups: string[], user?: string) =>
      scene.outcome({ headers: token }, identity(groups, user));
    expect(outcome(['llm'])).toBe('pass');
    expect(outcome(['llm', 'research'])).toBe('403 tenant_ambiguous');
    expect(outcome(['developers'])).toBe('403 no_tenant');
    expect(outcome(['sleepers'])).toBe('403 tenant_suspended');
    expect(outcome(['llm', 'sleepers'])).toBe('pass');
    expect(outcome(['llm'], 'user:default/otto')).toBe('pass');
    expect(outcome(['llm'], 'user:default/stranger')).toBe('401 unknown_user');
  });

  it('nobody whom the kill switch stops, until it is taken back', () => {
    const scene = Scene.create([key('a'), key('b'), grant('g1')]);
    const block = (target: 'user' | 'tenant' | 'model' | 'key', ref: string) =>
      scene.index.put({ kind: 'block', id: target, target, ref });
    block('key', key('a').id);
    expect([scene.call('a'), scene.call('b')]).toEqual([
      '401 invalid_api_key',
      'pass',
    ]);
    block('user', 'user:default/mara');
    expect(scene.call('b')).toBe('403 user_blocked');
    expect(scene.outcome({ headers: token }, identity(['llm']))).toBe(
      '403 user_blocked',
    );
    scene.index.remove('block', 'user');
    block('tenant', 'apps');
    expect(scene.call('b')).toBe('403 tenant_blocked');
    expect(scene.outcome({ headers: token }, identity(['llm']))).toBe(
      '403 tenant_blocked',
    );
    scene.index.remove('block', 'tenant');
    block('model', 'llm/open');
    expect(scene.call('b')).toBe('403 model_blocked');
    block('model', 'llm/closed');
    // Who may not call it anyway does not learn that it is blocked.
    expect(scene.call('b', 'acme/closed')).toBe('404 model_not_found');
    scene.index.remove('block', 'model');
    scene.index.remove('block', 'key');
    expect([scene.call('a'), scene.call('b')]).toEqual(['pass', 'pass']);
  });
});

describe('which model', () => {
  const models = [
    { model: 'llm/open' },
    { model: 'llm/team' },
    { model: 'llm/closed', grantId: 'g1' },
    { model: 'llm/loading' },
    { model: 'llm/inside' },
    { model: 'llm/gone', grantId: 'g1' },
  ];

  it('one in the scope of the key whose grant holds; all others are told alike', () => {
    const scene = Scene.create([
      key('a', { models }),
      key('narrow'),
      grant('g1'),
    ]);
    expect(scene.call('a')).toBe('pass');
    expect(scene.call('a', 'acme/team')).toBe('pass');
    expect(scene.call('a', 'acme/closed')).toBe('pass');
    expect(scene.call('narrow', 'acme/team')).toBe('404 model_not_found');
    const answers = ['acme/closed', 'acme/never', 'acme/gone'].map(model => {
      const answer = scene.ask({
        ...chat(model),
        headers: bearer(secretOf('narrow')),
      });
      return JSON.stringify(answer).replaceAll(model, 'x');
    });
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('model_not_found');
  });

  it.each([
    ['has ended', undefined],
    ['has run out', { expiresAt: EARLIER }],
    ['is of another tenant', { tenant: 'research' }],
    ['is for another model', { model: 'llm/team' }],
    [
      'is for somebody else',
      { subject: { kind: 'user' as const, ref: 'user:default/otto' } },
    ],
    [
      'is for a group that she left',
      { subject: { kind: 'group' as const, ref: 'left' } },
    ],
    [
      'is for a service',
      { subject: { kind: 'service' as const, ref: 'batch' } },
    ],
  ])('none when the grant %s', (_, fields) => {
    const scene = Scene.create([key('a', { models }), grant('g1')]);
    expect(scene.call('a', 'acme/closed')).toBe('pass');
    if (fields) {
      scene.index.put(grant('g1', fields));
    } else {
      scene.index.remove('grant', 'g1');
    }
    expect(scene.call('a', 'acme/closed')).toBe('404 model_not_found');
  });

  it('a grant of a group lets its members in; a key of a service has the grants of the service only', () => {
    const scene = Scene.create([
      key('a', { models }),
      key('s', { models, service: 'batch' }),
      grant('g1', { subject: { kind: 'group', ref: 'developers' } }),
    ]);
    expect(scene.call('a', 'acme/closed')).toBe('pass');
    expect(scene.call('s', 'acme/closed')).toBe('404 model_not_found');
    expect(scene.call('s', 'acme/team')).toBe('404 model_not_found');
    expect(scene.call('s', 'acme/open')).toBe('pass');
    scene.index.put(
      grant('g1', { subject: { kind: 'service', ref: 'batch' } }),
    );
    expect(scene.call('a', 'acme/closed')).toBe('404 model_not_found');
    expect(scene.call('s', 'acme/closed')).toBe('pass');
  });

  it('narrowing the access of a model and leaving a group count at once', () => {
    const scene = Scene.create([key('a', { models })]);
    expect(scene.call('a', 'acme/team')).toBe('pass');
    scene.index.put(member('mara', ['llm']));
    expect(scene.call('a', 'acme/team')).toBe('404 model_not_found');
    scene.index.put(member('mara', ['developers', 'llm']));
    expect(scene.call('a', 'acme/team')).toBe('pass');
    scene.model(llmModel('team', { access: { groups: ['others'] } }));
    expect(scene.call('a', 'acme/team')).toBe('404 model_not_found');
  });

  it('a token may call what is open to its groups, and what is granted to its user or groups in its tenant', () => {
    const scene = Scene.create();
    const outcome = (model: string, groups = ['llm', 'developers']) =>
      scene.outcome({ ...chat(model), headers: token }, identity(groups));
    expect(outcome('acme/team')).toBe('pass');
    expect(outcome('acme/team', ['llm'])).toBe('404 model_not_found');
    expect(outcome('acme/closed')).toBe('404 model_not_found');
    scene.index.put(grant('g1'));
    expect(outcome('acme/closed')).toBe('pass');
    scene.index.put(grant('g1', { tenant: 'research' }));
    expect(outcome('acme/closed')).toBe('404 model_not_found');
    scene.index.put(
      grant('g1', { subject: { kind: 'group', ref: 'developers' } }),
    );
    expect(outcome('acme/closed')).toBe('pass');
    expect(outcome('acme/closed', ['llm'])).toBe('404 model_not_found');
    scene.index.put(
      grant('g1', {
        subject: { kind: 'group', ref: 'developers' },
        expiresAt: EARLIER,
      }),
    );
    expect(outcome('acme/closed')).toBe('404 model_not_found');
  });

  it('is there only at an endpoint that it is exposed on', () => {
    const scene = Scene.create([key('a', { models })]);
    expect(scene.call('a', 'acme/inside')).toBe('404 model_not_found');
    expect(
      scene.call('a', 'acme/inside', 'LLM-internal.example.com:8443'),
    ).toBe('pass');
    expect(scene.call('a', 'acme/open', 'other.example.com')).toBe(
      '404 unknown_url',
    );
  });

  it('that is not ready says so, and when to come back, to those who may call it', () => {
    const scene = Scene.create([key('a', { models }), key('narrow')]);
    const question = {
      ...chat('acme/loading'),
      headers: bearer(secretOf('a')),
    };
    expect(scene.ask(question)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10' },
    });
    expect(scene.outcome(question)).toBe('503 model_not_ready');
    expect(scene.call('narrow', 'acme/loading')).toBe('404 model_not_found');
    // Ready at one endpoint only.
    scene.model(
      llmModel(
        'loading',
        { access: { public: true } },
        {
          servedModelId: 'acme/loading',
          endpoints: { internal: 'https://x' },
        },
      ),
    );
    expect(scene.outcome(question)).toBe('503 model_not_ready');
    expect(scene.call('a', 'acme/loading', 'llm-internal.example.com')).toBe(
      'pass',
    );
  });

  it('that changes its id answers to the old one until its servers answer to the new one', () => {
    const scene = Scene.create([key('a')]);
    const renamed = {
      access: { public: true },
      model: { name: 'acme/new', source: 'huggingface' },
    };
    scene.model(
      llmModel('open', renamed, { ...serving, servedModelId: 'acme/open' }),
    );
    expect(scene.call('a', 'acme/open')).toBe('pass');
    expect(scene.call('a', 'acme/new')).toBe('503 model_not_ready');
    scene.model(
      llmModel('open', renamed, { ...serving, servedModelId: 'acme/new' }),
    );
    expect(scene.call('a', 'acme/open')).toBe('404 model_not_found');
    expect(scene.call('a', 'acme/new')).toBe('pass');
  });

  it('keeps its id from a newcomer who takes the same one to be open to everybody', () => {
    const scene = Scene.create([
      key('a', {
        models: [
          { model: 'evil/open' },
          { model: 'llm/closed', grantId: 'g1' },
        ],
      }),
      grant('g1'),
    ]);
    const thief = llmModel('closed', { access: { public: true } }, {});
    thief.metadata = {
      ...thief.metadata,
      namespace: 'evil',
      name: 'open',
      creationTimestamp: '2020-01-01T00:00:00Z',
    };
    scene.model(thief);
    expect(scene.world.model('acme/closed')?.ref).toBe('llm/closed');
    // Nor does it help to be older where nobody serves yet, once the operator has spoken.
    scene.model(
      llmModel(
        'closed',
        {},
        {
          claim: { modelId: 'acme/closed', since: '2026-11-19T00:00:00Z' },
        },
      ),
    );
    expect(scene.world.model('acme/closed')?.ref).toBe('llm/closed');
    scene.model({
      ...thief,
      status: {
        conditions: [
          { type: 'Accepted', status: 'False', reason: 'DuplicateModelId' },
        ],
      },
    });
    expect(scene.world.modelByRef('evil/open')).toBeUndefined();
  });
});

describe('the body', () => {
  const ask = (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/v1/chat/completions',
  ) =>
    Scene.create([key('a')]).outcome({
      path,
      headers: { ...bearer(secretOf('a')), ...headers },
      body: Buffer.from(body),
    });
  const form = (...fields: string[]) =>
    `${fields
      .map(field => `--b\r\ncontent-disposition: form-data; ${field}\r\n`)
      .join('')}--b--\r\n`;
  const forms = { 'content-type': 'multipart/form-data; boundary=b' };
  const audio = '/v1/audio/transcriptions';

  it.each([
    [
      'of two fields the last counts',
      '{"model":"acme/closed","model":"acme/open"}',
      'pass',
    ],
    [
      'nor does the first help',
      '{"model":"acme/open","model":"acme/closed"}',
      '404 model_not_found',
    ],
    ['case matters', '{"model":"acme/open","MODEL":"acme/closed"}', 'pass'],
    ['letters may be escaped', '{"mod\\u0065l":"acme/\\u006fpen"}', 'pass'],
    ['no model', '{}', '400 missing_model'],
    ['an empty model', '{"model":""}', '400 missing_model'],
    ['a model that is no text', '{"model":["acme/open"]}', '400 missing_model'],
    ['a list', '[{"model":"acme/open"}]', '400 missing_model'],
    ['a name of every object', '{"model":"__proto__"}', '404 model_not_found'],
    [
      'two documents',
      '{"model":"acme/open"}{"model":"acme/open"}',
      '400 missing_model',
    ],
    ['no JSON', 'model=acme/open', '400 missing_model'],
    ['nothing', '', '400 missing_model'],
  ])('as JSON: %s', (_, body, outcome) => {
    expect(ask(body)).toBe(outcome);
  });

  it.each([
    ['gzip', { 'content-encoding': 'gzip' }, '415 unsupported_encoding'],
    [
      'two encodings',
      { 'content-encoding': 'identity, gzip' },
      '415 unsupported_encoding',
    ],
    ['no encoding', { 'content-encoding': 'identity' }, 'pass'],
    [
      'UTF-16',
      { 'content-type': 'application/json; charset=utf-16' },
      '415 unsupported_encoding',
    ],
    ['UTF-8', { 'content-type': 'Application/JSON; charset="UTF-8"' }, 'pass'],
    ['no type', { 'content-type': '' }, 'pass'],
    [
      'another type',
      { 'content-type': 'text/plain' },
      '415 unsupported_media_type',
    ],
    [
      'a form',
      { 'content-type': 'multipart/form-data; boundary=b' },
      '415 unsupported_media_type',
    ],
  ])('with %s', (_, headers, outcome) => {
    expect(ask('{"model":"acme/open"}', headers)).toBe(outcome);
  });

  it.each([
    [
      'a model and a file',
      form(
        'name="file"; filename="a.wav"\r\n\r\n!!!',
        'name="model"\r\n\r\nacme/open',
      ),
      'pass',
    ],
    ['a name without quotes', form('name=model\r\n\r\nacme/open'), 'pass'],
    [
      'two models',
      form('name="model"\r\n\r\nacme/open', 'name="model"\r\n\r\nacme/open'),
      '400 missing_model',
    ],
    [
      'a file named model',
      form('name="model"; filename="x"\r\n\r\nacme/open'),
      '400 missing_model',
    ],
    [
      'no model',
      form('name="file"; filename="a.wav"\r\n\r\nx'),
      '400 missing_model',
    ],
    [
      'no end',
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nacme/open',
      '400 missing_model',
    ],
    [
      'a longer delimiter',
      '--bb\r\ncontent-disposition: form-data; name="model"\r\n\r\nacme/open\r\n--b--',
      '400 missing_model',
    ],
    ['nothing', '', '400 missing_model'],
  ])('as a form: %s', (_, body, outcome) => {
    expect(ask(body.replace(/([^\n])--b/g, '$1\r\n--b'), forms, audio)).toBe(
      outcome,
    );
  });

  it('a form without boundary, or JSON where a file belongs: refused', () => {
    expect(ask('x', { 'content-type': 'multipart/form-data' }, audio)).toBe(
      '400 missing_model',
    );
    expect(ask('{"model":"acme/open"}', {}, audio)).toBe(
      '415 unsupported_media_type',
    );
  });
});

describe('where it goes', () => {
  it('only to paths and by methods that are known', () => {
    const scene = Scene.create([key('a')]);
    const outcome = (method: string, path: string) =>
      scene.outcome({ method, path, headers: bearer(secretOf('a')) });
    expect(outcome('POST', '/v1/embeddings?x=1')).toBe('pass');
    expect(outcome('POST', '/anthropic/v1/messages')).toBe('pass');
    expect(outcome('GET', '/v1/chat/completions')).toBe(
      '405 method_not_allowed',
    );
    expect(outcome('POST', '/v1/models')).toBe('405 method_not_allowed');
    for (const path of [
      '/',
      '/v1/chat/completions/',
      '/V1/chat/completions',
      '/v1/fine_tuning/jobs',
      '/metrics',
      '/v1/models/%zz',
    ]) {
      expect([path, outcome('GET', path)]).toEqual([path, '404 unknown_url']);
    }
  });

  it('which models there are: those that the caller may call at this endpoint, ready or not', () => {
    const models = [
      { model: 'llm/closed', grantId: 'g1' },
      { model: 'llm/loading' },
      { model: 'llm/inside' },
      { model: 'llm/team' },
    ];
    const scene = Scene.create([
      key('a', { models }),
      grant('g1'),
      member('otto', []),
    ]);
    const ids = (...args: Parameters<Scene['ask']>) => {
      const answer = scene.ask(...args);
      expect(answer).toMatchObject({ pass: false, status: 200 });
      return answer.pass
        ? []
        : JSON.parse(answer.body).data.map(({ id }: { id: string }) => id);
    };
    const headers = bearer(secretOf('a'));
    expect(ids({ ...list(), headers })).toEqual([
      'acme/closed',
      'acme/loading',
      'acme/team',
    ]);
    expect(ids({ ...list('llm-internal.example.com'), headers })).toContain(
      'acme/inside',
    );
    expect(
      ids(
        { ...list(), headers: token },
        identity(['llm'], 'user:default/otto'),
      ),
    ).toEqual(['acme/loading', 'acme/open']);
    scene.index.remove('grant', 'g1');
    expect(ids({ ...list(), headers })).toEqual(['acme/loading', 'acme/team']);
    scene.index.put({
      kind: 'block',
      id: 'b1',
      target: 'model',
      ref: 'llm/team',
    });
    expect(ids({ ...list(), headers })).toEqual(['acme/loading']);
    expect(scene.outcome({ ...list(), headers: {} })).toBe(
      '401 missing_api_key',
    );
  });

  it('what a model is, by its id: as it is or with its slash written out', () => {
    const scene = Scene.create([key('a')]);
    const read = (path: string) =>
      scene.ask({ ...list(), path, headers: bearer(secretOf('a')) });
    for (const path of ['/v1/models/acme/open', '/v1/models/acme%2Fopen']) {
      expect(read(path)).toMatchObject({
        status: 200,
        body: JSON.stringify({
          id: 'acme/open',
          object: 'model',
          created: 1793491200,
          owned_by: 'slipway',
        }),
      });
    }
    expect(read('/v1/models/acme/closed')).toMatchObject({ status: 404 });
    for (const ref of ['llm/open', 'llm/closed']) {
      scene.index.put({ kind: 'block', id: ref, target: 'model', ref });
    }
    expect(read('/v1/models/acme/open')).toMatchObject({ status: 403 });
    expect(read('/v1/models/acme/closed')).toMatchObject({ status: 404 });
  });
});
