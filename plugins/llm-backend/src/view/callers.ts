import type {
  BackstageCredentials,
  BackstageUserPrincipal,
  PermissionsRegistryService,
  PermissionsService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { createConditionTransformer } from '@backstage/plugin-permission-node';
import { LlmModel, llmModelReadPermission } from '@slipway/plugin-llm-common';
import {
  GroupNames,
  modelResourceRef,
  passesCriteria,
} from '@slipway/plugin-llm-node';
import { Viewer } from './ModelService';

interface CallerResolverOptions {
  groupNames: Pick<GroupNames, 'of'>;
  permissions: PermissionsService;
  permissionsRegistry: PermissionsRegistryService;
  userInfo: UserInfoService;
}

/** Finds out who asks: her groups from the catalog, and from the permission policy which models she may see. */
export class CallerResolver {
  readonly #options: CallerResolverOptions;

  static create(options: CallerResolverOptions): CallerResolver {
    return new CallerResolver(options);
  }

  private constructor(options: CallerResolverOptions) {
    this.#options = options;
  }

  /** The viewer behind a request's credentials. */
  async viewer(
    credentials: BackstageCredentials<BackstageUserPrincipal>,
  ): Promise<Viewer> {
    const { groupNames, userInfo } = this.#options;
    const [{ ownershipEntityRefs }, mayRead] = await Promise.all([
      userInfo.getUserInfo(credentials),
      this.#mayRead(credentials),
    ]);
    return {
      userEntityRef: credentials.principal.userEntityRef,
      ownershipEntityRefs,
      groups: await groupNames.of(ownershipEntityRefs),
      mayRead,
    };
  }

  async #mayRead(
    credentials: BackstageCredentials,
  ): Promise<(model: LlmModel) => boolean> {
    const { permissions, permissionsRegistry } = this.#options;
    const [decision] = await permissions.authorizeConditional(
      [{ permission: llmModelReadPermission }],
      { credentials },
    );
    switch (decision.result) {
      case AuthorizeResult.ALLOW:
        return () => true;
      case AuthorizeResult.CONDITIONAL: {
        const transform = createConditionTransformer(
          permissionsRegistry.getPermissionRuleset(modelResourceRef),
        );
        const criteria = transform(decision.conditions);
        return model => passesCriteria(model, criteria);
      }
      default:
        return () => false;
    }
  }
}
