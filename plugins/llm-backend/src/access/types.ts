/** A tenant as this room needs it; the custom resource is read elsewhere. */
export interface AccessTenant {
  /** `metadata.name`. */
  name: string;
  displayName: string;
  state: 'active' | 'suspended';
  /** Entity refs of users and groups. */
  owners: string[];
  /** Groups as identity tokens name them. */
  memberGroups: string[];
}

/** A model as this room needs it. */
export interface AccessModel {
  /** `<namespace>/<name>` of the custom resource. */
  ref: string;
  /** The public name that clients put into the body's `model`. */
  modelId: string;
  /** Entity refs of users and groups. */
  owners: string[];
  /** Whether people without access may ask for it. */
  requestable: boolean;
  /** `spec.access`: the implicit grant. Groups as identity tokens name them. */
  access: { public: boolean; groups: string[] };
}

/** What this room asks about the world outside the database. Answers come from caches: nothing here waits for a network. */
export interface AccessDirectory {
  model(ref: string): AccessModel | undefined;
  models(): AccessModel[];
  tenant(name: string): AccessTenant | undefined;
  tenants(): AccessTenant[];
  /** Groups of a user as identity tokens name them; nothing for somebody who left. */
  groupsOf(userEntityRef: string): Promise<string[] | undefined>;
}

/** Who asks: found out by the HTTP room, never from what the client sent. */
export interface AccessCaller {
  userEntityRef: string;
  /** The user and the groups that she owns things through. */
  ownershipEntityRefs: string[];
  /** Her groups as identity tokens name them. */
  groups: string[];
  /** Whether the permission policy lets her see and do everything here. */
  admin: boolean;
  /** Whether it lets her see everything. */
  auditor: boolean;
  /** Whether it lets her decide on requests about what she owns. */
  mayApprove: boolean;
}

/** Whom a grant is for: a user (entity ref), a group (as identity tokens name it), or a service of the tenant (its name). */
export interface Subject {
  kind: 'user' | 'group' | 'service';
  ref: string;
}

/** Whose word a request needs. */
export type Approvers = 'model-owners' | 'tenant-owners' | 'either' | 'admins';

/** Where a request stands. */
export type RequestState =
  | 'pending'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'expired';

/** Somebody asks for access to a model. Times here and below are ISO 8601 in UTC with milliseconds. */
export interface AccessRequest {
  id: string;
  /** Set where it is for a model that is not served yet; else it is for access to one. */
  kind?: 'new-model';
  tenant: string;
  /** `<namespace>/<name>`. */
  model: string;
  requester: string;
  subject: Subject;
  reason: string;
  expectedLoad?: string;
  /** How long the grant is wanted for. */
  days: number;
  state: RequestState;
  /** Who has the next word while it is pending. */
  waitsFor: 'approvers' | 'requester';
  approvers: Approvers;
  /** The rule that approved it at once or sent it to the approvers. */
  rule?: string;
  decidedBy?: string;
  decidedAt?: string;
  grantId?: string;
  /** The grant that an approval prolongs; absent where it gives a new one. */
  renews?: string;
  createdAt: string;
  /** When it times out if nobody decides. */
  expiresAt: string;
}

/** A step in the life of a request. */
export type RequestStep =
  | 'approve'
  | 'reject'
  | 'ask-back'
  | 'answer'
  | 'withdraw'
  | 'expire';

/** What somebody said with a step. */
export interface RequestComment {
  step: RequestStep;
  author: string;
  comment: string;
  at: string;
}

/** Why a grant or a key ended. */
export type EndReason =
  | 'expired'
  | 'revoked'
  | 'leaked'
  | 'left'
  | 'narrowed'
  | 'rotated'
  | 'unused'
  | 'grant-ended';

/** Who may call which model, for which tenant, until when. */
export interface Grant {
  id: string;
  tenant: string;
  model: string;
  subject: Subject;
  requestedBy: string;
  /** A user, or `rule:<name>`. */
  grantedBy: string;
  requestId?: string;
  state: 'active' | 'ended';
  endedBecause?: EndReason;
  endedAt?: string;
  createdAt: string;
  expiresAt: string;
  /** When an owner last confirmed that it is still needed. */
  recertifiedAt?: string;
}

/** A model that a key may call, and why. */
export interface KeyModel {
  model: string;
  /** Absent where the model's own `spec.access` is the grant. */
  grantId?: string;
}

/** An API key without the key. */
export interface Key {
  id: string;
  /** The beginning by which people tell it from others. */
  display: string;
  name: string;
  tenant: string;
  owner: string;
  backupOwner?: string;
  /** The service of the tenant whose grants it uses; absent for a personal key. */
  service?: string;
  models: KeyModel[];
  state: 'active' | 'ended';
  endedBecause?: EndReason;
  endedAt?: string;
  endedBy?: string;
  /** The key that takes over after a rotation. */
  successorId?: string;
  createdAt: string;
  expiresAt: string;
  lastUsedAt?: string;
  /** When somebody last said that it is to stay although nobody uses it. */
  keptAt?: string;
}

/** What the kill switch stops. */
export interface Block {
  id: string;
  target: 'user' | 'tenant' | 'model' | 'key';
  /** Entity ref, tenant, `<namespace>/<name>` or id of the key. */
  ref: string;
  reason: string;
  by: string;
  at: string;
}

/** Asks for a page of a list. */
export interface PageQuery {
  /** 1 to 500; 100 if absent. */
  limit?: number;
  cursor?: string;
}

/** A page of a list, newest first. */
export interface Page<T> {
  items: T[];
  /** Present while there is more; bound to the caller and to the query. */
  nextCursor?: string;
}

/** Which part of what she may see a caller asks for: what is hers, what belongs to what she owns, or all of it. */
export type ListScope = 'mine' | 'owned' | 'all';

/** What belongs to a caller, and what belongs to the tenants and models that she owns. */
export interface OwnSight {
  everything: false;
  userEntityRef: string;
  groups: string[];
  /** Names of the tenants that she is a member of. */
  memberTenants: string[];
  /** Names of the tenants that she owns. */
  ownedTenants: string[];
  /** The models that she owns. */
  ownedModels: string[];
}

/** What a caller may see in lists: all of it, or what is hers, and what belongs to the tenants and models that she owns. */
export type Sight = { everything: true; own?: OwnSight } | OwnSight;
