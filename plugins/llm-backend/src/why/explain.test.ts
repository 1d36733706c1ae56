import type { WhyAnswer, WhyLink } from '@slipway/plugin-llm-common';
import {
  EARLIER,
  grant,
  key,
  keyFacts,
  ready,
  tenant,
  tokenFacts,
} from './__testUtils__/facts';
import { explain } from './explain';
import type { WhyFacts } from './facts';

/** States of the links in the order of the walk, e.g. `ok ok broken ahead …`. */
function walk({ links }: WhyAnswer): string {
  return links.map(({ state }) => state).join(' ');
}

function link(answer: WhyAnswer, name: WhyLink['name']): string {
  return answer.links.find(each => each.name === name)?.text ?? '';
}

const noRoute: WhyFacts['entries'] = {
  known: true,
  value: [
    {
      endpoint: 'external',
      policy: { state: 'accepted' },
      route: { state: 'missing' },
    },
  ],
};
const noServer: WhyFacts['servers'] = {
  known: true,
  value: { servers: { ready: 0, total: 1 }, pickers: { ready: 1, total: 1 } },
};
const suspended = { ...tenant, state: 'suspended' as const };
const ended = {
  ...grant,
  state: 'ended' as const,
  endedBecause: 'revoked' as const,
  endedAt: EARLIER,
};
const download: WhyFacts['phase'] = {
  ...ready,
  phase: 'Downloading',
  stage: '312 of 449 GiB',
  reachable: [],
};

describe('the walk from a caller to an answer', () => {
  it('finds nothing broken when nothing is', () => {
    for (const facts of [keyFacts(), tokenFacts()]) {
      const answer = explain(facts);
      expect(walk(answer)).toBe('ok ok ok ok ok ok ok ok');
      expect(answer).toMatchObject({ callable: true, modelId: 'meta/llama' });
      expect(answer.broken).toBeUndefined();
    }
    expect(explain(keyFacts()).keyId).toBe('key_1');
    expect(link(explain(keyFacts()), 'limit')).toMatch(
      /^No limits are set yet/,
    );
  });

  it.each<[string, WhyFacts, string, object]>([
    [
      'a suspended tenant',
      keyFacts({}, { tenant: suspended }),
      'broken ahead ahead ahead ahead ahead ahead ahead',
      { link: 'identity', answered: { status: 403, code: 'tenant_suspended' } },
    ],
    [
      'a tenant that is gone',
      keyFacts({}, { tenant: undefined }),
      'broken ahead ahead ahead ahead ahead ahead ahead',
      {
        link: 'identity',
        who: ['a platform admin'],
        answered: { code: 'no_tenant' },
      },
    ],
    [
      'an owner who left',
      keyFacts({ grants: [] }, { principal: undefined, behind: undefined }),
      'broken unknown warning ahead ahead ahead ahead ahead',
      { link: 'identity', answered: { status: 401, code: 'invalid_api_key' } },
    ],
    [
      'a caller of no tenant',
      tokenFacts({ grants: [] }, { tenants: [] }),
      'broken unknown ahead ahead ahead ahead ahead ahead',
      { link: 'identity', answered: { status: 403, code: 'no_tenant' } },
    ],
    [
      'a caller of two tenants',
      tokenFacts({}, { tenants: [tenant, { ...tenant, name: 'research' }] }),
      'broken unknown ahead ahead ahead ahead ahead ahead',
      {
        link: 'identity',
        answered: { code: 'tenant_ambiguous' },
        action: { kind: 'create-key', model: 'llm/llama' },
      },
    ],
    [
      'a blocked user',
      keyFacts({
        blocks: [
          {
            id: 'b',
            target: 'user',
            ref: 'user:default/mara',
            reason: 'leak',
            by: 'user:default/priya',
            at: EARLIER,
          },
        ],
      }),
      'broken ahead ahead ahead ahead ahead ahead ahead',
      { link: 'identity', who: ['a platform admin'] },
    ],
    [
      'no grant',
      keyFacts({ grants: [] }, { behind: undefined }),
      'ok broken ahead ahead ahead ahead ahead ahead',
      {
        link: 'grant',
        answered: { status: 404, code: 'model_not_found', by: 'authorizer' },
        who: ['group:default/platform'],
        action: { kind: 'ask-for-access', model: 'llm/llama', tenant: 'apps' },
      },
    ],
    [
      'a revoked grant',
      tokenFacts({ grants: [ended] }),
      'ok broken ahead ahead ahead ahead ahead ahead',
      { link: 'grant' },
    ],
    [
      'a key that ran out, before its grant is asked for',
      keyFacts(
        { grants: [] },
        { key: { ...key, expiresAt: EARLIER }, behind: undefined },
      ),
      'ok warning broken ahead ahead ahead ahead ahead',
      {
        link: 'key',
        answered: { status: 401, code: 'invalid_api_key' },
        action: { kind: 'create-key', model: 'llm/llama' },
      },
    ],
    [
      'a key without the model',
      keyFacts({}, { key: { ...key, models: [] } }),
      'ok ok broken ahead ahead ahead ahead ahead',
      { link: 'key', answered: { status: 404, code: 'model_not_found' } },
    ],
    [
      'a key that hangs off an ended grant while another holds',
      keyFacts(
        { grants: [{ ...grant, id: 'grant_2' }, ended] },
        { behind: ended },
      ),
      'ok ok broken ahead ahead ahead ahead ahead',
      { link: 'key', action: { kind: 'create-key', model: 'llm/llama' } },
    ],
    [
      'a model that is not Ready, and what only waits for that',
      keyFacts({ phase: download, entries: noRoute, servers: noServer }),
      'ok ok ok ok broken ahead ahead ahead',
      {
        link: 'phase',
        answered: { status: 503, code: 'model_not_ready', by: 'authorizer' },
        action: { kind: 'open-model', model: 'llm/llama' },
      },
    ],
    [
      'a route that is missing though the model is Ready',
      keyFacts({ entries: noRoute }),
      'ok ok ok ok ok broken ahead ahead',
      { link: 'route', answered: { status: 403, by: 'gateway' } },
    ],
    [
      'a policy that the gateway refuses',
      keyFacts({
        entries: {
          known: true,
          value: [
            {
              endpoint: 'internal',
              policy: { state: 'refused', message: 'Invalid: no such claim' },
              route: { state: 'accepted' },
            },
          ],
        },
      }),
      'ok ok ok ok ok broken ahead ahead',
      { link: 'route', who: ['a platform admin'] },
    ],
    [
      'both endpoints switched off',
      keyFacts({ phase: { ...ready, endpoints: [], reachable: [] } }),
      'ok ok ok ok warning broken ahead ahead',
      {
        link: 'route',
        answered: { status: 404, code: 'model_not_found' },
        who: ['group:default/platform'],
      },
    ],
    [
      'no server, though the model is Ready',
      keyFacts({ servers: noServer }),
      'ok ok ok ok ok ok broken ahead',
      { link: 'endpoints', answered: { status: 503, by: 'endpoint picker' } },
    ],
    [
      'no endpoint picker',
      keyFacts({
        servers: {
          known: true,
          value: {
            servers: { ready: 1, total: 1 },
            pickers: { ready: 0, total: 1 },
          },
        },
      }),
      'ok ok ok ok ok ok broken ahead',
      { link: 'endpoints', answered: { status: 500, by: 'gateway' } },
    ],
    [
      'a network policy that keeps the gateway out',
      keyFacts({
        network: {
          known: true,
          value: { reach: 'closed', policies: ['deny'] },
        },
      }),
      'ok ok ok ok ok ok ok broken',
      { link: 'network', answered: { status: 503, by: 'gateway' } },
    ],
    [
      'a route that the operator knows to be refused, though it can not be seen here',
      keyFacts({
        entries: { known: false, because: 'The portal may not read it.' },
        phase: {
          ...ready,
          phase: 'Error',
          stage: 'The gateway refuses the route',
          reachable: [],
          stopsAt: 'route',
        },
      }),
      'ok ok ok ok ok broken ahead ahead',
      { link: 'route', answered: { status: 503, code: 'model_not_ready' } },
    ],
    [
      'an endpoint picker that the operator knows to be away',
      keyFacts({
        phase: {
          ...ready,
          phase: 'Degraded',
          reachable: [],
          stopsAt: 'endpoints',
        },
      }),
      'ok ok ok ok ok ok broken ahead',
      { link: 'endpoints', answered: { status: 503, code: 'model_not_ready' } },
    ],
    [
      'a blocked model',
      keyFacts({
        blocks: [
          {
            id: 'b',
            target: 'model',
            ref: 'llm/llama',
            reason: 'licence',
            by: 'user:default/priya',
            at: EARLIER,
          },
        ],
      }),
      'ok ok ok ok broken ahead ahead ahead',
      { link: 'phase', answered: { status: 403, code: 'model_blocked' } },
    ],
    [
      'two faults: the second is a warning',
      keyFacts({ grants: [], phase: download }, { behind: undefined }),
      'ok broken ahead ahead warning ahead ahead ahead',
      { link: 'grant' },
    ],
  ])('names %s', (_what, facts, states, expected) => {
    const answer = explain(facts);
    expect(walk(answer)).toBe(states);
    expect(answer.callable).toBe(false);
    expect(answer.broken).toMatchObject(expected);
    expect(answer.broken?.who.length).toBeGreaterThan(0);
    expect(answer.broken?.remedy).toMatch(/[.]$/);
  });

  it('sends nobody to ask for what a block would have refused', () => {
    const facts = (target: 'user' | 'tenant' | 'model', ref: string) =>
      keyFacts(
        {
          grants: [],
          blocks: [
            {
              id: 'b',
              target,
              ref,
              reason: 'canary',
              by: 'user:default/priya',
              at: EARLIER,
            },
          ],
        },
        { behind: undefined },
      );
    const { broken } = explain(facts('model', 'llm/llama'));
    expect(broken).toMatchObject({
      link: 'grant',
      who: ['a platform admin', 'group:default/platform'],
      remedy:
        'Model llm/llama is blocked, which a platform admin can lift. Then: Ask for access to meta/llama.',
    });
    expect(broken).not.toHaveProperty('action');
    // Another model's block keeps nobody from asking for this one.
    expect(explain(facts('model', 'llm/other')).broken).toHaveProperty(
      'action.kind',
      'ask-for-access',
    );
  });

  it('says how the last grant ended, and that a service does not use the grants of its owner', () => {
    const revoked = explain(tokenFacts({ grants: [ended] }));
    expect(link(revoked, 'grant')).toContain('was revoked on 1 Nov 2026');
    const service = explain(
      keyFacts(
        { grants: [] },
        {
          key: { ...key, service: 'review-bot' },
          principal: { service: 'review-bot' },
          behind: undefined,
        },
      ),
    );
    expect(link(service, 'grant')).toContain(
      'The service review-bot has no grant for meta/llama. You hold one yourself',
    );
    expect(service.broken?.action).toEqual({
      kind: 'ask-for-access',
      model: 'llm/llama',
      tenant: 'apps',
      service: 'review-bot',
    });
  });

  it('does not send anybody to ask twice, nor to ask for what nobody may ask for', () => {
    const waits = explain(
      tokenFacts({
        grants: [],
        pendingRequest: { id: 'req_1', waitsFor: 'approvers' },
      }),
    );
    expect(waits.broken?.remedy).toContain('req_1');
    expect(waits.broken?.action).toBeUndefined();
    const facts = tokenFacts({ grants: [] });
    const closed = explain({
      ...facts,
      model: { ...facts.model, requestable: false },
    });
    expect(closed.broken?.action).toBeUndefined();
  });

  it('takes what it could not look at for unknown, never for broken', () => {
    const because = 'The portal may not read the pods.';
    const dark = { known: false, because } as const;
    const answer = explain(
      keyFacts({ entries: dark, servers: dark, network: dark }),
    );
    expect(walk(answer)).toBe('ok ok ok ok ok unknown unknown unknown');
    expect(link(answer, 'endpoints')).toBe(because);
    expect(answer.callable).toBe(true);
  });

  it('knows neither keys nor grants where the gateway asks no authorizer', () => {
    const entries: WhyFacts['entries'] = {
      known: true,
      value: [
        {
          endpoint: 'internal',
          policy: { state: 'accepted' },
          route: { state: 'accepted' },
          judge: 'gateway',
        },
      ],
    };
    expect(explain(keyFacts({ entries })).broken).toMatchObject({
      link: 'key',
      answered: { status: 403, by: 'gateway' },
      who: ['a platform admin'],
    });
    const granted = explain(tokenFacts({ entries }));
    expect(granted.broken).toMatchObject({
      link: 'grant',
      answered: { status: 403, by: 'gateway' },
      who: ['group:default/platform'],
    });
    const facts = tokenFacts({ entries }, { tenants: [] });
    const open = {
      ...facts,
      model: { ...facts.model, access: { public: true, groups: [] } },
    };
    expect(explain(open).callable).toBe(true);
    expect(explain({ ...open, phase: download }).broken).toMatchObject({
      link: 'phase',
      answered: { by: 'gateway' },
    });
  });

  it('names a policy that nobody asks behind', () => {
    const answer = explain(
      keyFacts({
        entries: {
          known: true,
          value: [
            {
              endpoint: 'external',
              policy: { state: 'unmerged' },
              route: { state: 'accepted' },
              judge: 'authorizer',
            },
          ],
        },
      }),
    );
    expect(answer.broken).toMatchObject({
      link: 'route',
      answered: { status: 403, by: 'gateway' },
    });
    expect(link(answer, 'route')).toContain('not merged');
  });

  it('knows a rotated key by its successor', () => {
    const answer = explain(
      keyFacts(
        {},
        {
          key: {
            ...key,
            state: 'ended',
            endedBecause: 'rotated',
            endedAt: EARLIER,
            successorId: 'key_2',
          },
        },
      ),
    );
    expect(answer.broken?.remedy).toBe('Use its successor key_2.');
  });
});

describe('a tenant in the walk', () => {
  it('has the name that people know, and that of its resource where it is another', () => {
    const search = { ...tenant, displayName: 'Search & Ranking' };
    const identity = (facts: WhyFacts) => explain(facts).links[0].text;
    expect(identity(tokenFacts({}, { tenants: [tenant] }))).toMatch(
      /, tenant Apps$/,
    );
    expect(identity(tokenFacts({}, { tenants: [search] }))).toMatch(
      /, tenant Search & Ranking \(apps\)$/,
    );
    expect(identity(keyFacts({}, { tenant: search }))).toMatch(
      /, tenant Search & Ranking \(apps\)$/,
    );
    const { broken } = explain(
      keyFacts({}, { tenant: { ...search, state: 'suspended' } }),
    );
    expect(broken?.remedy).toContain('tenant Search & Ranking (apps) active');
    const { links } = explain(
      tokenFacts({}, { tenants: [search, { ...tenant, name: 'research' }] }),
    );
    expect(links[0].text).toContain(
      '(Search & Ranking (apps), Apps (research))',
    );
  });
});
