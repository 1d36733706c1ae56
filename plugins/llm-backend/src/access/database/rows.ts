import { z } from 'zod';
import {
  AccessRequest,
  Approvers,
  EndReason,
  Grant,
  Key,
  KeyModel,
  RequestState,
  Subject,
  Block,
} from '../types';
import type { KnownMember } from '../decisions/membership';

/** A row of `requests`. */
export interface RequestRow {
  id: string;
  kind: 'access' | 'new-model';
  tenant: string;
  model: string;
  requester: string;
  subject_kind: Subject['kind'];
  subject: string;
  reason: string;
  expected_load: string | null;
  days: number;
  state: RequestState;
  waits_for: AccessRequest['waitsFor'];
  approvers: Approvers;
  rule: string | null;
  decided_by: string | null;
  decided_at: string | null;
  grant_id: string | null;
  renews: string | null;
  created_at: string;
  expires_at: string;
}

/** A row of `grants`. */
export interface GrantRow {
  id: string;
  tenant: string;
  model: string;
  subject_kind: Subject['kind'];
  subject: string;
  requested_by: string;
  granted_by: string;
  request_id: string | null;
  state: Grant['state'];
  ended_because: EndReason | null;
  ended_at: string | null;
  created_at: string;
  expires_at: string;
  recertified_at: string | null;
}

/** A row of `keys`. */
export interface KeyRow {
  id: string;
  hash: string;
  display: string;
  name: string;
  tenant: string;
  owner: string;
  backup_owner: string | null;
  service: string | null;
  state: Key['state'];
  ended_because: EndReason | null;
  ended_at: string | null;
  ended_by: string | null;
  successor_id: string | null;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  kept_at: string | null;
}

/** A row of `members`. */
export interface MemberRow {
  user_ref: string;
  /** JSON. */
  groups: string;
  state: KnownMember['state'];
  doubted_at: string | null;
  rechecks: number;
  updated_at: string;
}

/** A row of `blocks`. */
export interface BlockRow {
  id: string;
  target: Block['target'];
  ref: string;
  reason: string;
  blocked_by: string;
  created_at: string;
  ended_by: string | null;
  ended_at: string | null;
}

/** A row of `key_grants`. SQLite keeps booleans as 0 and 1. */
export interface KeyGrantRow {
  key_id: string;
  model: string;
  grant_id: string | null;
  ended: boolean | number;
}

/** A key as the room works with it: with the hash, which never leaves it but to the authorizers. */
export type StoredKey = Key & { hash: string };

/** The request that a row holds. */
export function toRequest(row: RequestRow): AccessRequest {
  return {
    id: row.id,
    kind: row.kind === 'new-model' ? row.kind : undefined,
    tenant: row.tenant,
    model: row.model,
    requester: row.requester,
    subject: { kind: row.subject_kind, ref: row.subject },
    reason: row.reason,
    expectedLoad: row.expected_load ?? undefined,
    days: row.days,
    state: row.state,
    waitsFor: row.waits_for,
    approvers: row.approvers,
    rule: row.rule ?? undefined,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at ?? undefined,
    grantId: row.grant_id ?? undefined,
    renews: row.renews ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** The row of a request. */
export function fromRequest(request: AccessRequest): RequestRow {
  return {
    id: request.id,
    kind: request.kind ?? 'access',
    tenant: request.tenant,
    model: request.model,
    requester: request.requester,
    subject_kind: request.subject.kind,
    subject: request.subject.ref,
    reason: request.reason,
    expected_load: request.expectedLoad ?? null,
    days: request.days,
    state: request.state,
    waits_for: request.waitsFor,
    approvers: request.approvers,
    rule: request.rule ?? null,
    decided_by: request.decidedBy ?? null,
    decided_at: request.decidedAt ?? null,
    grant_id: request.grantId ?? null,
    renews: request.renews ?? null,
    created_at: request.createdAt,
    expires_at: request.expiresAt,
  };
}

/** The grant that a row holds. */
export function toGrant(row: GrantRow): Grant {
  return {
    id: row.id,
    tenant: row.tenant,
    model: row.model,
    subject: { kind: row.subject_kind, ref: row.subject },
    requestedBy: row.requested_by,
    grantedBy: row.granted_by,
    requestId: row.request_id ?? undefined,
    state: row.state,
    endedBecause: row.ended_because ?? undefined,
    endedAt: row.ended_at ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    recertifiedAt: row.recertified_at ?? undefined,
  };
}

/** The row of a grant. */
export function fromGrant(grant: Grant): GrantRow {
  return {
    id: grant.id,
    tenant: grant.tenant,
    model: grant.model,
    subject_kind: grant.subject.kind,
    subject: grant.subject.ref,
    requested_by: grant.requestedBy,
    granted_by: grant.grantedBy,
    request_id: grant.requestId ?? null,
    state: grant.state,
    ended_because: grant.endedBecause ?? null,
    ended_at: grant.endedAt ?? null,
    created_at: grant.createdAt,
    expires_at: grant.expiresAt,
    recertified_at: grant.recertifiedAt ?? null,
  };
}

/** The key that a row and its grants hold. */
export function toStoredKey(row: KeyRow, models: KeyModel[]): StoredKey {
  return {
    id: row.id,
    hash: row.hash,
    display: row.display,
    name: row.name,
    tenant: row.tenant,
    owner: row.owner,
    backupOwner: row.backup_owner ?? undefined,
    service: row.service ?? undefined,
    models,
    state: row.state,
    endedBecause: row.ended_because ?? undefined,
    endedAt: row.ended_at ?? undefined,
    endedBy: row.ended_by ?? undefined,
    successorId: row.successor_id ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at ?? undefined,
    keptAt: row.kept_at ?? undefined,
  };
}

/** The row of a key. */
export function fromKey(key: StoredKey): KeyRow {
  return {
    id: key.id,
    hash: key.hash,
    display: key.display,
    name: key.name,
    tenant: key.tenant,
    owner: key.owner,
    backup_owner: key.backupOwner ?? null,
    service: key.service ?? null,
    state: key.state,
    ended_because: key.endedBecause ?? null,
    ended_at: key.endedAt ?? null,
    ended_by: key.endedBy ?? null,
    successor_id: key.successorId ?? null,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt ?? null,
    kept_at: key.keptAt ?? null,
  };
}

const groupNames = z.array(z.string());

/** The groups in a column of `members`. */
export function toGroups(json: string): string[] {
  return groupNames.parse(JSON.parse(json));
}

/** What a row knows of somebody. */
export function toMember(row: MemberRow): KnownMember {
  return {
    userEntityRef: row.user_ref,
    groups: toGroups(row.groups),
    state: row.state,
    doubtedAt: row.doubted_at ?? undefined,
    rechecks: row.rechecks,
  };
}

/** The row of somebody. */
export function fromMember(member: KnownMember, at: string): MemberRow {
  return {
    user_ref: member.userEntityRef,
    groups: JSON.stringify(member.groups),
    state: member.state,
    doubted_at: member.doubtedAt ?? null,
    rechecks: member.rechecks,
    updated_at: at,
  };
}

/** The block that a row holds. */
export function toBlock(row: BlockRow): Block {
  return {
    id: row.id,
    target: row.target,
    ref: row.ref,
    reason: row.reason,
    by: row.blocked_by,
    at: row.created_at,
  };
}

/** The row of a block. */
export function fromBlock(block: Block): BlockRow {
  return {
    id: block.id,
    target: block.target,
    ref: block.ref,
    reason: block.reason,
    blocked_by: block.by,
    created_at: block.at,
    ended_by: null,
    ended_at: null,
  };
}

/** A key as people see it. */
export function withoutHash({ hash: _hash, ...key }: StoredKey): Key {
  return key;
}
