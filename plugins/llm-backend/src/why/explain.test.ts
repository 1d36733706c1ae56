import type { WhyAnswer, WhyLink } from '@slipway/plugin-llm-common';
import fc from 'fast-check';
import { grantValidity, isFor, isOpenTo, mayCall } from '../access';
import {
  EARLIER,
  grant,
  key,
  keyFacts,
  LATER,
  NOW,
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
const download = {
  phase: 'Downloading' as const,
  stage: '312 of 449 GiB',
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
      { link: 'identity', who: ['a platform admin'] },
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
      keyFacts({ entries: { known: true, value: [] } }),
      'ok ok ok ok ok broken ahead ahead',
      { link: 'route', who: ['group:default/platform'] },
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

// Mostly what holds, so that many worlds are good ones.
const anyTime = fc.constantFrom(EARLIER, LATER, LATER, LATER);
const mostlyActive = ['active', 'active', 'active', 'ended'] as const;
const anySubject = fc.constantFrom(
  { kind: 'user' as const, ref: 'user:default/mara' },
  { kind: 'user' as const, ref: 'user:default/otto' },
  { kind: 'group' as const, ref: 'llm' },
  { kind: 'group' as const, ref: 'research' },
  { kind: 'service' as const, ref: 'bot' },
);
const anyGrant = fc
  .record({
    id: fc.constantFrom('grant_1', 'grant_2', 'grant_3'),
    tenant: fc.constantFrom('apps', 'research'),
    model: fc.constantFrom('llm/llama', 'llm/other'),
    subject: anySubject,
    state: fc.constantFrom(...mostlyActive),
    expiresAt: anyTime,
  })
  .map(change => ({ ...grant, ...change }));
const anyTenant = fc.option(
  fc
    .constantFrom('active' as const, 'active' as const, 'suspended' as const)
    .map(state => ({ ...tenant, state })),
  { nil: undefined },
);
const anyAccess = fc.record({
  public: fc.boolean(),
  groups: fc.subarray(['llm', 'research']),
});
const anyGroups = fc.subarray(['llm', 'research', 'other']);
const anyPhase = fc.constantFrom(
  'Pending' as const,
  'Downloading' as const,
  'Starting' as const,
  'Ready' as const,
  'Degraded' as const,
  'Error' as const,
);
const anyKey = fc
  .record({
    models: fc.constantFrom(
      [],
      [{ model: 'llm/other' }],
      [{ model: 'llm/llama' }],
      [{ model: 'llm/llama', grantId: 'grant_1' }],
      [{ model: 'llm/llama', grantId: 'grant_2' }],
    ),
    state: fc.constantFrom(...mostlyActive),
    expiresAt: anyTime,
  })
  .map(change => ({ ...key, ...change }));

describe('what the walk says', () => {
  it('is what the decisions say, for any key in any world', () => {
    let callable = 0;
    fc.assert(
      fc.property(
        fc.record({
          theKey: anyKey,
          theTenant: anyTenant,
          grants: fc.uniqueArray(anyGrant, { selector: ({ id }) => id }),
          access: anyAccess,
          groups: anyGroups,
          service: fc.boolean(),
          phase: anyPhase,
        }),
        ({ theKey, theTenant, grants, access, groups, service, phase }) => {
          const principal = service
            ? { service: 'bot' }
            : { user: key.owner, groups };
          const base = keyFacts();
          const model = { ...base.model, access };
          const scope = theKey.models.find(each => each.model === model.ref);
          const answer = explain(
            keyFacts(
              { model, grants, phase: { phase, stage: '' } },
              {
                key: theKey,
                tenant: theTenant,
                principal,
                behind: grants.find(
                  ({ id }) =>
                    scope && 'grantId' in scope && id === scope.grantId,
                ),
              },
            ),
          );
          const may = mayCall({
            key: theKey,
            modelRef: model.ref,
            grants: new Map(grants.map(each => [each.id, each])),
            principal,
            model,
            tenant: theTenant,
            now: NOW,
          });
          const serves = phase === 'Ready' || phase === 'Degraded';
          callable += may && serves ? 1 : 0;
          expect(answer.callable).toBe(may && serves);
          expect(answer.broken === undefined).toBe(answer.callable);
        },
      ),
      { numRuns: 2000 },
    );
    expect(callable).toBeGreaterThan(20);
  });

  it('is what the decisions say, for any token in any world', () => {
    let callable = 0;
    fc.assert(
      fc.property(
        fc.record({
          tenants: fc.constantFrom(
            [],
            [tenant],
            [{ ...tenant, name: 'research' }],
            [{ ...tenant, state: 'suspended' as const }],
            [tenant, { ...tenant, name: 'research' }],
          ),
          grants: fc.uniqueArray(anyGrant, { selector: ({ id }) => id }),
          access: anyAccess,
          groups: anyGroups,
          phase: anyPhase,
        }),
        ({ tenants, grants, access, groups, phase }) => {
          const principal = { user: 'user:default/mara', groups };
          const base = tokenFacts();
          const model = { ...base.model, access };
          const answer = explain(
            tokenFacts(
              { model, grants, phase: { phase, stage: '' } },
              { principal, tenants },
            ),
          );
          const [only, other] = tenants;
          const one = other ? undefined : only;
          const granted = grants.some(
            each =>
              one !== undefined &&
              each.model === model.ref &&
              isFor(each, principal, one.name) &&
              grantValidity(each, { now: NOW, tenant: one, model }).state ===
                'valid',
          );
          const may =
            one?.state === 'active' && (isOpenTo(model, principal) || granted);
          const serves = phase === 'Ready' || phase === 'Degraded';
          callable += may && serves ? 1 : 0;
          expect(answer.callable).toBe(may && serves);
        },
      ),
      { numRuns: 2000 },
    );
    expect(callable).toBeGreaterThan(20);
  });
});
