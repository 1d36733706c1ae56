import {
  IdentityApi,
  identityApiRef,
  useApi,
} from '@backstage/frontend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  PermissionApi,
  permissionApiRef,
} from '@backstage/plugin-permission-react';
import {
  llmAccessManageAllPermission,
  llmAccessReadAllPermission,
  llmAccessUsePermission,
  llmRequestApprovePermission,
} from '@slipway/plugin-llm-common';
import { accessApiRef, llmApiRef } from '../api';
import { useLiveResource } from '../live';
import { Standing } from './pagesOf';

const POLL_MS = 60_000;

/** What the identity and the permission policy say of her. */
interface Person extends Pick<Standing, 'me' | 'may' | 'ownershipEntityRefs'> {
  /** Milliseconds since the epoch. */
  readAt: number;
}

interface Known {
  person: Person;
  standing: Standing;
}

/** Who she is, what she may do and what she owns; nothing until all of it is known. What fails is asked again, as everywhere. */
export function useStanding(): {
  standing?: Standing;
  error?: Error;
  retry(): void;
} {
  const identityApi = useApi(identityApiRef);
  const accessApi = useApi(accessApiRef);
  const llmApi = useApi(llmApiRef);
  const permissionApi = useApi(permissionApiRef);
  const { value, error, retry } = useLiveResource<Known>({
    key: 'standing',
    pollMs: POLL_MS,
    load: async (previous, signal) => {
      const [person, tenants, models] = await Promise.all([
        // However often tenants and models change: these don't change with them.
        previous && Date.now() - previous.person.readAt < POLL_MS
          ? previous.person
          : readPerson(identityApi, permissionApi),
        accessApi.listTenants(signal),
        llmApi.listModels({ limit: 1 }, signal),
      ]);
      const { me, may, ownershipEntityRefs } = person;
      return {
        person,
        standing: {
          me,
          tenants: tenants.items,
          judge: tenants.judge,
          isBlocked: tenants.isBlocked,
          may,
          ownsModel: (models.owners ?? []).some(ref =>
            ownershipEntityRefs.includes(ref),
          ),
          ownershipEntityRefs,
        },
      };
    },
  });
  return {
    standing: value?.standing,
    error: value ? undefined : error,
    retry,
  };
}

async function readPerson(
  identityApi: IdentityApi,
  permissionApi: PermissionApi,
): Promise<Person> {
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
  return {
    me: identity.userEntityRef,
    ownershipEntityRefs: identity.ownershipEntityRefs,
    may: { use, approve, seeAll, manageAll },
    readAt: Date.now(),
  };
}
