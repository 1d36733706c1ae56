import type { AccessStanding, BlockSummary } from '@slipway/plugin-llm-common';
import fc from 'fast-check';
import { AccessTenant, Grant, KeyModel, mayCall, Principal } from '../access';
import { keyStanding } from '../access/decisions/blocked';
import { toMyAccess } from '../access/decisions/callable';
import { grantEntry } from '../access/indexEntries';
import {
  bearer,
  chat,
  key as keyEntry,
  keyId,
  llmModel,
  Scene,
  serving,
  tenant as tenantObject,
} from '../authorizer/__testUtils__/scene';
import { readTenant } from '../authorizer/readWorld';
import {
  EARLIER,
  grant,
  key,
  keyFacts,
  LATER,
  NOW,
  ready,
  tenant,
  tokenFacts,
} from './__testUtils__/facts';
import { explain } from './explain';
import type { WhyFacts } from './facts';

/*
 * What this page says a client is told must be what the authorizer tells: random worlds, and both are asked. Worlds mostly hold, so that
 * many calls get through.
 */

const MARA = 'user:default/mara';
/** What a personal key is answered whose owner left the platform, or her tenant: Access learns of that when the key has ended. */
const REFUSED_TO_LEAVERS = [
  '401 invalid_api_key',
  '403 user_blocked',
  '403 no_tenant',
];

/** Mostly the first value. */
const mostly = <T>(first: T, ...others: T[]) =>
  fc.constantFrom(...Array<T>(6 * others.length).fill(first), ...others);
const anyTime = mostly(LATER, EARLIER);
const anyState = mostly<'active' | 'ended'>('active', 'ended');
const anyGrant = fc
  .record({
    id: fc.constantFrom('grant_1', 'grant_2', 'grant_3'),
    tenant: mostly('apps', 'research'),
    model: mostly('llm/llama', 'llm/other'),
    subject: fc.constantFrom(
      { kind: 'user' as const, ref: MARA },
      { kind: 'user' as const, ref: 'user:default/otto' },
      { kind: 'group' as const, ref: 'llm' },
      { kind: 'group' as const, ref: 'research' },
      { kind: 'service' as const, ref: 'bot' },
    ),
    state: anyState,
    expiresAt: anyTime,
  })
  .map(change => ({ ...grant, ...change }));
const anyBlock: fc.Arbitrary<BlockSummary> = fc
  .constantFrom(
    { target: 'user' as const, ref: MARA },
    { target: 'user' as const, ref: 'user:default/otto' },
    { target: 'tenant' as const, ref: 'apps' },
    { target: 'tenant' as const, ref: 'research' },
    // Twice: a block of the model is the last link, which few worlds come to.
    { target: 'model' as const, ref: 'llm/llama' },
    { target: 'model' as const, ref: 'llm/llama' },
    { target: 'model' as const, ref: 'llm/other' },
    { target: 'key' as const, ref: keyId('a') },
    { target: 'key' as const, ref: keyId('b') },
  )
  .map(what => ({
    ...what,
    id: `block ${what.target} ${what.ref}`,
    reason: 'x',
    by: 'user:default/priya',
    at: EARLIER,
  }));
const anyBlocks: fc.Arbitrary<BlockSummary[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<BlockSummary[]>([]) },
  {
    weight: 1,
    arbitrary: fc.uniqueArray(anyBlock, {
      selector: ({ id }) => id,
      maxLength: 2,
    }),
  },
);
const anyEndpoints = mostly<WhyFacts['phase']['endpoints']>(
  ['external'],
  ['external', 'internal'],
  [],
);
const anyWorld = fc.record({
  grants: fc.uniqueArray(anyGrant, { selector: ({ id }) => id, maxLength: 3 }),
  access: fc.record({
    public: mostly(false, true),
    groups: mostly(['llm'], [], ['research'], ['llm', 'research']),
  }),
  groups: mostly<string[] | undefined>(
    ['llm'],
    ['llm', 'research'],
    [],
    undefined,
  ),
  blocks: anyBlocks,
  endpoints: anyEndpoints,
  serves: mostly(true, false),
});
type AnyWorld = typeof anyWorld extends fc.Arbitrary<infer T> ? T : never;

/** The same world for the authorizer. */
function sceneOf(world: AnyWorld): Scene {
  const scene = new Scene();
  const enabled = (endpoint: 'external' | 'internal') => ({
    enabled: world.endpoints.includes(endpoint),
  });
  scene.model(
    llmModel(
      'llama',
      {
        access: world.access,
        endpoints: {
          external: enabled('external'),
          internal: enabled('internal'),
        },
      },
      world.serves ? { ...serving, servedModelId: 'acme/llama' } : {},
    ),
  );
  for (const each of world.grants) {
    const entry = grantEntry(each);
    if (entry) {
      scene.index.put(entry);
    }
  }
  if (world.groups) {
    scene.index.put({ kind: 'member', id: MARA, groups: world.groups });
  }
  for (const { id, target, ref } of world.blocks) {
    scene.index.put({ kind: 'block', id, target, ref });
  }
  return scene;
}

/** What both kinds of caller share. */
function factsOf(world: AnyWorld): Partial<WhyFacts> {
  const { access, blocks, endpoints, grants, serves } = world;
  return {
    model: { ...keyFacts().model, modelId: 'acme/llama', access },
    grants,
    blocks,
    phase: {
      ...ready,
      phase: serves ? 'Ready' : 'Starting',
      endpoints,
      reachable: serves ? endpoints : [],
    },
  };
}

/** What the walk says a client is told, as {@link Scene.outcome} has it. */
function told(facts: WhyFacts): string {
  const { broken, callable } = explain(facts);
  expect(broken === undefined).toBe(callable);
  return broken ? `${broken.answered.status} ${broken.answered.code}` : 'pass';
}

/** What the pages promise of a call with a token: that it gets through, that none does and why, or neither. */
function promised(
  world: AnyWorld,
  facts: WhyFacts,
  tenants: AccessTenant[],
): string {
  const groups = world.groups ?? [];
  const blocked = (target: BlockSummary['target']) =>
    new Set(
      world.blocks.flatMap(block => (block.target === target ? block.ref : [])),
    );
  const isHers = ({ kind, ref }: Grant['subject']) =>
    (kind === 'user' && ref === MARA) ||
    (kind === 'group' && groups.includes(ref));
  const access = toMyAccess(
    facts.model,
    {
      caller: { userEntityRef: MARA, ownershipEntityRefs: [MARA], groups },
      memberOf: tenants.flatMap(each =>
        each.memberGroups.some(group => groups.includes(group))
          ? { ...each, isBlocked: blocked('tenant').has(each.name) }
          : [],
      ),
      judge: 'authorizer',
      isBlocked: blocked('user').has(MARA),
      isModelBlocked: ref => blocked('model').has(ref),
    },
    {
      // As the database gives them: hers, of this model, that hold.
      grants: world.grants.filter(
        ({ model, state, expiresAt, subject }) =>
          model === facts.model.ref &&
          state === 'active' &&
          expiresAt > NOW.toISOString() &&
          isHers(subject),
      ),
      requests: [],
    },
  );
  if (access?.state === 'refused') {
    return `403 ${access.because.replaceAll('-', '_')}`;
  }
  const callable = access?.state === 'open' || access?.state === 'granted';
  return callable && access.only !== 'key' ? 'callable' : 'not with a token';
}

/** What the authorizer may answer to a call with a key that Access shows as standing so, while its owner is who she was. */
function answersTo(standing: AccessStanding): string[] {
  switch (standing.state) {
    case 'valid':
      // It may open other models than this one.
      return [
        ...['pass', '503 model_not_ready'],
        ...['403 model_blocked', '404 model_not_found'],
      ];
    case 'ended':
      return ['401 invalid_api_key'];
    default:
      return {
        'key-blocked': ['401 invalid_api_key'],
        'user-blocked': ['403 user_blocked'],
        'tenant-absent': ['403 no_tenant'],
        'tenant-blocked': ['403 tenant_blocked'],
        'tenant-suspended': ['403 tenant_suspended'],
        'model-absent': [],
        'model-blocked': ['403 model_blocked', '404 model_not_found'],
      }[standing.because];
  }
}

/** Whether the authorizer's answer keeps what {@link promised} tells of it. */
function keeps(shown: string, outcome: string): boolean {
  const isThrough = ['pass', '503 model_not_ready'].includes(outcome);
  if (isThrough || shown === 'callable') {
    return isThrough && shown === 'callable';
  }
  // A block of the model is told first, since it is so for everybody. A token of two blocked tenants is told that there are two.
  return (
    shown === outcome ||
    shown === '403 model_blocked' ||
    shown === 'not with a token' ||
    outcome === '403 tenant_ambiguous'
  );
}

describe('what the walk says', () => {
  it('is what the authorizer answers, and what the access room decides, for any key in any world', () => {
    const outcomes = new Map<string, number>();
    const standings = new Set<string>();
    const anyKey = fc.record({
      models: fc.oneof(
        mostly<KeyModel[]>(
          [{ model: 'llm/llama' }],
          [],
          [{ model: 'llm/other' }],
        ),
        fc.constant<KeyModel[]>([{ model: 'llm/llama', grantId: 'grant_1' }]),
      ),
      state: anyState,
      expiresAt: anyTime,
      service: mostly<string | undefined>(undefined, 'bot'),
    });
    fc.assert(
      fc.property(
        anyWorld,
        anyKey,
        mostly<'active' | 'suspended' | undefined>(
          'active',
          'suspended',
          undefined,
        ),
        (world, shape, tenancy) => {
          const its = { ...key, ...shape, id: keyId('a'), name: 'a' };
          const principal: Principal | undefined =
            shape.service === undefined
              ? world.groups && { user: MARA, groups: world.groups }
              : { service: shape.service };
          const theTenant = tenancy && { ...tenant, state: tenancy };
          const scope = its.models.find(({ model }) => model === 'llm/llama');
          const behind = world.grants.find(({ id }) => id === scope?.grantId);
          const facts = keyFacts(factsOf(world), {
            key: its,
            tenant: theTenant,
            principal,
            behind,
          });

          const scene = sceneOf(world);
          if (theTenant) {
            scene.world.putTenant(
              readTenant(tenantObject('apps', ['llm'], theTenant.state)),
            );
          }
          if (its.state === 'active') {
            scene.index.put(keyEntry('a', { ...shape, tenant: 'apps' }));
          }
          const outcome = scene.call('a', 'acme/llama');
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          expect(told(facts)).toBe(outcome);

          const standing = keyStanding(its, {
            now: NOW,
            tenant: theTenant,
            isBlocked: (target, ref) =>
              world.blocks.some(
                block => block.target === target && block.ref === ref,
              ),
          });
          standings.add(
            standing.state === 'valid' ? 'valid' : standing.because,
          );
          const isStillHers =
            shape.service !== undefined || world.groups?.includes('llm');
          expect(
            isStillHers ? answersTo(standing) : REFUSED_TO_LEAVERS,
          ).toContain(outcome);

          const isBlocked = world.blocks.some(({ ref }) =>
            [MARA, 'apps', 'llm/llama', its.id].includes(ref),
          );
          const may =
            principal !== undefined &&
            mayCall({
              key: its,
              modelRef: 'llm/llama',
              grants: new Map(world.grants.map(each => [each.id, each])),
              principal,
              model: facts.model,
              tenant: theTenant,
              now: NOW,
            });
          const open = world.serves && world.endpoints.length > 0;
          expect(explain(facts).callable).toBe(may && !isBlocked && open);
        },
      ),
      { numRuns: 2000 },
    );
    expect([...standings].sort()).toEqual([
      'expired',
      'key-blocked',
      'model-blocked',
      'revoked',
      'tenant-absent',
      'tenant-blocked',
      'tenant-suspended',
      'user-blocked',
      'valid',
    ]);
    expect([...outcomes.keys()].sort()).toEqual([
      '401 invalid_api_key',
      '403 model_blocked',
      '403 no_tenant',
      '403 tenant_blocked',
      '403 tenant_suspended',
      '403 user_blocked',
      '404 model_not_found',
      '503 model_not_ready',
      'pass',
    ]);
  });

  it('is what the authorizer answers for any token in any world, and what the pages promise to its owner', () => {
    const outcomes = new Set<string>();
    const promises = new Set<string>();
    fc.assert(
      fc.property(
        anyWorld,
        mostly<'active' | 'suspended'>('active', 'suspended'),
        mostly<'active' | 'suspended'>('active', 'suspended'),
        (world, apps, research) => {
          const groups = world.groups ?? ['llm'];
          const tenants = [
            { ...tenant, state: apps },
            {
              ...tenant,
              name: 'research',
              memberGroups: ['research'],
              state: research,
            },
          ];
          const scene = sceneOf(world);
          for (const { name, memberGroups, state } of tenants) {
            scene.world.putTenant(
              readTenant(tenantObject(name, memberGroups, state)),
            );
          }
          const outcome = scene.outcome(
            { ...chat('acme/llama'), headers: bearer('aaa.bbb.ccc') },
            { user: MARA, groups },
          );
          outcomes.add(outcome);
          const facts = tokenFacts(factsOf(world), {
            principal: { user: MARA, groups },
            known: world.groups !== undefined,
            tenants: tenants.filter(({ memberGroups }) =>
              memberGroups.some(group => groups.includes(group)),
            ),
          });
          expect(told(facts)).toBe(outcome);
          const shown = promised(world, facts, tenants);
          promises.add(shown);
          // Whom the portal does not know sees no page, and who looks at a model without endpoints gets no snippet.
          const isSeen =
            world.groups !== undefined && world.endpoints.length > 0;
          expect([shown, outcome, !isSeen || keeps(shown, outcome)]).toEqual([
            shown,
            outcome,
            true,
          ]);
        },
      ),
      { numRuns: 2000 },
    );
    expect([...promises].sort()).toEqual([
      '403 model_blocked',
      '403 no_tenant',
      '403 tenant_blocked',
      '403 tenant_suspended',
      '403 user_blocked',
      'callable',
      'not with a token',
    ]);
    expect([...outcomes].sort()).toEqual([
      '401 unknown_user',
      '403 model_blocked',
      '403 no_tenant',
      '403 tenant_ambiguous',
      '403 tenant_blocked',
      '403 tenant_suspended',
      '403 user_blocked',
      '404 model_not_found',
      '503 model_not_ready',
      'pass',
    ]);
  });
});
