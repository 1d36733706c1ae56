import { useApi } from '@backstage/frontend-plugin-api';
import { AccessApi, accessApiRef } from '../api';
import { useNow } from '../format';
import { useLiveResource } from '../live';
import { pagesOf, Standing } from '../standing';
import { Task, TaskLists, tasksOf } from './tasksOf';

const POLL_MS = 60_000;
/** So many of a kind are looked at. */
const MOST = 500;

/** What waits for her; nothing before it is known. */
export function useTasks(standing: Standing | undefined): {
  tasks?: Task[];
  error?: Error;
} {
  const api = useApi(accessApiRef);
  const now = useNow(60_000);
  const lists = useLiveResource<TaskLists>({
    key: `tasks ${JSON.stringify(
      standing && [pagesOf(standing), standing.may],
    )}`,
    pollMs: POLL_MS,
    load: async (_previous, signal) =>
      standing ? readLists(api, standing, signal) : {},
  });
  return {
    tasks: lists.value && standing && tasksOf(lists.value, now),
    error: lists.value ? undefined : lists.error,
  };
}

/** Asks for those lists only that she can open. */
async function readLists(
  api: AccessApi,
  standing: Standing,
  signal: AbortSignal,
): Promise<TaskLists> {
  const { may } = standing;
  const pages = pagesOf(standing);
  const confirms = pages.people && may.approve;
  const [toDecide, due, requests, grants, keys] = await Promise.all([
    pages.approvals
      ? api.listRequests({ scope: 'to-decide', limit: MOST }, signal)
      : undefined,
    confirms
      ? api.listGrants(
          { scope: may.manageAll ? 'all' : 'owned', due: true, limit: MOST },
          signal,
        )
      : undefined,
    pages.access
      ? api.listRequests(
          { scope: 'mine', state: 'pending', limit: MOST },
          signal,
        )
      : undefined,
    pages.access
      ? api.listGrants({ scope: 'mine', state: 'active', limit: MOST }, signal)
      : undefined,
    pages.access
      ? api.listKeys({ scope: 'mine', state: 'active', limit: MOST }, signal)
      : undefined,
  ]);
  return { toDecide, due, requests, grants, keys };
}
