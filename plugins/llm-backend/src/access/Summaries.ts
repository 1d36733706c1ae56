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
import type { IsBlocked } from './decisions/blocked';
import { sightOf } from './decisions/standing';
import { AskedBlocks, blocksAmong } from './database/operations/blocks/among';
import { endsOfGrants } from './database/operations/grants/ends';
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

  /** Reads the new models of all requests of the page in one query, and whether the caller is blocked in another. */
  async requests(
    caller: AccessCaller,
    { items, nextCursor }: Page<AccessRequest>,
  ): Promise<AccessPage<RequestSummary>> {
    const { knex } = this.#context;
    const isPending = items.some(({ state }) => state === 'pending');
    const [newModels, isBlocked] = await Promise.all([
      selectNewModels(
        knex,
        items.filter(({ kind }) => kind === 'new-model').map(({ id }) => id),
      ),
      blocksAmong(knex, { user: isPending ? [caller.userEntityRef] : [] }),
    ]);
    const context = { ...this.#for(caller), isBlocked };
    return {
      items: items.map(request => ({
        ...toRequestSummary(request, context),
        progress: progressOf(request, newModels.get(request.id), caller),
      })),
      nextCursor,
    };
  }

  async grant(caller: AccessCaller, grant: Grant): Promise<GrantSummary> {
    const page = await this.grants(caller, { items: [grant] });
    return page.items[0];
  }

  /** Counts the keys of all grants of the page in one query, and looks up what is blocked of them in another. */
  async grants(
    caller: AccessCaller,
    { items, nextCursor }: Page<Grant>,
  ): Promise<AccessPage<GrantSummary>> {
    const { directory, knex } = this.#context;
    const active = items.filter(({ state }) => state === 'active');
    const subjects = active.map(({ subject }) => subject);
    const users = subjects.flatMap(({ kind, ref }) =>
      kind === 'user' ? ref : [],
    );
    const [keys, isBlocked] = await Promise.all([
      countKeysOfGrants(
        knex,
        items.map(({ id }) => id),
        sightOf(caller, directory),
      ),
      this.#blocked({
        user: active.length > 0 ? [...users, caller.userEntityRef] : [],
        tenant: active.map(({ tenant }) => tenant),
        model: active.map(({ model }) => model),
      }),
    ]);
    const context = { ...this.#for(caller), isBlocked };
    return {
      items: items.map(grant =>
        toGrantSummary(grant, context, keys.get(grant.id) ?? 0),
      ),
      nextCursor,
    };
  }

  async key(caller: AccessCaller, key: Key): Promise<KeySummary> {
    const page = await this.keys(caller, { items: [key] });
    return page.items[0];
  }

  /** Looks up in one query what is blocked of all keys of the page, and in another when their grants run out. */
  async keys(
    caller: AccessCaller,
    { items, nextCursor }: Page<Key>,
  ): Promise<AccessPage<KeySummary>> {
    const active = items.filter(({ state }) => state === 'active');
    const models = active.flatMap(key => key.models);
    const { knex, unusedDays } = this.#context;
    const [isBlocked, grantEnds] = await Promise.all([
      this.#blocked({
        key: active.map(({ id }) => id),
        user: active.map(({ owner }) => owner),
        tenant: active.map(({ tenant }) => tenant),
        model: models.map(({ model }) => model),
      }),
      endsOfGrants(
        knex,
        models.flatMap(({ grantId }) => grantId ?? []),
      ),
    ]);
    const context = { ...this.#for(caller), isBlocked };
    return {
      items: items.map(key =>
        toKeySummary(key, context, { unusedDays, grantEnds }),
      ),
      nextCursor,
    };
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

  /** What of this the kill switch stops: nothing where the gateway judges alone, for nobody looks at blocks there. */
  async #blocked(asked: AskedBlocks): Promise<IsBlocked> {
    const { judge, knex } = this.#context;
    // Who ends a key need not wait for a cluster that is away.
    if (Object.values(asked).every(refs => refs.length === 0)) {
      return () => false;
    }
    const [judgedBy, isBlocked] = await Promise.all([
      judge(),
      blocksAmong(knex, asked),
    ]);
    return judgedBy === 'gateway' ? () => false : isBlocked;
  }

  #for(caller: AccessCaller): Omit<SummaryContext, 'isBlocked'> {
    const { directory, limits, now } = this.#context;
    const { recertifyDays } = limits;
    return { caller, directory, recertifyDays, now: now() };
  }
}
