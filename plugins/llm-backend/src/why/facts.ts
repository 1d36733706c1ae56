import type {
  BlockSummary,
  ModelFailure,
  ModelPhase,
} from '@slipway/plugin-llm-common';
import type {
  AccessModel,
  AccessTenant,
  Grant,
  Key,
  Principal,
} from '../access';
import type { Endpoint, Verdict } from '../gateway/flavour';

/** What was looked at, or why it could not be. */
export type Looked<T> =
  | { known: true; value: T }
  | { known: false; because: string };

/** A key that is asked about, with what it stands on. */
export interface KeyCredential {
  kind: 'key';
  key: Key;
  /** The key's tenant; absent when it is gone. */
  tenant?: AccessTenant;
  /** Who acts with the key; absent when its owner has left. */
  principal?: Principal;
  /** The grant that the key hangs off for this model, in whatever state. */
  behind?: Grant;
}

/** A token of the identity provider: the caller calls in person, without a key. */
export interface TokenCredential {
  kind: 'token';
  principal: { user: string; groups: string[] };
  /** Whether she is known as a member of the platform. */
  known: boolean;
  /** The tenants that she is a member of. A token says none, so there must be exactly one. */
  tenants: AccessTenant[];
}

/** What the custom resource says of itself. */
export interface PhaseFacts {
  phase: ModelPhase;
  /** The stage in words. */
  stage: string;
  failure?: ModelFailure;
  /** The endpoints that its spec switches on. */
  endpoints: readonly Endpoint[];
  /** Those of them at which it answers, by its status: the authorizer lets no call through elsewhere. */
  reachable: readonly Endpoint[];
  /** Where it stops while it answers nowhere: before it serves, at the gateway, or at the endpoint picker. */
  stopsAt: 'phase' | 'route' | 'endpoints';
}

/** How the gateway treats one of the two ways to a model. */
export interface EntryFacts {
  endpoint: Endpoint;
  /** What the gateway says of the policy; `missing` without one, `unmerged` where the listener's policy, which asks, is not part of it. */
  policy: Verdict | { state: 'missing' } | { state: 'unmerged' };
  /** Who judges calls: the authorizer, or the gateway alone (native mode). Unknown without a policy. */
  judge?: 'authorizer' | 'gateway';
  /** What it says of the route; `missing` without one. */
  route: Verdict | { state: 'missing' };
}

/** The pods behind the route. */
export interface ServerFacts {
  servers: { ready: number; total: number };
  /** The endpoint picker, which the gateway asks for a server. */
  pickers: { ready: number; total: number };
}

/** Whether the gateway's traffic gets to the model's pods. */
export type NetworkFacts =
  | { reach: 'open'; text: string }
  | { reach: 'closed'; policies: string[] };

/** Everything that decides whether a call gets through: plain data, gathered elsewhere. */
export interface WhyFacts {
  now: Date;
  /** Entity ref of who asks. */
  caller: string;
  model: AccessModel;
  credential: KeyCredential | TokenCredential;
  /** Grants on this model of whoever acts, in the tenants of the credential, newest first, in whatever state. */
  grants: Grant[];
  /** Whether the caller holds a grant in person while the key is a service's. */
  callerHoldsGrant: boolean;
  /** A request of the caller for this model that waits. */
  pendingRequest?: { id: string; waitsFor: 'approvers' | 'requester' };
  /** What the kill switch stops now; without the reason where the caller may not know it. */
  blocks: BlockSummary[];
  phase: PhaseFacts;
  /** The ways that the model's spec switches on, as the gateway sees them now. */
  entries: Looked<EntryFacts[]>;
  servers: Looked<ServerFacts>;
  network: Looked<NetworkFacts>;
}
