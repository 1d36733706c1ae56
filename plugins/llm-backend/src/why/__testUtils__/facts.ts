import type { AccessTenant, Grant, Key } from '../../access';
import type {
  KeyCredential,
  PhaseFacts,
  TokenCredential,
  WhyFacts,
} from '../facts';

export const NOW = new Date('2026-11-20T08:00:00.000Z');
export const LATER = '2026-12-20T08:00:00.000Z';
export const EARLIER = '2026-11-01T08:00:00.000Z';

export const tenant: AccessTenant = {
  name: 'apps',
  displayName: 'Apps',
  state: 'active',
  owners: ['user:default/jonas'],
  memberGroups: ['llm'],
};

export const grant: Grant = {
  id: 'grant_1',
  tenant: 'apps',
  model: 'llm/llama',
  subject: { kind: 'user', ref: 'user:default/mara' },
  requestedBy: 'user:default/mara',
  grantedBy: 'user:default/aiko',
  state: 'active',
  createdAt: EARLIER,
  expiresAt: LATER,
};

export const key: Key = {
  id: 'key_1',
  display: 'sk-slw-abcd',
  name: 'laptop',
  tenant: 'apps',
  owner: 'user:default/mara',
  models: [{ model: 'llm/llama', grantId: 'grant_1' }],
  state: 'active',
  createdAt: EARLIER,
  expiresAt: LATER,
};

const byKey: KeyCredential = {
  kind: 'key',
  key,
  tenant,
  principal: { user: 'user:default/mara', groups: ['llm'] },
  behind: grant,
};

const byToken: TokenCredential = {
  kind: 'token',
  principal: { user: 'user:default/mara', groups: ['llm'] },
  known: true,
  tenants: [tenant],
};

/** A model that answers. */
export const ready: PhaseFacts = {
  phase: 'Ready',
  stage: 'Serving',
  endpoints: ['external'],
  reachable: ['external'],
  stopsAt: 'phase',
};

/** A call with mara's key that gets through, and what is changed about it. */
export function keyFacts(
  change: Partial<WhyFacts> = {},
  credential: Partial<KeyCredential> = {},
): WhyFacts {
  return {
    now: NOW,
    caller: 'user:default/mara',
    model: {
      ref: 'llm/llama',
      modelId: 'meta/llama',
      owners: ['group:default/platform'],
      requestable: true,
      access: { public: false, groups: ['research'] },
    },
    credential: { ...byKey, ...credential },
    grants: [grant],
    callerHoldsGrant: true,
    blocks: [],
    phase: ready,
    entries: {
      known: true,
      value: [
        {
          endpoint: 'external',
          policy: { state: 'accepted' },
          route: { state: 'accepted' },
        },
      ],
    },
    servers: {
      known: true,
      value: {
        servers: { ready: 2, total: 2 },
        pickers: { ready: 1, total: 1 },
      },
    },
    network: {
      known: true,
      value: { reach: 'open', text: 'Network policy x lets the gateway in.' },
    },
    ...change,
  };
}

/** The same call with mara's token. */
export function tokenFacts(
  change: Partial<WhyFacts> = {},
  credential: Partial<TokenCredential> = {},
): WhyFacts {
  return keyFacts({ credential: { ...byToken, ...credential }, ...change });
}
