import type {
  BackstageCredentials,
  BackstageUserPrincipal,
  PermissionsService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError } from '@backstage/errors';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  llmAccessManageAllPermission,
  llmAccessReadAllPermission,
  llmAccessUsePermission,
  llmRequestApprovePermission,
} from '@slipway/plugin-llm-common';
import type { AccessCaller, ClusterDirectory, Membership } from '../../access';

/** Finds out who asks, and what the permission policy lets her do in the access room. */
export class AccessCallers {
  readonly #permissions: PermissionsService;
  readonly #userInfo: UserInfoService;
  readonly #membership: Pick<Membership, 'groupsOfCaller'>;
  readonly #directory: Pick<ClusterDirectory, 'ready'>;

  static create(options: {
    permissions: PermissionsService;
    userInfo: UserInfoService;
    membership: Pick<Membership, 'groupsOfCaller'>;
    directory: Pick<ClusterDirectory, 'ready'>;
  }): AccessCallers {
    return new AccessCallers(options);
  }

  private constructor(options: {
    permissions: PermissionsService;
    userInfo: UserInfoService;
    membership: Pick<Membership, 'groupsOfCaller'>;
    directory: Pick<ClusterDirectory, 'ready'>;
  }) {
    this.#permissions = options.permissions;
    this.#userInfo = options.userInfo;
    this.#membership = options.membership;
    this.#directory = options.directory;
  }

  /**
   * The caller behind a request's credentials, once models and tenants are known.
   *
   * @param options - `withoutCluster`: also while they are not; she then owns and belongs to nothing but what names her
   * @throws NotAllowedError when the policy denies `llm.access.use`
   */
  async caller(
    credentials: BackstageCredentials<BackstageUserPrincipal>,
    options: { withoutCluster?: boolean } = {},
  ): Promise<AccessCaller> {
    const { userEntityRef } = credentials.principal;
    const [{ ownershipEntityRefs }, groups, decisions] = await Promise.all([
      this.#userInfo.getUserInfo(credentials),
      this.#membership.groupsOfCaller(userEntityRef),
      this.#permissions.authorize(
        [
          { permission: llmAccessUsePermission },
          { permission: llmRequestApprovePermission },
          { permission: llmAccessReadAllPermission },
          { permission: llmAccessManageAllPermission },
        ],
        { credentials },
      ),
      options.withoutCluster ? undefined : this.#directory.ready(),
    ]);
    const [use, approve, readAll, manageAll] = decisions.map(
      ({ result }) => result === AuthorizeResult.ALLOW,
    );
    if (!use) {
      throw new NotAllowedError(
        'Your permissions do not let you use access (llm.access.use). Ask a platform admin.',
      );
    }
    return {
      userEntityRef,
      ownershipEntityRefs,
      groups,
      admin: manageAll,
      auditor: readAll || manageAll,
      mayApprove: approve,
    };
  }
}
