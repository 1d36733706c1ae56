import { World } from '../__testUtils__/world';
import { AccessRequest, Grant, Key } from '../types';
import { applyRules, parseRules } from './requestRules';
import { mayDecide, takeStep } from './requestState';
import { grantValidity, keyValidity, mayCall } from './validity';

const now = new Date('2026-11-20T08:00:00.000Z');
const request: AccessRequest = {
  id: 'req_1',
  tenant: 'portal',
  model: 'llm/llama',
  requester: 'user:default/mara',
  subject: { kind: 'user', ref: 'user:default/mara' },
  reason: 'x',
  days: 30,
  state: 'pending',
  waitsFor: 'approvers',
  approvers: 'either',
  createdAt: now.toISOString(),
  expiresAt: '2026-12-04T08:00:00.000Z',
};

describe('a request', () => {
  const world = new World();
  const context = (name: string) => ({
    caller: world.caller(name),
    model: world.model('llm/llama'),
    tenant: world.tenant('portal'),
    now,
  });

  it('is decided once: no step leads out of an end', () => {
    for (const state of [
      'approved',
      'rejected',
      'withdrawn',
      'expired',
    ] as const) {
      for (const step of [
        'approve',
        'reject',
        'ask-back',
        'answer',
        'withdraw',
      ] as const) {
        for (const name of ['mara', 'aiko', 'priya']) {
          expect(() =>
            takeStep(
              { ...request, state },
              { step, comment: 'x' },
              context(name),
            ),
          ).toThrow(`Request req_1 is ${state}`);
        }
      }
    }
  });

  it('leaves each step to those whose it is', () => {
    const outcome = (
      name: string,
      step: 'approve' | 'withdraw' | 'answer',
    ): string => {
      try {
        return takeStep(
          { ...request, waitsFor: 'requester' },
          { step, comment: 'x' },
          context(name),
        ).state;
      } catch (error) {
        return error instanceof Error ? error.name : 'unknown';
      }
    };
    expect(outcome('mara', 'withdraw')).toBe('withdrawn');
    expect(outcome('mara', 'answer')).toBe('pending');
    expect(outcome('mara', 'approve')).toBe('NotAllowedError');
    expect(outcome('aiko', 'approve')).toBe('approved');
    expect(outcome('aiko', 'withdraw')).toBe('NotAllowedError');
    expect(outcome('priya', 'approve')).toBe('approved');
    expect(outcome('jonas', 'approve')).toBe('NotAllowedError');
    expect(() =>
      takeStep(request, { step: 'answer', comment: 'x' }, context('mara')),
    ).toThrow(/nobody asked you/);
  });

  it('goes to the owners that its rule names', () => {
    const asks = (name: string, approvers: AccessRequest['approvers']) =>
      mayDecide(
        { ...request, approvers, tenant: 'research' },
        { ...context(name), tenant: world.tenant('research') },
      );
    expect(asks('aiko', 'either')).toBe(true);
    expect(asks('jonas', 'either')).toBe(true);
    expect(asks('aiko', 'tenant-owners')).toBe(false);
    expect(asks('jonas', 'model-owners')).toBe(false);
    expect(asks('priya', 'model-owners')).toBe(true);
    expect(asks('otto', 'either')).toBe(false);
  });
});

describe('rules', () => {
  const mara = new World().caller('mara');

  it('are tried in order, and fit only when all that they name fits', () => {
    const rules = parseRules([
      { name: 'never', models: ['secret/*'], decision: 'ask' },
      {
        name: 'small',
        models: ['llm/llama', 'secret/x'],
        tenants: ['portal'],
        groups: ['developers'],
        maxDays: 30,
        decision: 'approve',
      },
      {
        name: 'rest',
        models: ['llm/*'],
        decision: 'ask',
        approvers: 'model-owners',
      },
    ]);
    const verdict = (change: Partial<AccessRequest>) =>
      applyRules(rules, { ...request, ...change }, mara);
    expect(verdict({})).toMatchObject({ decision: 'approve', rule: 'small' });
    expect(verdict({ model: 'secret/x' })).toMatchObject({ rule: 'never' });
    expect(verdict({ days: 31 })).toEqual({
      decision: 'ask',
      approvers: 'model-owners',
      rule: 'rest',
    });
    expect(verdict({ tenant: 'research' }).rule).toBe('rest');
    expect(verdict({ subject: { kind: 'group', ref: 'g' } }).rule).toBe('rest');
    expect(verdict({ model: 'other/y' })).toEqual({
      decision: 'ask',
      approvers: 'either',
      rule: undefined,
    });
  });

  it('are refused with the field when they are wrong', () => {
    expect(parseRules(undefined)).toEqual([]);
    expect(() => parseRules([{ name: 'a', decision: 'maybe' }])).toThrow(
      /^llm\.access\.rules\.0\.decision: /,
    );
    expect(() =>
      parseRules([{ name: 'a', decision: 'ask', modles: [] }]),
    ).toThrow(/modles/);
    const twice = { name: 'a', decision: 'ask' };
    expect(() => parseRules([twice, twice])).toThrow(/two rules are named a/);
  });
});

describe('validity', () => {
  const world = new World();
  const grant: Grant = {
    id: 'grant_1',
    tenant: 'portal',
    model: 'llm/llama',
    subject: { kind: 'user', ref: 'user:default/mara' },
    requestedBy: 'user:default/mara',
    grantedBy: 'user:default/aiko',
    state: 'active',
    createdAt: now.toISOString(),
    expiresAt: '2026-12-20T08:00:00.000Z',
  };
  const key: Key = {
    id: 'key_1',
    display: 'sk-slw-abcd',
    name: 'laptop',
    tenant: 'portal',
    owner: 'user:default/mara',
    models: [{ model: 'llm/llama', grantId: 'grant_1' }, { model: 'llm/bge' }],
    state: 'active',
    createdAt: now.toISOString(),
    expiresAt: '2026-12-20T08:00:00.000Z',
  };
  const tenant = world.tenantMap.get('portal');
  const suspended = tenant && { ...tenant, state: 'suspended' as const };
  const model = world.model('llm/llama');
  const late = new Date(grant.expiresAt);

  it('of a grant: dormant comes back, ended does not, and ended wins', () => {
    const of = (change: Partial<Grant>, at: object) =>
      grantValidity({ ...grant, ...change }, { now, tenant, model, ...at });
    expect(of({}, {})).toEqual({ state: 'valid' });
    expect(of({}, { tenant: suspended })).toEqual({
      state: 'dormant',
      because: 'tenant-suspended',
    });
    expect(of({}, { tenant: undefined })).toMatchObject({ state: 'dormant' });
    expect(of({}, { model: undefined })).toEqual({
      state: 'dormant',
      because: 'model-absent',
    });
    expect(of({}, { now: late, tenant: suspended })).toEqual({
      state: 'ended',
      because: 'expired',
    });
    expect(of({ state: 'ended', endedBecause: 'left' }, {})).toEqual({
      state: 'ended',
      because: 'left',
    });
    expect(keyValidity(key, { now, tenant: suspended }).state).toBe('dormant');
    expect(keyValidity(key, { now: late, tenant }).state).toBe('ended');
  });

  it('of a call: every link must hold, and the scope is never passed', () => {
    const call = {
      key,
      modelRef: 'llm/llama',
      grants: new Map([[grant.id, grant]]),
      principal: { user: key.owner, groups: ['developers'] },
      now,
      tenant,
      model,
    };
    expect(mayCall(call)).toBe(true);
    const broken: Partial<typeof call>[] = [
      { key: { ...key, state: 'ended', endedBecause: 'revoked' } },
      { key: { ...key, models: [{ model: 'llm/bge' }] } },
      { key: { ...key, models: [{ model: 'llm/llama' }] } },
      { key: { ...key, tenant: 'research' } },
      { modelRef: 'secret/internal' },
      { model: world.model('llm/bge') },
      { model: undefined },
      { tenant: suspended },
      { now: late },
      { grants: new Map() },
      { grants: new Map([[grant.id, { ...grant, model: 'llm/bge' }]]) },
      { grants: new Map([[grant.id, { ...grant, tenant: 'research' }]]) },
      { principal: { user: 'user:default/nils', groups: ['developers'] } },
    ];
    for (const change of broken) {
      expect(mayCall({ ...call, ...change })).toBe(false);
    }
    const open = world.model('llm/bge');
    const implicit = { ...call, modelRef: 'llm/bge', model: open };
    expect(mayCall(implicit)).toBe(true);
    const narrowed = open && {
      ...open,
      access: { public: false, groups: ['research'] },
    };
    expect(mayCall({ ...implicit, model: narrowed })).toBe(false);
  });
});
