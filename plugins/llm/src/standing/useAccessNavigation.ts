import { useApi } from '@backstage/frontend-plugin-api';
import { accessApiRef } from '../api';
import { useLiveResource } from '../live';
import { pagesOf } from './pagesOf';
import { useStanding } from './useStanding';

const MOST = 99;
const POLL_MS = 30_000;

/** What a navigation says about the plugin's pages: by the name of the page's extension. */
export interface PageNotice {
  /** Whether the person can open it. */
  shown: boolean;
  /** How many things in it wait for her; absent where nothing waits. */
  waiting?: { count: number; more: boolean };
}

/**
 * For the app's sidebar: which of the pages `access` and `approvals` the person can open, and how many requests wait for her. Nothing is
 * shown before it is known.
 */
export function useAccessNavigation(): Record<
  'access' | 'approvals',
  PageNotice
> {
  const { standing } = useStanding();
  const pages = standing && pagesOf(standing);
  const decides = Boolean(pages?.approvals);
  const api = useApi(accessApiRef);
  const waiting = useLiveResource<{ count: number; more: boolean }>({
    key: `waiting ${decides}`,
    pollMs: POLL_MS,
    load: async (_previous, signal) => {
      if (!decides) {
        return { count: 0, more: false };
      }
      const page = await api.listRequests(
        { scope: 'to-decide', limit: MOST },
        signal,
      );
      return { count: page.items.length, more: Boolean(page.nextCursor) };
    },
  });
  return {
    access: { shown: Boolean(pages?.access) },
    approvals: {
      shown: decides,
      waiting: waiting.value?.count ? waiting.value : undefined,
    },
  };
}
