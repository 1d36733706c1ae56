import {
  CallableModel,
  isUsable,
  MyAccess,
  ServiceAccess,
} from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import {
  Asker,
  CallStanding,
  Holding,
  toCallable,
  toMyAccess,
} from './decisions/callable';
import { isMember, ownSight } from './decisions/standing';
import { isOpenTo } from './decisions/validity';
import { blocksAmong } from './database/operations/blocks/among';
import {
  grantsOfPrincipal,
  grantsOfServices,
} from './database/operations/grants/ofPrincipal';
import { openRequests } from './database/operations/requests/open';
import { askedFor, ownsServices } from './issuing';
import { AccessCaller, AccessModel } from './types';

/** What somebody holds or waits for, by model. */
type Holdings = ReadonlyMap<string, Readonly<Holding>>;

/** The models that somebody may call or ask for. */
export class CallableModels {
  readonly #context: AccessContext;

  static create(context: AccessContext): CallableModels {
    return new CallableModels(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Every model that the caller may call or ask for, by name; with why, and without a way to call it, where every call of hers is refused. A
   * model that she has grants on in several of her tenants is listed for each tenant; of several grants in one tenant the one that holds
   * longest counts. Three queries, however many models there are.
   */
  async list(caller: AccessCaller): Promise<CallableModel[]> {
    return this.#list(caller, this.#standing(caller));
  }

  /** {@link list}, and the services that the caller may make keys for. Four queries, however many models and services there are. */
  async overview(
    caller: AccessCaller,
  ): Promise<{ items: CallableModel[]; services: ServiceAccess[] }> {
    const standing = this.#standing(caller);
    const [items, services] = await Promise.all([
      this.#list(caller, standing),
      this.#services(standing),
    ]);
    return { items, services };
  }

  async #list(
    caller: AccessCaller,
    asked: Promise<CallStanding<AccessCaller>>,
  ): Promise<CallableModel[]> {
    const [standing, holdings] = await Promise.all([
      asked,
      this.#holdings(caller),
    ]);
    return this.#context.directory
      .models()
      .flatMap(model => toCallable(model, standing, holdings.get(model.ref)))
      .sort((a, b) => (a.model < b.model ? -1 : 1));
  }

  /**
   * The services that the caller may make keys for, each with the models that such a key may call: what its grants open, and for an owner of
   * the tenant also what is open to everybody. None where the kill switch stops her, who would own the key, and nothing that it stops.
   */
  async #services(
    asked: Promise<CallStanding<AccessCaller>>,
  ): Promise<ServiceAccess[]> {
    const { directory, knex } = this.#context;
    const { caller, isBlocked, isModelBlocked, memberOf } = await asked;
    if (isBlocked) {
      return [];
    }
    const tenants = memberOf.filter(isUsable);
    const grants = await grantsOfServices(knex, {
      tenants: tenants.map(({ name }) => name),
      now: this.#context.now(),
    });
    const open = directory
      .models()
      .filter(
        model => isOpenTo(model, { service: '' }) && !isModelBlocked(model.ref),
      );
    return tenants.flatMap(tenant => {
      const owns = ownsServices(caller, tenant);
      const granted = new Map<string, AccessModel[]>();
      for (const grant of grants) {
        const model = directory.model(grant.model);
        if (
          model &&
          !isModelBlocked(model.ref) &&
          grant.tenant === tenant.name &&
          (owns || askedFor(grant, caller))
        ) {
          const { ref } = grant.subject;
          granted.set(ref, [...(granted.get(ref) ?? []), model]);
        }
      }
      return [...granted].map(([service, models]) => ({
        tenant: tenant.name,
        service,
        models: named(owns ? [...models, ...open] : models),
      }));
    });
  }

  /** How somebody stands to each model. Three queries, however many models are then asked about. */
  async standingOf(
    caller: Asker,
  ): Promise<(model: string) => MyAccess | undefined> {
    const { directory } = this.#context;
    const [standing, holdings] = await Promise.all([
      this.#standing(caller),
      this.#holdings(caller),
    ]);
    return ref => {
      const model = directory.model(ref);
      return model && toMyAccess(model, standing, holdings.get(ref));
    };
  }

  async #standing<A extends Asker>(caller: A): Promise<CallStanding<A>> {
    const { directory, judge, knex } = this.#context;
    const tenants = directory
      .tenants()
      .filter(tenant => isMember(tenant, caller.groups));
    const [isBlocked, judgedBy] = await Promise.all([
      blocksAmong(knex, {
        user: [caller.userEntityRef],
        tenant: tenants.map(({ name }) => name),
        model: 'all',
      }),
      judge(),
    ]);
    return {
      caller,
      memberOf: tenants.map(tenant => ({
        ...tenant,
        isBlocked: isBlocked('tenant', tenant.name),
      })),
      judge: judgedBy,
      isBlocked: isBlocked('user', caller.userEntityRef),
      isModelBlocked: ref => isBlocked('model', ref),
    };
  }

  async #holdings(caller: Asker): Promise<Holdings> {
    const { directory, knex } = this.#context;
    const now = this.#context.now();
    const [grants, requests] = await Promise.all([
      grantsOfPrincipal(knex, {
        tenants: ownSight(caller, directory).memberTenants,
        principal: { user: caller.userEntityRef, groups: caller.groups },
        now,
      }),
      openRequests(knex, caller.userEntityRef, now),
    ]);
    const holdings = new Map<string, Holding>();
    const of = (model: string) => {
      const known = holdings.get(model);
      const holding = known ?? { grants: [], requests: [] };
      holdings.set(model, holding);
      return holding;
    };
    for (const grant of grants) {
      of(grant.model).grants.push(grant);
    }
    for (const request of requests) {
      of(request.model).requests.push(request);
    }
    return holdings;
  }
}

/** Each model once, by name. */
function named(models: AccessModel[]): ServiceAccess['models'] {
  return [...new Map(models.map(model => [model.ref, model])).values()]
    .map(({ ref, modelId }) => ({ model: ref, modelId }))
    .sort((a, b) => (a.model < b.model ? -1 : 1));
}
