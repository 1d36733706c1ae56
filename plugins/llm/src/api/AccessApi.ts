import { ApiRef, createApiRef } from '@backstage/frontend-plugin-api';
import {
  AccessPage,
  AccessRuleSummary,
  AuditEntry,
  BlockSummary,
  AccessSubject,
  CallableModel,
  GrantStepOutcome,
  GrantSummary,
  IssuedKeyAnswer,
  KeyClaimSummary,
  KeySummary,
  RequestDetail,
  RequestState,
  RequestStepName,
  RequestStepOutcome,
  RequestSummary,
  ServiceAccess,
  TenantList,
  WhyAnswer,
} from '@slipway/plugin-llm-common';

/** Whose rows a list holds: the caller's own, those of what she owns, or all that there are (admins and auditors). */
export type Scope = 'mine' | 'owned' | 'all';

/** Which requests a list holds. */
export type RequestScope = 'mine' | 'to-decide' | 'decided' | 'all';

/** A page of a list: filters are ANDed; the cursor is the last answer's. */
export interface ListQuery {
  /** `<namespace>/<name>`. */
  model?: string;
  tenant?: string;
  /** At most 500; the backend has a default. */
  limit?: number;
  cursor?: string;
}

/** What a key can be made for. */
export interface CallChoices {
  items: CallableModel[];
  services: ServiceAccess[];
}

/** Which requests. */
export interface RequestQuery extends ListQuery {
  scope: RequestScope;
  state?: RequestState;
}

/** Which grants or keys. */
export interface StandingQuery extends ListQuery {
  scope: Scope;
  state?: 'active' | 'ended';
}

/** Which grants. */
export interface GrantQuery extends StandingQuery {
  /** Only those that an owner is to confirm within two weeks. */
  due?: true;
}

/** Which rows of the audit log. */
export interface AuditQuery extends Omit<ListQuery, 'model'> {
  /** Id of a request, a grant, a key or a block. */
  object?: string;
}

/** Access that an owner gives unasked. */
export interface NewGrant {
  /** `<namespace>/<name>`. */
  model: string;
  subject: AccessSubject;
  days: number;
  tenant: string;
}

/** What somebody says who asks for access. */
export interface NewRequest {
  /** `<namespace>/<name>`. */
  model: string;
  reason: string;
  days: number;
  expectedLoad?: string;
  /** Needed only by who is in several. */
  tenant?: string;
  /** For a group of hers or a service of the tenant; for herself if absent. */
  subject?: { kind: 'group' | 'service'; ref: string };
}

/** What a new key is to be. */
export interface NewKey {
  name: string;
  /** Each `<namespace>/<name>`; at least one. */
  models: string[];
  tenant?: string;
  service?: string;
  /** Entity ref of a user. */
  backupOwner?: string;
  days?: number;
}

/** A key that another system made, with the secret itself. It goes to the backend and is kept nowhere. */
export interface ForeignKey extends NewKey {
  secret: string;
}

/** Who belongs to a tenant. */
export interface MemberList {
  /** Entity refs, by name. */
  refs: string[];
  /** Whether these are all: of a large tenant only the first are told. */
  isComplete: boolean;
}

/** What is to be stopped at once. */
export type NewBlock = Pick<BlockSummary, 'target' | 'ref' | 'reason'>;

/**
 * What the pages ask the backend about requests, grants and keys. Every call answers for the person who is signed in and rejects with
 * a `ResponseError` whose message names the field or the object and the remedy. What is unknown and what is not hers to see are the same 404.
 *
 * `once` is the client's own name for a change: sent again with the same name, it happens once.
 */
export interface AccessApi {
  /** Hers, or all for an admin; and whether calls are judged by tenants at all. */
  listTenants(signal?: AbortSignal): Promise<TenantList>;
  listMembers(tenant: string, signal?: AbortSignal): Promise<MemberList>;
  listCallableModels(signal?: AbortSignal): Promise<CallableModel[]>;
  /** The same models, and the services that she may make keys for. */
  listChoices(signal?: AbortSignal): Promise<CallChoices>;
  listRules(signal?: AbortSignal): Promise<AccessRuleSummary[]>;

  listRequests(
    query: RequestQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<RequestSummary>>;
  getRequest(id: string, signal?: AbortSignal): Promise<RequestDetail>;
  createRequest(request: NewRequest, once: string): Promise<RequestSummary>;
  takeStep(
    id: string,
    taken: { step: RequestStepName; comment?: string; days?: number },
    once: string,
  ): Promise<RequestSummary>;
  /** Has an approved new model that stopped or fails tried again at once. */
  retryNewModel(id: string): Promise<RequestSummary>;
  takeSteps(
    taken: { ids: string[]; step: RequestStepName; comment?: string },
    once: string,
  ): Promise<RequestStepOutcome[]>;

  listGrants(
    query: GrantQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<GrantSummary>>;
  /** All grants of a query as CSV, with a header. */
  exportGrants(query: Omit<StandingQuery, 'limit' | 'cursor'>): Promise<string>;
  giveGrant(grant: NewGrant, once: string): Promise<GrantSummary>;
  extendGrant(id: string, days: number, once: string): Promise<GrantSummary>;
  renewGrant(
    id: string,
    renewal: { days: number; reason: string },
    once: string,
  ): Promise<RequestSummary>;
  recertifyGrant(id: string, once: string): Promise<GrantSummary>;
  revokeGrant(
    id: string,
    comment: string | undefined,
    once: string,
  ): Promise<GrantSummary>;
  takeGrantSteps(
    taken: { ids: string[]; step: 'recertify' | 'revoke'; comment?: string },
    once: string,
  ): Promise<GrantStepOutcome[]>;

  listKeys(
    query: StandingQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<KeySummary>>;
  createKey(key: NewKey, once: string): Promise<IssuedKeyAnswer>;
  importKey(key: ForeignKey, once: string): Promise<KeySummary>;
  rotateKey(
    id: string,
    rotation: { overlapHours: number; days?: number },
    once: string,
  ): Promise<IssuedKeyAnswer>;
  endKey(
    id: string,
    because: 'revoke' | 'leaked',
    once: string,
  ): Promise<KeySummary>;
  keepKey(id: string, once: string): Promise<KeySummary>;

  /** A key that an agent asked for in the caller's name. */
  getClaim(id: string, signal?: AbortSignal): Promise<KeyClaimSummary>;
  useClaim(id: string, once: string): Promise<IssuedKeyAnswer>;

  /** Who did what: an object's history, or all that the caller may know, newest first. */
  listAudit(
    query: AuditQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<AuditEntry>>;

  listBlocks(signal?: AbortSignal): Promise<BlockSummary[]>;
  createBlock(block: NewBlock, once: string): Promise<BlockSummary>;
  liftBlock(id: string, once: string): Promise<void>;

  /** Why a model can't be called, with a key or by the caller herself. Takes a key's id, never the key. */
  why(
    question: { model: string; key?: string },
    signal?: AbortSignal,
  ): Promise<WhyAnswer>;
}

/** The {@link AccessApi} of the app. */
export const accessApiRef: ApiRef<AccessApi> = createApiRef<AccessApi>().with({
  id: 'plugin.llm.access',
  pluginId: 'llm',
});
