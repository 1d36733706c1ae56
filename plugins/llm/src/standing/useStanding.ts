import useAsync from 'react-use/esm/useAsync';
import { identityApiRef, useApi } from '@backstage/frontend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import {
  llmAccessManageAllPermission,
  llmAccessReadAllPermission,
  llmAccessUsePermission,
  llmRequestApprovePermission,
} from '@slipway/plugin-llm-common';
import { accessApiRef, llmApiRef } from '../api';
import { LiveResource, useLiveResource } from '../live';
import { Standing } from './pagesOf';

/** Tenants and permissions change rarely. */
const POLL_MS = 60_000;

/** Who she is, what she may do and what she owns; nothing until all of it is known. */
export function useStanding(): {
  standing?: Standing;
  error?: Error;
  retry(): void;
} {
  const identityApi = useApi(identityApiRef);
  const accessApi = useApi(accessApiRef);
  const llmApi = useApi(llmApiRef);
  const permissionApi = useApi(permissionApiRef);
  const person = useAsync(async () => {
    const [identity, ...decisions] = await Promise.all([
      identityApi.getBackstageIdentity(),
      ...[
        llmAccessUsePermission,
        llmRequestApprovePermission,
        llmAccessReadAllPermission,
        llmAccessManageAllPermission,
      ].map(permission => permissionApi.authorize({ permission })),
    ]);
    const [use, approve, seeAll, manageAll] = decisions.map(
      ({ result }) => result === AuthorizeResult.ALLOW,
    );
    return { ...identity, may: { use, approve, seeAll, manageAll } };
  }, [identityApi, permissionApi]);
  const owned: LiveResource<
    Pick<Standing, 'tenants' | 'judge' | 'isBlocked'> & { owners: string[] }
  > = useLiveResource({
    key: 'standing',
    pollMs: POLL_MS,
    load: async (_previous, signal) => {
      const [tenants, models] = await Promise.all([
        accessApi.listTenants(signal),
        llmApi.listModels({ limit: 1 }, signal),
      ]);
      return {
        tenants: tenants.items,
        judge: tenants.judge,
        isBlocked: tenants.isBlocked,
        owners: models.owners ?? [],
      };
    },
  });
  const error = person.error ?? (owned.value ? undefined : owned.error);
  if (error || !person.value || !owned.value) {
    return { error, retry: owned.refresh };
  }
  const { userEntityRef, ownershipEntityRefs, may } = person.value;
  const { tenants, judge, isBlocked, owners } = owned.value;
  return {
    retry: owned.refresh,
    standing: {
      me: userEntityRef,
      tenants,
      judge,
      isBlocked,
      may,
      ownsModel: owners.some(ref => ownershipEntityRefs.includes(ref)),
      ownershipEntityRefs,
    },
  };
}
