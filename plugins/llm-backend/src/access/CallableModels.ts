import {
  CallableModel,
  CallJudge,
  callRefusalOf,
  MyAccess,
  onlyCredentialOf,
  ServiceAccess,
} from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import { isOwner } from './decisions/requestState';
import { isMember, ownSight } from './decisions/standing';
import { isOpenTo } from './decisions/validity';
import {
  grantsOfPrincipal,
  grantsOfServices,
} from './database/operations/grants/ofPrincipal';
import { openRequests } from './database/operations/requests/open';
import { askedFor, ownsServices } from './issuing';
import {
  AccessCaller,
  AccessModel,
  AccessRequest,
  AccessTenant,
  Grant,
} from './types';

/** Who asks, as far as it matters here. */
type Asker = Pick<
  AccessCaller,
  'userEntityRef' | 'ownershipEntityRefs' | 'groups'
>;

/** What a caller holds of a model, or waits for. */
interface Holding {
  grants: Grant[];
  requests: AccessRequest[];
}

/** Who asks, with the tenants that she is a member of, and who judges her calls. */
interface Standing<A extends Asker> {
  caller: A;
  memberOf: AccessTenant[];
  judge: CallJudge | undefined;
}

const NOTHING: Readonly<Holding> = { grants: [], requests: [] };

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
   * Every model that the caller may call or ask for, by name; without a way to call it where every call of hers is refused. A model that she has grants on in several of her tenants is listed for each
   * tenant; of several grants in one tenant the one that holds longest counts. Two queries, however many models there are.
   */
  async list(caller: AccessCaller): Promise<CallableModel[]> {
    const { directory } = this.#context;
    const [standing, holdings] = await Promise.all([
      this.#standing(caller),
      this.holdings(caller),
    ]);
    return directory
      .models()
      .flatMap(model => toCallable(model, standing, holdings.get(model.ref)))
      .sort((a, b) => (a.model < b.model ? -1 : 1));
  }

  /**
   * The services that the caller may make keys for, each with the models that such a key may call: what its grants open, and for an owner of
   * the tenant also what is open to everybody. One query, however many services there are.
   */
  async services(caller: AccessCaller): Promise<ServiceAccess[]> {
    const { directory, knex } = this.#context;
    const tenants = directory
      .tenants()
      .filter(
        tenant => tenant.state === 'active' && isMember(tenant, caller.groups),
      );
    const grants = await grantsOfServices(knex, {
      tenants: tenants.map(({ name }) => name),
      now: this.#context.now(),
    });
    const open = directory
      .models()
      .filter(model => isOpenTo(model, { service: '' }));
    return tenants.flatMap(tenant => {
      const owns = ownsServices(caller, tenant);
      const granted = new Map<string, AccessModel[]>();
      for (const grant of grants) {
        const model = directory.model(grant.model);
        if (
          model &&
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

  /** How somebody stands to each model. Two queries, however many models are then asked about. */
  async standingOf(
    caller: Asker,
  ): Promise<(model: string) => MyAccess | undefined> {
    const { directory } = this.#context;
    const [standing, holdings] = await Promise.all([
      this.#standing(caller),
      this.holdings(caller),
    ]);
    return ref => {
      const model = directory.model(ref);
      return model && toMyAccess(model, standing, holdings.get(ref));
    };
  }

  async #standing<A extends Asker>(caller: A): Promise<Standing<A>> {
    const { directory, judge } = this.#context;
    return {
      caller,
      memberOf: directory
        .tenants()
        .filter(tenant => isMember(tenant, caller.groups)),
      judge: await judge(),
    };
  }

  /** What the caller holds or waits for, by model. */
  async holdings(
    caller: Asker,
  ): Promise<ReadonlyMap<string, Readonly<Holding>>> {
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

function toCallable(
  model: AccessModel,
  standing: Standing<AccessCaller>,
  holding = NOTHING,
): CallableModel[] {
  const { ref, modelId } = model;
  const { caller, memberOf, judge } = standing;
  const [request] = holding.requests;
  const pendingRequestId = request?.id;
  const mayCall = callRefusalOf(memberOf, judge) === undefined;
  if (isOpen(model, caller) && mayCall) {
    return [{ model: ref, modelId, by: { kind: 'open' }, pendingRequestId }];
  }
  const held = heldIn(standing, holding).map(({ id, tenant, expiresAt }) => ({
    model: ref,
    modelId,
    by: { kind: 'grant' as const, grantId: id, until: expiresAt },
    tenant,
    pendingRequestId,
  }));
  if (held.length > 0) {
    return held;
  }
  const isHers =
    isOpen(model, caller) || isOwner(model, caller) || holding.grants.length;
  const mayAsk = model.requestable || caller.admin || isHers || request;
  return mayAsk
    ? [{ model: ref, modelId, tenant: request?.tenant, pendingRequestId }]
    : [];
}

function toMyAccess(
  model: AccessModel,
  standing: Standing<Asker>,
  holding = NOTHING,
): MyAccess | undefined {
  const { caller, memberOf, judge } = standing;
  const because = callRefusalOf(memberOf, judge);
  if (because) {
    return { state: 'refused', because };
  }
  const only = onlyCredentialOf(memberOf, judge);
  if (isOpen(model, caller)) {
    return { state: 'open', only };
  }
  const [grant] = heldIn(standing, holding);
  if (grant) {
    const { id, expiresAt } = grant;
    return { state: 'granted', grantId: id, until: expiresAt, only };
  }
  const [request] = holding.requests;
  if (request) {
    return { state: 'requested', requestId: request.id };
  }
  // A gateway that judges alone knows no grants: asking for one would not help.
  const mayAsk = model.requestable || isOwner(model, caller);
  return mayAsk && judge !== 'gateway' ? { state: 'requestable' } : undefined;
}

function isOpen(model: AccessModel, { userEntityRef, groups }: Asker): boolean {
  return isOpenTo(model, { user: userEntityRef, groups });
}

/** The grants that let a call through now, the longest first: nobody looks at grants but the authorizer, and at none of a suspended tenant. */
function heldIn(
  { memberOf, judge }: Standing<Asker>,
  { grants }: Readonly<Holding>,
): Grant[] {
  const active = new Set(
    memberOf.filter(({ state }) => state === 'active').map(({ name }) => name),
  );
  return judge === 'gateway'
    ? []
    : longestByTenant(grants.filter(({ tenant }) => active.has(tenant)));
}

function longestByTenant(grants: Grant[]): Grant[] {
  const longest = new Map<string, Grant>();
  for (const grant of grants) {
    const known = longest.get(grant.tenant);
    if (!known || known.expiresAt < grant.expiresAt) {
      longest.set(grant.tenant, grant);
    }
  }
  return [...longest.values()].sort((a, b) =>
    a.expiresAt < b.expiresAt ? 1 : -1,
  );
}
