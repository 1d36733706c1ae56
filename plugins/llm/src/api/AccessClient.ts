import { FetchApi } from '@backstage/frontend-plugin-api';
import {
  AccessPage,
  AuditEntry,
  BlockSummary,
  CallableModel,
  GrantStepOutcome,
  GrantSummary,
  IssuedKeyAnswer,
  KeyClaimSummary,
  KeySummary,
  RequestDetail,
  RequestStepName,
  RequestStepOutcome,
  RequestSummary,
  AccessRuleSummary,
  TenantList,
  TenantMember,
  WhyAnswer,
} from '@slipway/plugin-llm-common';
import {
  AccessApi,
  AuditQuery,
  CallChoices,
  ForeignKey,
  GrantQuery,
  MemberList,
  NewBlock,
  NewGrant,
  NewKey,
  NewRequest,
  RequestQuery,
  StandingQuery,
} from './AccessApi';
import { ask, toSearch } from './http';

/** {@link AccessApi} over HTTP. */
export class AccessClient implements AccessApi {
  readonly #fetchApi: FetchApi;

  static create(options: { fetchApi: FetchApi }): AccessClient {
    return new AccessClient(options.fetchApi);
  }

  private constructor(fetchApi: FetchApi) {
    this.#fetchApi = fetchApi;
  }

  listTenants(signal?: AbortSignal): Promise<TenantList> {
    return this.#get('/v1/tenants', signal);
  }

  async listMembers(tenant: string, signal?: AbortSignal): Promise<MemberList> {
    const { items, isComplete } = await this.#get<{
      items: TenantMember[];
      isComplete: boolean;
    }>(`/v1/tenants/${encodeURIComponent(tenant)}/members`, signal);
    return { refs: items.map(each => each.userEntityRef), isComplete };
  }

  listCallableModels(signal?: AbortSignal): Promise<CallableModel[]> {
    return this.#items('/v1/access/models', signal);
  }

  listChoices(signal?: AbortSignal): Promise<CallChoices> {
    return this.#get('/v1/access/models', signal);
  }

  listRules(signal?: AbortSignal): Promise<AccessRuleSummary[]> {
    return this.#items('/v1/rules', signal);
  }

  listRequests(
    query: RequestQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<RequestSummary>> {
    return this.#get(`/v1/requests${toSearch({ ...query })}`, signal);
  }

  getRequest(id: string, signal?: AbortSignal): Promise<RequestDetail> {
    return this.#get(`/v1/requests/${encodeURIComponent(id)}`, signal);
  }

  createRequest(request: NewRequest, once: string): Promise<RequestSummary> {
    return this.#post('/v1/requests', request, once);
  }

  takeStep(
    id: string,
    taken: { step: RequestStepName; comment?: string; days?: number },
    once: string,
  ): Promise<RequestSummary> {
    return this.#post(
      `/v1/requests/${encodeURIComponent(id)}/steps`,
      taken,
      once,
    );
  }

  retryNewModel(id: string): Promise<RequestSummary> {
    return this.#post(`/v1/requests/${encodeURIComponent(id)}/retry`, {});
  }

  async takeSteps(
    taken: { ids: string[]; step: RequestStepName; comment?: string },
    once: string,
  ): Promise<RequestStepOutcome[]> {
    const { outcomes } = await this.#post<{ outcomes: RequestStepOutcome[] }>(
      '/v1/request-steps',
      taken,
      once,
    );
    return outcomes;
  }

  listGrants(
    query: GrantQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<GrantSummary>> {
    return this.#get(`/v1/grants${toSearch({ ...query })}`, signal);
  }

  async exportGrants(
    query: Omit<StandingQuery, 'limit' | 'cursor'>,
  ): Promise<string> {
    const path = `/v1/grants/export${toSearch({ ...query })}`;
    return (await ask(this.#fetchApi, path)).text();
  }

  giveGrant(grant: NewGrant, once: string): Promise<GrantSummary> {
    return this.#post('/v1/grants', grant, once);
  }

  extendGrant(id: string, days: number, once: string): Promise<GrantSummary> {
    return this.#post(grantPath(id, 'extend'), { days }, once);
  }

  renewGrant(
    id: string,
    renewal: { days: number; reason: string },
    once: string,
  ): Promise<RequestSummary> {
    return this.#post(grantPath(id, 'renew'), renewal, once);
  }

  recertifyGrant(id: string, once: string): Promise<GrantSummary> {
    return this.#post(grantPath(id, 'recertify'), {}, once);
  }

  revokeGrant(
    id: string,
    comment: string | undefined,
    once: string,
  ): Promise<GrantSummary> {
    return this.#post(grantPath(id, 'revoke'), { comment }, once);
  }

  async takeGrantSteps(
    taken: { ids: string[]; step: 'recertify' | 'revoke'; comment?: string },
    once: string,
  ): Promise<GrantStepOutcome[]> {
    const { outcomes } = await this.#post<{ outcomes: GrantStepOutcome[] }>(
      '/v1/grant-steps',
      taken,
      once,
    );
    return outcomes;
  }

  listKeys(
    query: StandingQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<KeySummary>> {
    return this.#get(`/v1/keys${toSearch({ ...query })}`, signal);
  }

  createKey(key: NewKey, once: string): Promise<IssuedKeyAnswer> {
    return this.#post('/v1/keys', key, once);
  }

  importKey(key: ForeignKey, once: string): Promise<KeySummary> {
    return this.#post('/v1/keys/import', key, once);
  }

  rotateKey(
    id: string,
    rotation: { overlapHours: number; days?: number },
    once: string,
  ): Promise<IssuedKeyAnswer> {
    return this.#post(keyPath(id, 'rotate'), rotation, once);
  }

  endKey(
    id: string,
    because: 'revoke' | 'leaked',
    once: string,
  ): Promise<KeySummary> {
    return this.#post(keyPath(id, because), {}, once);
  }

  keepKey(id: string, once: string): Promise<KeySummary> {
    return this.#post(keyPath(id, 'keep'), {}, once);
  }

  getClaim(id: string, signal?: AbortSignal): Promise<KeyClaimSummary> {
    return this.#get(`/v1/key-claims/${encodeURIComponent(id)}`, signal);
  }

  useClaim(id: string, once: string): Promise<IssuedKeyAnswer> {
    return this.#post(
      `/v1/key-claims/${encodeURIComponent(id)}/claim`,
      {},
      once,
    );
  }

  listAudit(
    query: AuditQuery,
    signal?: AbortSignal,
  ): Promise<AccessPage<AuditEntry>> {
    return this.#get(`/v1/audit${toSearch({ ...query })}`, signal);
  }

  listBlocks(signal?: AbortSignal): Promise<BlockSummary[]> {
    return this.#items('/v1/blocks', signal);
  }

  createBlock(block: NewBlock, once: string): Promise<BlockSummary> {
    return this.#post('/v1/blocks', block, once);
  }

  async liftBlock(id: string, once: string): Promise<void> {
    await ask(this.#fetchApi, `/v1/blocks/${encodeURIComponent(id)}`, {
      method: 'DELETE',
      idempotencyKey: once,
    });
  }

  why(
    question: { model: string; key?: string },
    signal?: AbortSignal,
  ): Promise<WhyAnswer> {
    return this.#get(`/v1/why${toSearch({ ...question })}`, signal);
  }

  async #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await ask(this.#fetchApi, path, { signal })).json();
  }

  async #items<T>(path: string, signal?: AbortSignal): Promise<T[]> {
    return (await this.#get<{ items: T[] }>(path, signal)).items;
  }

  async #post<T>(path: string, body: unknown, once?: string): Promise<T> {
    const response = await ask(this.#fetchApi, path, {
      method: 'POST',
      body,
      idempotencyKey: once,
    });
    return response.json();
  }
}

function grantPath(id: string, verb: string): string {
  return `/v1/grants/${encodeURIComponent(id)}/${verb}`;
}

function keyPath(id: string, verb: string): string {
  return `/v1/keys/${encodeURIComponent(id)}/${verb}`;
}
