import {
  MutableRefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useApi } from '@backstage/frontend-plugin-api';
import {
  ModelList,
  ModelQuery,
  ModelSummary,
} from '@slipway/plugin-llm-common';
import { llmApiRef } from '../api';
import { LiveResource, useLiveResource } from '../live';
import { FIRST_PAGE, LoadedModels, loadRows } from './loadRows';
import { settleRows } from './settleRows';

/** A row that was read longer ago is asked for again when it comes into sight. */
const OLD_MS = 10_000;
/** So long after the last scrolling. */
const HOLDS_STILL_MS = 300;

/** The rows that are shown, and for which query. */
interface Shown {
  key: string;
  rows: ModelSummary[];
}

/** The Models page's data. */
export interface Models {
  resource: LiveResource<ModelList>;
  /** The last answer, of the query before while the first for this one is under way. */
  list?: ModelList;
  /** `list` answers the query before. */
  isOutdated: boolean;
  rows: ModelSummary[];
  /** Places that would change if {@link Models.showChanges} were called. */
  pending: number;
  showChanges(): void;
  /** Asks for the next rows; does nothing while all are there. */
  loadMore(): void;
  /** Says which rows the reader sees: they are kept fresh, and asked for soon if they were read long ago. */
  see(rows: ModelSummary[]): void;
}

/** Models for a query, kept fresh, in an order that holds still. */
export function useModels(query: ModelQuery): Models {
  const api = useApi(llmApiRef);
  const key = JSON.stringify(query);
  const wanted = useRef({ key, count: FIRST_PAGE });
  if (wanted.current.key !== key) {
    wanted.current = { key, count: FIRST_PAGE };
  }

  const inSight = useRef<ModelSummary[]>([]);
  const [readAt] = useState(() => new WeakMap<ModelSummary, number>());
  const shown = useRef<Shown>();
  const resource = useLiveResource<LoadedModels>({
    key,
    followsModels: true,
    load: async (previous, signal) => {
      const seen = inSight.current;
      const loaded = await loadRows({
        api,
        query,
        wanted: wanted.current.count,
        previous,
        inSight: seen.map(({ uid }) => uid),
        shown: shown.current?.key === key ? shown.current.rows : [],
        signal,
      });
      // Rows that were taken over keep their time; those in sight were asked for, whether or not they came.
      const fresh = loaded.items.filter(row => !readAt.has(row));
      for (const row of [...fresh, ...seen]) {
        readAt.set(row, Date.now());
      }
      return loaded;
    },
    versionOf: list => `${list.revision} ${list.items.length}`,
  });

  const last = useRef<LoadedModels>();
  useEffect(() => {
    last.current =
      resource.value ?? (resource.error ? undefined : last.current);
  }, [resource.value, resource.error]);
  const isOutdated = resource.isLoading && last.current !== undefined;
  const list = resource.value ?? (isOutdated ? last.current : undefined);

  const settled = useSettledRows(shown, resource.value ? key : undefined, list);

  const { refresh } = resource;
  const loaded = resource.value?.items.length ?? 0;
  const hasMore = Boolean(resource.value?.nextCursor);
  const loadMore = useCallback(() => {
    if (hasMore && wanted.current.count <= loaded) {
      wanted.current.count = loaded + FIRST_PAGE;
      refresh();
    }
  }, [hasMore, loaded, refresh]);

  const see = useSight(inSight, readAt, refresh);

  return { resource, list, isOutdated, ...settled, loadMore, see };
}

/** Notes the rows in sight; once they hold still, asks again if one of them was read long ago. */
function useSight(
  inSight: MutableRefObject<ModelSummary[]>,
  readAt: WeakMap<ModelSummary, number>,
  refresh: () => void,
) {
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (rows: ModelSummary[]) => {
      inSight.current = rows;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const oldest = Date.now() - OLD_MS;
        if (rows.some(row => (readAt.get(row) ?? Infinity) < oldest)) {
          refresh();
        }
      }, HOLDS_STILL_MS);
    },
    [inSight, readAt, refresh],
  );
}

/** Rows in the order in which this reader saw them first, until `showChanges`. */
function useSettledRows(
  shown: MutableRefObject<Shown | undefined>,
  key: string | undefined,
  list: LoadedModels | undefined,
) {
  const [asked, setAsked] = useState(0);
  const settled = useMemo(() => {
    const fresh = list?.items ?? [];
    const before = shown.current;
    return before && before.key === key
      ? settleRows(before.rows, fresh, list?.further ?? [])
      : { rows: fresh, pending: 0 };
    // `asked` is a dependency: the reader wants the new order.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shown, key, list, asked]);
  useEffect(() => {
    shown.current = key === undefined ? undefined : { key, rows: settled.rows };
  }, [shown, key, settled]);
  const showChanges = useCallback(() => {
    shown.current = undefined;
    setAsked(count => count + 1);
  }, [shown]);
  return { ...settled, showChanges };
}
