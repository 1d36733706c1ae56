import {
  CallableModel,
  CallerStanding,
  callRefusalOf,
  isUsable,
  ModelRefusal,
  MyAccess,
  onlyCredentialOf,
} from '@slipway/plugin-llm-common';
import {
  AccessCaller,
  AccessModel,
  AccessRequest,
  AccessTenant,
  Grant,
} from '../types';
import { isOwner } from './requestState';
import { isOpenTo } from './validity';

/** Who asks, as far as it matters here. */
export type Asker = Pick<
  AccessCaller,
  'userEntityRef' | 'ownershipEntityRefs' | 'groups'
>;

/** What somebody holds of a model, or waits for. */
export interface Holding {
  grants: Grant[];
  requests: AccessRequest[];
}

/** Who asks, with what the gateway asks of her before it looks at a model, and which models nobody may call now. */
export interface CallStanding<A extends Asker> extends CallerStanding {
  caller: A;
  memberOf: (AccessTenant & { isBlocked: boolean })[];
  /** Whether the kill switch stops a model, by `<namespace>/<name>`. */
  isModelBlocked(ref: string): boolean;
}

const NOTHING: Readonly<Holding> = { grants: [], requests: [] };

/** How a model is listed for somebody: once for each tenant that she has a grant in; not at all where she can't ask for it either. */
export function toCallable(
  model: AccessModel,
  standing: CallStanding<AccessCaller>,
  holding = NOTHING,
): CallableModel[] {
  const { ref, modelId } = model;
  const { caller } = standing;
  const [request] = holding.requests;
  const pendingRequestId = request?.id;
  const refused = refusalOf(model, standing);
  if (isOpen(model, caller) && !refused) {
    return [{ model: ref, modelId, by: { kind: 'open' }, pendingRequestId }];
  }
  const ways = refused ? [] : heldIn(standing, holding);
  const held = ways.map(({ id, tenant, expiresAt }) => ({
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
    ? [
        {
          model: ref,
          modelId,
          refused,
          tenant: request?.tenant,
          pendingRequestId,
        },
      ]
    : [];
}

/** How somebody stands to a model; nothing where she can't ask for it either. */
export function toMyAccess(
  model: AccessModel,
  standing: CallStanding<Asker>,
  holding = NOTHING,
): MyAccess | undefined {
  const { caller, memberOf, judge } = standing;
  const because = refusalOf(model, standing);
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
    return {
      state: 'requested',
      requestId: request.id,
      asksBack: request.waitsFor === 'requester' || undefined,
    };
  }
  // A gateway that judges alone knows no grants: asking for one would not help.
  const mayAsk = model.requestable || isOwner(model, caller);
  return mayAsk && judge !== 'gateway' ? { state: 'requestable' } : undefined;
}

/** Why no call of hers to the model gets through. A block of the model comes first: it is so for everybody. */
function refusalOf(
  model: AccessModel,
  standing: CallStanding<Asker>,
): ModelRefusal | undefined {
  return standing.judge !== 'gateway' && standing.isModelBlocked(model.ref)
    ? 'model-blocked'
    : callRefusalOf(standing);
}

function isOpen(model: AccessModel, { userEntityRef, groups }: Asker): boolean {
  return isOpenTo(model, { user: userEntityRef, groups });
}

/** The grants that let a call through now, the longest first: nobody looks at grants but the authorizer, and at none of a tenant that is suspended or blocked. */
function heldIn(
  { memberOf, judge }: CallStanding<Asker>,
  { grants }: Readonly<Holding>,
): Grant[] {
  const usable = new Set(memberOf.filter(isUsable).map(({ name }) => name));
  return judge === 'gateway'
    ? []
    : longestByTenant(grants.filter(({ tenant }) => usable.has(tenant)));
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
