import { useCallback, useRef } from 'react';
import { AccessPage } from '@slipway/plugin-llm-common';
import { LiveResource, useLiveResource } from './useLiveResource';

const STEP = 100;
const MAX_PAGE = 500;

/** A list by cursor, kept fresh as far as the reader went. */
export interface LivePages<T> {
  resource: LiveResource<AccessPage<T>>;
  items?: T[];
  hasMore: boolean;
  loadMore(): void;
}

/**
 * Rows of a list, newest first, as many as were asked for. A new `key` starts anew.
 *
 * @param options - `ask` gets one page; cursors are bound to the query and come from the page before
 */
export function useLivePages<T>(options: {
  key: string;
  ask(
    page: { limit: number; cursor?: string },
    signal: AbortSignal,
  ): Promise<AccessPage<T>>;
}): LivePages<T> {
  const { key, ask } = options;
  const wanted = useRef({ key, count: STEP });
  if (wanted.current.key !== key) {
    wanted.current = { key, count: STEP };
  }
  const resource = useLiveResource<AccessPage<T>>({
    key,
    load: (_previous, signal) => loadPages(ask, wanted.current.count, signal),
  });
  const { refresh } = resource;
  const loadMore = useCallback(() => {
    wanted.current.count += STEP;
    refresh();
  }, [refresh]);
  return {
    resource,
    items: resource.value?.items,
    hasMore: Boolean(resource.value?.nextCursor),
    loadMore,
  };
}

async function loadPages<T>(
  ask: (
    page: { limit: number; cursor?: string },
    signal: AbortSignal,
  ) => Promise<AccessPage<T>>,
  wanted: number,
  signal: AbortSignal,
): Promise<AccessPage<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(MAX_PAGE, wanted - items.length);
    const page = await ask({ limit, cursor }, signal);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor && items.length < wanted);
  return { items, nextCursor: cursor };
}
