import {
  catalogConditions,
  createCatalogConditionalDecision,
} from '@backstage/plugin-catalog-backend/alpha';
import { catalogEntityReadPermission } from '@backstage/plugin-catalog-common/alpha';
import {
  AuthorizeResult,
  PermissionCondition,
  PermissionCriteria,
  PolicyDecision,
  isPermission,
} from '@backstage/plugin-permission-common';
import type {
  PermissionPolicy,
  PolicyQuery,
  PolicyQueryUser,
} from '@backstage/plugin-permission-node';
import type { UserInfoService } from '@backstage/backend-plugin-api';
import { Caller, MODEL_ANNOTATION } from '@slipway/plugin-llm-common';
import {
  GroupNames,
  VISIBLE_TO_EVERYONE_LABEL,
  llmPolicyRules,
  visibleToGroupLabel,
} from '@slipway/plugin-llm-node';

/** What everybody who is signed in may do beside reading the catalog. Everything that is not here is for admins. */
const openToEverybody = [
  /^catalog\.entity\.refresh$/,
  /^scaffolder\.(action|task|template)\./,
  /^kubernetes\.(clusters|resources)\.read$/,
];

interface SlipwayPolicyOptions {
  /** Entity refs of the groups of platform admins. */
  admins: string[];
  groupNames: Pick<GroupNames, 'of'>;
  userInfo: UserInfoService;
}

/**
 * The portal's permission policy: admins may do everything; everybody else sees the models that are open to her, that she owns or that she
 * may ask for, in the catalog and in search as on the Models page. What this policy does not know it refuses.
 */
export class SlipwayPolicy implements PermissionPolicy {
  readonly #options: SlipwayPolicyOptions;

  static create(options: SlipwayPolicyOptions): SlipwayPolicy {
    return new SlipwayPolicy(options);
  }

  private constructor(options: SlipwayPolicyOptions) {
    this.#options = options;
  }

  /** {@inheritdoc @backstage/plugin-permission-node#PermissionPolicy.handle} */
  async handle(
    request: PolicyQuery,
    user?: PolicyQueryUser,
  ): Promise<PolicyDecision> {
    if (!user) {
      return { result: AuthorizeResult.DENY };
    }
    const caller = await this.#caller(user);
    if (
      caller.ownershipEntityRefs.some(ref => this.#options.admins.includes(ref))
    ) {
      return { result: AuthorizeResult.ALLOW };
    }
    if (isPermission(request.permission, catalogEntityReadPermission)) {
      return createCatalogConditionalDecision(
        request.permission,
        catalogCriteria(caller),
      );
    }
    const open = openToEverybody.some(pattern =>
      pattern.test(request.permission.name),
    );
    return (
      llmPolicyRules(request, caller) ?? {
        result: open ? AuthorizeResult.ALLOW : AuthorizeResult.DENY,
      }
    );
  }

  async #caller(user: PolicyQueryUser): Promise<Caller> {
    const { groupNames, userInfo } = this.#options;
    const { ownershipEntityRefs } = await userInfo.getUserInfo(
      user.credentials,
    );
    return {
      ownershipEntityRefs,
      groups: await groupNames.of(ownershipEntityRefs),
    };
  }
}

/** Everything that is not a model, and the models that the caller may see. */
function catalogCriteria(
  caller: Caller,
): PermissionCriteria<PermissionCondition<'catalog-entity'>> {
  return {
    anyOf: [
      {
        not: catalogConditions.hasAnnotation({ annotation: MODEL_ANNOTATION }),
      },
      catalogConditions.hasLabel({ label: VISIBLE_TO_EVERYONE_LABEL }),
      ...caller.groups.map(group =>
        catalogConditions.hasLabel({ label: visibleToGroupLabel(group) }),
      ),
      catalogConditions.isEntityOwner({ claims: caller.ownershipEntityRefs }),
    ],
  };
}
