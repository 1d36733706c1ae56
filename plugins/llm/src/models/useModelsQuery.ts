import { useCallback, useMemo } from 'react';
import {
  ModelPhase,
  ModelQuery,
  modelPhases,
} from '@slipway/plugin-llm-common';
import { useSearchState } from '../navigation';

/** Columns that the server can sort by. */
export type ModelSort = NonNullable<ModelQuery['sort']>;

const sorts: readonly ModelSort[] = ['name', 'phase', 'age', 'gpus'];

/** Reads a query from the address; what is not understood is left out. */
export function parseQuery(params: URLSearchParams): ModelQuery {
  const access = params.get('access');
  const sort = sorts.find(known => known === params.get('sort'));
  const phases = (params.get('phases') ?? '')
    .split(',')
    .flatMap(value => modelPhases.find(phase => phase === value) ?? []);
  return {
    search: params.get('search') || undefined,
    phases: phases.length > 0 ? phases : undefined,
    access: access === 'open' || access === 'on-request' ? access : undefined,
    owner: params.get('owner') || undefined,
    sort,
    order: params.get('order') === 'desc' ? 'desc' : undefined,
  };
}

/** The query in the address, and how to change it. */
export function useModelsQuery() {
  const [params, setParams] = useSearchState();
  const text = params.toString();
  const query = useMemo(() => parseQuery(new URLSearchParams(text)), [text]);

  const setPhase = useCallback(
    (phase: ModelPhase | undefined) => setParams({ phases: phase }),
    [setParams],
  );
  const toggleSort = useCallback(
    (sort: ModelSort) => {
      const current = query.sort ?? 'name';
      const isSame = current === sort;
      setParams({
        sort: sort === 'name' ? undefined : sort,
        order: isSame && query.order !== 'desc' ? 'desc' : undefined,
      });
    },
    [query.sort, query.order, setParams],
  );
  const clear = useCallback(
    () =>
      setParams({
        search: undefined,
        phases: undefined,
        access: undefined,
        owner: undefined,
      }),
    [setParams],
  );
  return { query, setParams, setPhase, toggleSort, clear };
}
