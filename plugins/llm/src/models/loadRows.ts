import {
  ModelList,
  ModelQuery,
  ModelSummary,
} from '@slipway/plugin-llm-common';
import { LlmApi } from '../api';

/** Models asked for at first, and the size of a page while nothing changed. */
export const FIRST_PAGE = 100;
const MAX_PAGE = 500;
/** Rows that are asked for by name at a time; a screen holds fewer. */
const MOST_BY_NAME = 100;

interface LoadOptions {
  api: Pick<LlmApi, 'listModels'>;
  query: ModelQuery;
  wanted: number;
  previous?: LoadedModels;
  /** Uids of the rows that the reader sees. */
  inSight?: readonly string[];
  /** The rows that are shown. */
  shown?: readonly ModelSummary[];
  signal?: AbortSignal;
}

/** What was read of a list. */
export interface LoadedModels extends ModelList {
  /** Rows that are shown and are still there, but below those that were read. */
  further: ModelSummary[];
}

/**
 * At least `wanted` rows of a list, page by page. While the server's revision is the one of `previous`, its rows are taken
 * over and only what is missing is asked for: an idle page costs one small answer, however far it is scrolled. The revision
 * tells neither how far downloads are nor what the reader may do now. So the rows down to the last download are those of the fresh
 * answer, and rows below it are asked for by name while they are in sight. So are rows that are shown and did not come: they may have
 * gone further down, or be gone.
 */
export async function loadRows(options: LoadOptions): Promise<LoadedModels> {
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
    list = await withFreshRows(list, uids.slice(0, MOST_BY_NAME), options);
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
  return { ...list, further: await readFurther(list, options) };
}

/** The rows that are shown, did not come and are still there. Beyond the first hundred, those in sight first, they are taken for granted. */
async function readFurther(
  list: ModelList,
  { api, query, shown = [], inSight = [], signal }: LoadOptions,
): Promise<ModelSummary[]> {
  const read = new Set(list.items.map(({ uid }) => uid));
  const missing = shown.filter(({ uid }) => !read.has(uid));
  if (missing.length === 0 || !list.nextCursor) {
    return [];
  }
  const seen = new Set(inSight);
  const ordered = [
    ...missing.filter(({ uid }) => seen.has(uid)),
    ...missing.filter(({ uid }) => !seen.has(uid)),
  ];
  const uids = ordered.slice(0, MOST_BY_NAME).map(({ uid }) => uid);
  const { items } = await api.listModels(
    { ...query, uids, limit: uids.length },
    signal,
  );
  return [...items, ...ordered.slice(MOST_BY_NAME)];
}

/** The list with some of its rows read anew. One that is gone stays until the revision tells so. */
async function withFreshRows(
  list: ModelList,
  uids: string[],
  { api, signal }: LoadOptions,
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
