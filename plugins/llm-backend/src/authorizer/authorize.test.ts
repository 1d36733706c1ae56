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
