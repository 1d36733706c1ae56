import {
  GrantSummary,
  KeySummary,
  RequestDetail,
} from '@slipway/plugin-llm-common';
import { FakeAccess, noConsequences } from './FakeAccess';

const DAY_MS = 86_400_000;
const NAMESPACE = 'llm-operator-system';

const at = (ms: number) => new Date(ms).toISOString();

/** A model of the fake models, as the access routes name it. */
export const modelRef = (name: string) => `${NAMESPACE}/${name}`;

/** A grant of mara's. */
export function fakeGrant(
  change: Partial<GrantSummary> & Pick<GrantSummary, 'id' | 'model'>,
  now: number,
): GrantSummary {
  return {
    tenant: 'apps',
    modelId: `made-up/${change.model.split('/')[1]}`,
    subject: { kind: 'user', ref: 'user:default/mara' },
    requestedBy: 'user:default/mara',
    grantedBy: 'user:default/jonas',
    requestId: 'request-0',
    standing: { state: 'valid' },
    createdAt: at(now - 10 * DAY_MS),
    expiresAt: at(now + 90 * DAY_MS),
    keys: 1,
    myActions: ['renew', 'revoke'],
    ...change,
  };
}

/** A key of mara's. */
export function fakeKey(
  change: Partial<KeySummary> & Pick<KeySummary, 'id' | 'name'>,
  now: number,
): KeySummary {
  return {
    display: 'sk-slw-9fKe',
    tenant: 'apps',
    owner: 'user:default/mara',
    models: [{ model: modelRef('devstral-small') }],
    standing: { state: 'valid' },
    createdAt: at(now - 10 * DAY_MS),
    expiresAt: at(now + 90 * DAY_MS),
    lastUsedAt: at(now - 4 * 60_000),
    myActions: ['rotate', 'revoke', 'leaked', 'keep'],
    ...change,
  };
}

/** A request that jonas may decide. */
export function fakeRequest(
  change: Partial<RequestDetail> & Pick<RequestDetail, 'id' | 'model'>,
  now: number,
): RequestDetail {
  return {
    tenant: 'apps',
    modelId: `made-up/${change.model.split('/')[1]}`,
    requester: 'user:default/mara',
    subject: { kind: 'user', ref: 'user:default/mara' },
    reason: 'We summarise tickets for the support desk.',
    expectedLoad: 'About 20 calls a minute at noon',
    days: 90,
    state: 'pending',
    waitsFor: 'approvers',
    createdAt: at(now - 2 * 3_600_000),
    expiresAt: at(now + 3 * DAY_MS),
    mySteps: ['approve', 'ask-back', 'reject'],
    comments: [],
    consequences: {
      ...noConsequences,
      grantsByTenant: [{ tenant: 'research', grants: 3, keys: 4 }],
      otherGrants: 2,
      openTo: { everyone: false, groups: ['research'] },
      gpus: {
        type: 'nvidia',
        ofModel: 8,
        inCluster: { capacity: 16, unrequested: 4 },
      },
      replicas: { ready: 1, desired: 2 },
      checks: [
        { ok: true, text: 'The tenant is active' },
        { ok: false, text: 'No rule speaks about 90 days' },
      ],
      deciders: ['user:default/jonas', 'group:default/platform-admins'],
    },
    ...change,
  };
}

/** What mara has, in each state that her page shows. */
export function fillAccess(access: FakeAccess, now: number): void {
  access.tenants = [
    {
      name: 'apps',
      displayName: 'Apps',
      state: 'active',
      owners: ['user:default/jonas'],
      memberGroups: ['llm'],
      myRole: 'member',
      isMember: true,
    },
  ];
  access.models = [
    { model: modelRef('bge-m3'), modelId: 'BAAI/bge-m3', by: { kind: 'open' } },
    {
      model: modelRef('devstral-small'),
      modelId: 'mistralai/Devstral-Small-2505',
      by: { kind: 'grant', grantId: 'grant-1', until: at(now + 90 * DAY_MS) },
      tenant: 'apps',
    },
    { model: modelRef('gemma-3-27b'), modelId: 'google/gemma-3-27b-it' },
  ];
  access.grants = [
    fakeGrant(
      {
        id: 'grant-2',
        model: modelRef('llama-3.3-70b'),
        expiresAt: at(now + 5 * DAY_MS),
        keys: 2,
      },
      now,
    ),
    fakeGrant(
      {
        id: 'grant-1',
        model: modelRef('devstral-small'),
        grantedBy: 'rule:auto-approve-small',
      },
      now,
    ),
    fakeGrant(
      {
        id: 'grant-3',
        model: modelRef('qwen3-coder-480b'),
        standing: { state: 'dormant', because: 'tenant-suspended' },
        keys: 0,
        myActions: ['revoke'],
      },
      now,
    ),
    fakeGrant(
      {
        id: 'grant-4',
        model: modelRef('qwen3-embedding-8b'),
        standing: { state: 'ended', because: 'expired' },
        keys: 0,
        myActions: [],
      },
      now,
    ),
  ];
  access.keys = [
    fakeKey({ id: 'key-1', name: 'laptop' }, now),
    fakeKey(
      {
        id: 'key-2',
        name: 'notebook',
        display: 'sk-slw-Qa81',
        lastUsedAt: undefined,
        unusedEndsAt: at(now + 9 * DAY_MS),
      },
      now,
    ),
  ];
}
