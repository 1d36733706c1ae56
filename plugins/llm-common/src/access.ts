/*
 * Requests, grants and keys as the portal's HTTP API speaks of them. Times are ISO 8601 in UTC with milliseconds; a model is named
 * `<namespace>/<name>`, a tenant by its `metadata.name`, a person by her entity ref.
 */

import type { CallJudge, ModelRefusal } from './calls';

/** Whom a grant is for: a user (entity ref), a group (as identity tokens name it), or a service of the tenant (its name). */
export type AccessSubject = {
  kind: 'user' | 'group' | 'service';
  ref: string;
};

/** One page of a list, newest first. */
export type AccessPage<T> = {
  items: T[];
  /** Present while there is more; bound to the caller and to the query. */
  nextCursor?: string;
};

/** A tenant that the caller is a member or an owner of; an admin sees all. */
export type TenantSummary = {
  name: string;
  displayName: string;
  state: 'active' | 'suspended';
  owners: string[];
  /** Groups as identity tokens name them. */
  memberGroups: string[];
  /** Those of them that the caller is in. */
  myGroups?: string[];
  /** What the caller is to it. */
  myRole: 'owner' | 'member' | 'admin';
  /** Whether the caller is a member, also where she is more: members ask for access and hold keys for it. */
  isMember: boolean;
  /** Whether the kill switch stops it: the authorizer, where there is one, refuses every call for it. */
  isBlocked?: boolean;
};

/** The caller's tenants, and whether calls are judged by them at all. */
export type TenantList = {
  items: TenantSummary[];
  /** Whether the kill switch stops the caller herself. */
  isBlocked: boolean;
  /** Absent while it is not known. */
  judge?: CallJudge;
};

/** Where a request stands. */
export type RequestState =
  | 'pending'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'expired';

/** A step in the life of a request that a person takes. */
export type RequestStepName =
  | 'approve'
  | 'reject'
  | 'ask-back'
  | 'answer'
  | 'withdraw';

/** How far an approved request for a new model is. */
export type NewModelProgress = {
  /**
   * `making`: tried by itself until it works. `proposed`: its pull request waits for reviewers. `merged`: it waits for GitOps.
   * `stopped`: only a person gets it on, see `problem`. `made`: the cluster has the model.
   */
  state: 'making' | 'proposed' | 'merged' | 'stopped' | 'made';
  /** Where models become a pull request once approved; `closed` without having been merged. */
  pullRequest?: {
    url: string;
    state: 'open' | 'merged' | 'closed';
    /** Since when it was seen in that state. */
    since: string;
  };
  /** Why it is not made yet, or takes long, with the remedy. */
  problem?: string;
  /** Whether the caller may have it tried again now. */
  mayRetry: boolean;
};

/** Somebody asks for access to a model. */
export type RequestSummary = {
  id: string;
  /** `new-model`: for a model that is not served yet, decided by the admins; `days` is 0 then. `access` if absent. */
  kind?: 'access' | 'new-model';
  tenant: string;
  model: string;
  /** The public name that clients put into the body's `model`; absent when the model is gone. */
  modelId?: string;
  requester: string;
  subject: AccessSubject;
  reason: string;
  /** What load to expect, in the words of the one who asks. */
  expectedLoad?: string;
  /** How long the grant is wanted for. */
  days: number;
  state: RequestState;
  /** Who has the next word while it is pending. */
  waitsFor: 'approvers' | 'requester';
  /** The rule that approved it at once or sent it to the approvers. */
  rule?: string;
  decidedBy?: string;
  decidedAt?: string;
  grantId?: string;
  /** Id of the grant that an approval prolongs, which was there when she asked; absent where it gives a new one. */
  renews?: string;
  createdAt: string;
  /** When it times out if nobody decides. */
  expiresAt: string;
  /** The steps that the caller may take now. */
  mySteps: RequestStepName[];
  /** Of a request for a new model, once approved. */
  progress?: NewModelProgress;
};

/** What somebody said with a step. */
export type RequestCommentEntry = {
  step: RequestStepName | 'expire';
  author: string;
  comment: string;
  at: string;
};

/** What it means to say yes. What is not known is absent, never zero. */
export type RequestConsequences = {
  /** Grants on the same model that are active now, by tenant, most first. Only tenants that the caller may see by name; the others are summed up. */
  grantsByTenant: { tenant: string; grants: number; keys: number }[];
  /** Active grants of tenants that the caller may not see by name. */
  otherGrants: number;
  /** Whoever may call the model without a grant (`spec.access`). */
  openTo: { everyone: boolean; groups: string[] };
  /** The model's GPUs and the cluster's. */
  gpus: {
    type: string;
    ofModel: number;
    /** GPUs of this type in the cluster, and how many no pod has asked for. Absent where nodes can't be read. */
    inCluster?: { capacity: number; unrequested: number };
  };
  replicas: { ready: number; desired: number };
  /** Licence as the custom resource names it in the annotation `slipway.dev/licence`. */
  licence?: string;
  /** The grant that a yes prolongs, while it holds, and the active keys that hang off it. */
  renewed?: { expiresAt: string; keys: number };
  /** Checks of the policy, in words. */
  checks: { ok: boolean; text: string }[];
  /** Who may decide: owners of the model or of the tenant. */
  deciders: string[];
};

/** A request with everything that a decision needs. */
export type RequestDetail = RequestSummary & {
  /** What a request for a new model asks for. */
  newModel?: {
    /** An `LLMModel`, as YAML. */
    manifest: string;
    /** When it was in the cluster, once approved. */
    appliedAt?: string;
    /** Why an approved one is not in the cluster yet; it is tried again by itself. */
    problem?: string;
  };
  comments: RequestCommentEntry[];
  consequences: RequestConsequences;
};

/** What came of one step of many. */
export type RequestStepOutcome =
  | { id: string; ok: true; request: RequestSummary }
  | { id: string; ok: false; error: { name: string; message: string } };

/** What came of one step for many grants. */
export type GrantStepOutcome =
  | { id: string; ok: true; grant: GrantSummary }
  | { id: string; ok: false; error: { name: string; message: string } };

/** Why a grant or a key ended. */
export type AccessEndReason =
  | 'expired'
  | 'revoked'
  | 'leaked'
  | 'left'
  | 'narrowed'
  | 'rotated'
  | 'unused'
  | 'grant-ended';

/** What the kill switch stops of a grant or a key: every call by it is refused until an admin lifts the block. */
export type BlockedBy =
  | 'key-blocked'
  | 'user-blocked'
  | 'tenant-blocked'
  | 'model-blocked';

/**
 * Whether something may be used now. What is dormant comes back by itself, what is blocked once an admin lifts the block; what has ended never
 * does. That it is blocked is told to whoever sees it; who did it and why, to admins and auditors (`BlockSummary`).
 */
export type AccessStanding =
  | { state: 'valid' }
  | { state: 'blocked'; because: BlockedBy }
  | {
      state: 'dormant';
      because: 'tenant-suspended' | 'tenant-absent' | 'model-absent';
    }
  | { state: 'ended'; because: AccessEndReason; at?: string };

/** Who may call which model, for which tenant, until when. */
export type GrantSummary = {
  id: string;
  tenant: string;
  model: string;
  modelId?: string;
  subject: AccessSubject;
  requestedBy: string;
  /** A user, or `rule:<name>`. */
  grantedBy: string;
  requestId?: string;
  standing: AccessStanding;
  createdAt: string;
  expiresAt: string;
  /** When an owner last confirmed that it is still needed. */
  recertifiedAt?: string;
  /** By when an owner is to confirm that it is still needed; absent where it ends before, or has ended. */
  confirmBy?: string;
  /** Active keys that hang off it and that the caller may see. */
  keys: number;
  /** What the caller may do with it now. */
  myActions: ('renew' | 'extend' | 'recertify' | 'revoke')[];
};

/** An API key without the key. */
export type KeySummary = {
  id: string;
  /** The beginning by which people tell it from others. */
  display: string;
  name: string;
  tenant: string;
  owner: string;
  backupOwner?: string;
  /** The service of the tenant whose grants it uses; absent for a personal key. */
  service?: string;
  models: {
    model: string;
    modelId?: string;
    /** Absent where the model's own `spec.access` is the grant. */
    grantId?: string;
    /** When that grant runs out: the key loses the model then, and ends with the last of them. */
    until?: string;
  }[];
  standing: AccessStanding;
  endedBy?: string;
  successorId?: string;
  createdAt: string;
  expiresAt: string;
  lastUsedAt?: string;
  /** When it will be ended as unused, if nobody uses it. */
  unusedEndsAt?: string;
  myActions: ('rotate' | 'revoke' | 'leaked' | 'keep')[];
};

/** A key and, the only time it is ever told, the secret. */
export type IssuedKeyAnswer = {
  key: KeySummary;
  /** Absent when this answers a retry: then nobody knows it any more but who got the first answer. */
  secret?: string;
};

/** What the caller may ask for or call: the choices of the dialogs. */
export type CallableModel = {
  model: string;
  modelId: string;
  /** Why she may call it; absent where she has to ask, and where no call of hers gets through. */
  by?: { kind: 'open' } | { kind: 'grant'; grantId: string; until: string };
  /** Why no call of hers gets through, whatever she holds; then there is no `by`, and asking does not help. */
  refused?: ModelRefusal;
  /** Tenant of the grant, or of the request that waits. */
  tenant?: string;
  /** A request of hers that waits. */
  pendingRequestId?: string;
};

/** A service of a tenant that the caller may make keys for, and the models that such a key may call. */
export type ServiceAccess = {
  tenant: string;
  service: string;
  models: { model: string; modelId: string }[];
};

/** Somebody who is a member of a tenant. */
export type TenantMember = {
  userEntityRef: string;
};

/** A rule that approves requests at once or names who decides. It speaks about a request when all that it names fits. */
export type AccessRuleSummary = {
  name: string;
  /** `<namespace>/<name>`, or `<namespace>/*`; every model if absent. */
  models?: string[];
  /** Every tenant if absent. */
  tenants?: string[];
  /** Groups of the one who asks, as identity tokens name them; everybody if absent. */
  groups?: string[];
  maxDays?: number;
  decision: 'approve' | 'ask';
  /** Whose word it needs; `either` if absent. */
  approvers?: 'model-owners' | 'tenant-owners' | 'either';
};

/** What the kill switch stops at once. */
export type BlockSummary = {
  id: string;
  target: 'user' | 'tenant' | 'model' | 'key';
  /** Entity ref, tenant, `<namespace>/<name>` or id of the key. */
  ref: string;
  reason: string;
  by: string;
  at: string;
};

/** A row of the audit chain. */
export type AuditEntry = {
  position: number;
  at: string;
  actor: string;
  action: string;
  objectKind: string;
  objectId: string;
  tenant: string;
  details: Record<string, unknown>;
};

/** The links between a caller and an answer, in order. */
export type WhyLinkName =
  | 'identity'
  | 'grant'
  | 'key'
  | 'limit'
  | 'phase'
  | 'route'
  | 'endpoints'
  | 'network';

/** One link of the walk. */
export type WhyLink = {
  name: WhyLinkName;
  /**
   * `broken` is the first that stops a call; `ahead` lies behind it and would hold, `warning` lies behind it and would stop the call next;
   * `unknown` could not be looked at, and says why.
   */
  state: 'ok' | 'broken' | 'ahead' | 'warning' | 'unknown';
  text: string;
};

/** Why a call is refused, or that it is not. */
export type WhyAnswer = {
  model: string;
  modelId: string;
  keyId?: string;
  callable: boolean;
  links: WhyLink[];
  /** Present when a link is broken. */
  broken?: {
    link: WhyLinkName;
    /** What the client is answered: status, code, and who answers it. */
    answered: { status: number; code: string; by: string };
    /** Who can fix it: entity refs, or a role in words. */
    who: string[];
    /** What to do, in words. */
    remedy: string;
    /** A next step that the page offers as a button. */
    action?:
      | {
          kind: 'ask-for-access';
          model: string;
          tenant?: string;
          service?: string;
        }
      | { kind: 'create-key'; model: string }
      | { kind: 'open-model'; model: string };
  };
};

/**
 * A key that an agent asked for on behalf of somebody. It is issued when she claims it, in her own session, until `expiresAt`: so no
 * agent ever sees a key.
 */
export type KeyClaimSummary = {
  id: string;
  name: string;
  models: { model: string; modelId?: string }[];
  /** Absent where she has only one. */
  tenant?: string;
  service?: string;
  backupOwner?: string;
  days?: number;
  /** The key that came of it: then it can't be claimed again. */
  keyId?: string;
  createdAt: string;
  expiresAt: string;
};
