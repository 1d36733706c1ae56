import {
  CallJudge,
  CallRefusal,
  callRefusalOf,
  isUsable,
  TenantSummary,
} from '@slipway/plugin-llm-common';

/** What a person may open, and why. */
export interface Standing {
  /** Entity ref of the person. */
  me: string;
  /** Hers, or all for an admin. */
  tenants: TenantSummary[];
  /** Who judges calls at the gateway; absent while it is not known. */
  judge?: CallJudge;
  /** Whether the kill switch stops her. */
  isBlocked: boolean;
  /** What the permission policy lets her do. */
  may: {
    use: boolean;
    approve: boolean;
    seeAll: boolean;
    manageAll: boolean;
  };
  /** Whether she owns a model, herself or through a group. */
  ownsModel: boolean;
  /** Entity refs that she owns things through: her own and her groups'. */
  ownershipEntityRefs: string[];
}

/** The pages about access that somebody can open. */
export interface AccessPages {
  access: boolean;
  approvals: boolean;
  /** The tab "Who has access" of Access. */
  people: boolean;
  /** The tab "Blocks" of Access. */
  blocks: boolean;
  /** The tab "Audit" of Access: for owners of tenants, admins and auditors. */
  audit: boolean;
}

/**
 * Access is for members of a tenant and for who may see everything; deciding and looking at others' access is for owners of a model or a
 * tenant and for admins. What a page holds is decided by the backend: this only keeps empty pages out of the way.
 */
export function pagesOf(standing: Standing): AccessPages {
  const { may, tenants, ownsModel } = standing;
  const owns = ownsModel || tenants.some(({ myRole }) => myRole !== 'member');
  return {
    access: may.use && (tenants.length > 0 || may.seeAll || may.manageAll),
    approvals: may.approve && (owns || may.manageAll),
    people: owns || may.seeAll || may.manageAll,
    blocks: may.manageAll,
    audit:
      may.seeAll ||
      may.manageAll ||
      tenants.some(({ myRole }) => myRole === 'owner'),
  };
}

type Caller = Pick<Standing, 'tenants' | 'judge' | 'isBlocked'>;

/** Why the gateway refuses every call of hers; nothing where they may get through. */
export function refusalOf({
  tenants,
  judge,
  isBlocked,
}: Caller): CallRefusal | undefined {
  return callRefusalOf({
    memberOf: tenants.filter(({ isMember }) => isMember),
    judge,
    isBlocked,
  });
}

/** The tenants that she asks and makes keys for: active ones that she is a member of. None that is blocked, and none at all where she is. */
export function tenantsToCallFor({
  tenants,
  judge,
  isBlocked,
}: Caller): TenantSummary[] {
  if (judge === 'gateway') {
    return tenants.filter(
      ({ isMember, state }) => isMember && state === 'active',
    );
  }
  return isBlocked
    ? []
    : tenants.filter(tenant => tenant.isMember && isUsable(tenant));
}
