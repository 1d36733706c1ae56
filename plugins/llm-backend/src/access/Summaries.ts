import type {
  AccessPage,
  GrantSummary,
  KeyClaimSummary,
  KeySummary,
  RequestSummary,
  TenantSummary,
} from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import type { KeyClaim } from './KeyClaimService';
import { sightOf } from './decisions/standing';
import { countKeysOfGrants } from './database/operations/keys/countOfGrants';
import { selectNewModels } from './database/operations/newModels/find';
import { progressOf } from './newModels/progress';
import {
  SummaryContext,
  toGrantSummary,
  toKeySummary,
  toRequestSummary,
  toTenantSummary,
} from './summarize';
import { AccessCaller, AccessRequest, Grant, Key, Page } from './types';

/** What callers are told of requests, grants, keys and tenants: the row, how it stands now, and what they may do with it. */
export class Summaries {
  readonly #context: AccessContext;

  static create(context: AccessContext): Summaries {
    return new Summaries(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  async request(
    caller: AccessCaller,
    request: AccessRequest,
  ): Promise<RequestSummary> {
    const page = await this.requests(caller, { items: [request] });
    return page.items[0];
  }

  /** Reads the new models of all requests of the page in one query. */
  async requests(
    caller: AccessCaller,
    { items, nextCursor }: Page<AccessRequest>,
  ): Promise<AccessPage<RequestSummary>> {
    const newModels = await selectNewModels(
      this.#context.knex,
      items.filter(({ kind }) => kind === 'new-model').map(({ id }) => id),
    );
    return {
      items: items.map(request => ({
        ...toRequestSummary(request, this.#for(caller)),
        progress: progressOf(request, newModels.get(request.id), caller),
      })),
      nextCursor,
    };
  }

  async grant(caller: AccessCaller, grant: Grant): Promise<GrantSummary> {
    const page = await this.grants(caller, { items: [grant] });
    return page.items[0];
  }

  /** Counts the keys of all grants of the page in one query. */
  async grants(
    caller: AccessCaller,
    { items, nextCursor }: Page<Grant>,
  ): Promise<AccessPage<GrantSummary>> {
    const { directory, knex } = this.#context;
    const keys = await countKeysOfGrants(
      knex,
      items.map(({ id }) => id),
      sightOf(caller, directory),
    );
    return {
      items: items.map(grant =>
        toGrantSummary(grant, this.#for(caller), keys.get(grant.id) ?? 0),
      ),
      nextCursor,
    };
  }

  key(caller: AccessCaller, key: Key): KeySummary {
    return toKeySummary(key, this.#for(caller), this.#context.unusedDays);
  }

  keys(
    caller: AccessCaller,
    { items, nextCursor }: Page<Key>,
  ): AccessPage<KeySummary> {
    return { items: items.map(key => this.key(caller, key)), nextCursor };
  }

  /** A key that waits to be claimed, for the one who may. */
  claim(claim: KeyClaim): KeyClaimSummary {
    const { userEntityRef: _user, ask, ...rest } = claim;
    const models = ask.models.map(model => ({
      model,
      modelId: this.#context.directory.model(model)?.modelId,
    }));
    return { ...rest, ...ask, models };
  }

  /** Tenants that the caller is a member or an owner of, by name; an admin sees all. */
  tenants(caller: AccessCaller): TenantSummary[] {
    return this.#context.directory
      .tenants()
      .flatMap(tenant => toTenantSummary(tenant, caller) ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #for(caller: AccessCaller): SummaryContext {
    const { directory, limits, now } = this.#context;
    const { recertifyDays } = limits;
    return { caller, directory, recertifyDays, now: now() };
  }
}
