import { ModelList, ModelQuery } from '@slipway/plugin-llm-common';
import { LlmApi } from '../api';

/** Models asked for at first, and the size of a page while nothing changed. */
export const FIRST_PAGE = 100;
const MAX_PAGE = 500;

/**
 * At least `wanted` rows of a list, page by page. While the server's revision is the one of `previous`, its rows are taken
 * over and only what is missing is asked for: an idle page costs one small answer, however far it is scrolled. The revision
 * does not tell how far downloads are, so the rows down to the last download are those of the fresh answer.
 */
export async function loadRows(options: {
  api: Pick<LlmApi, 'listModels'>;
  query: ModelQuery;
  wanted: number;
  previous?: ModelList;
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

/** How many rows there are down to the last model that downloads. */
function downloadsEnd({ items }: ModelList): number {
  return items.findLastIndex(({ phase }) => phase === 'Downloading') + 1;
}

/** A row that moved between two pages while we asked would come twice. */
function withoutRepeats(items: ModelList['items']): ModelList['items'] {
  return [...new Map(items.map(item => [item.uid, item])).values()];
}
