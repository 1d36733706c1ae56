import { ModelList, ModelQuery } from '@slipway/plugin-llm-common';
import { LlmApi } from '../api';

/** Models asked for at first, and the size of a page while nothing changed. */
export const FIRST_PAGE = 100;
const MAX_PAGE = 500;
/** Rows in sight that are asked for beside the first page; a screen holds fewer. */
const MOST_IN_SIGHT = 100;

/**
 * At least `wanted` rows of a list, page by page. While the server's revision is the one of `previous`, its rows are taken
 * over and only what is missing is asked for: an idle page costs one small answer, however far it is scrolled. The revision
 * tells neither how far downloads are nor what the reader may do now. So the rows down to the last download are those of the fresh
 * answer, and rows below it are asked for by name while they are in sight.
 */
export async function loadRows(options: {
  api: Pick<LlmApi, 'listModels'>;
  query: ModelQuery;
  wanted: number;
  previous?: ModelList;
  /** Uids of the rows that the reader sees. */
  inSight?: readonly string[];
  signal?: AbortSignal;
}): Promise<ModelList> {
  const { api, query, wanted, previous, signal } = options;
  const unknown = wanted - (previous?.items.length ?? 0);
  const first = await api.listModels(
    {
      ...query,
      limit: previous
        ? Math.min(MAX_PAGE, Math.max(FIRST_PAGE, downloadsEnd(previous)))
        : Math.min(MAX_PAGE, Math.max(FIRST_PAGE, unknown)),
    },
    signal,
  );
  const unchanged = previous && previous.revision === first.revision;
  let list: ModelList = unchanged
    ? {
        ...first,
        items: [...first.items, ...previous.items.slice(first.items.length)],
        nextCursor: previous.nextCursor,
      }
    : first;
  if (unchanged) {
    const behind = new Set(
      previous.items.slice(first.items.length).map(({ uid }) => uid),
    );
    const uids = (options.inSight ?? []).filter(uid => behind.has(uid));
    list = await withFreshRows(list, uids.slice(0, MOST_IN_SIGHT), options);
  }
  while (list.items.length < wanted && list.nextCursor) {
    const page = await api.listModels(
      { ...query, limit: MAX_PAGE, cursor: list.nextCursor },
      signal,
    );
    list = {
      ...first,
      items: withoutRepeats([...list.items, ...page.items]),
      nextCursor: page.nextCursor,
    };
  }
  return list;
}

/** The list with some of its rows read anew. One that is gone stays until the revision tells so. */
async function withFreshRows(
  list: ModelList,
  uids: string[],
  { api, signal }: Pick<Parameters<typeof loadRows>[0], 'api' | 'signal'>,
): Promise<ModelList> {
  if (uids.length === 0) {
    return list;
  }
  const { items } = await api.listModels({ uids, limit: uids.length }, signal);
  const fresh = new Map(items.map(item => [item.uid, item]));
  return {
    ...list,
    items: list.items.map(item => fresh.get(item.uid) ?? item),
  };
}

/** How many rows there are down to the last model that downloads. */
function downloadsEnd({ items }: ModelList): number {
  return items.findLastIndex(({ phase }) => phase === 'Downloading') + 1;
}

/** A row that moved between two pages while we asked would come twice. */
function withoutRepeats(items: ModelList['items']): ModelList['items'] {
  return [...new Map(items.map(item => [item.uid, item])).values()];
}
