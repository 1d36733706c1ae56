import { createHash } from 'node:crypto';
import { InputError } from '@backstage/errors';
import {
  ModelList,
  ModelPhase,
  ModelQuery,
  ModelSummary,
  modelPhases,
} from '@slipway/plugin-llm-common';

const DEFAULT_PAGE_SIZE = 100;

type SortKey = string | number;

function sortKey(model: ModelSummary, sort: ModelQuery['sort']): SortKey {
  switch (sort) {
    case 'phase':
      return modelPhases.indexOf(model.phase);
    case 'age':
      return model.createdAt;
    case 'gpus':
      return model.gpus.total;
    default:
      return model.name;
  }
}

function compareKeys(a: SortKey, b: SortKey): number {
  if (a < b) {
    return -1;
  }
  return a > b ? 1 : 0;
}

/** By the sort key, then by name, namespace and uid, so that the order is total and pages neither repeat nor skip. */
function compareModels(query: ModelQuery) {
  const sign = query.order === 'desc' ? -1 : 1;
  return (a: ModelSummary, b: ModelSummary) =>
    sign * compareKeys(sortKey(a, query.sort), sortKey(b, query.sort)) ||
    compareKeys(a.name, b.name) ||
    compareKeys(a.namespace, b.namespace) ||
    compareKeys(a.uid, b.uid);
}

function matches(
  model: ModelSummary,
  query: ModelQuery,
  isRefused: Asking['isRefused'],
): boolean {
  if (query.access && model.access !== query.access) {
    return false;
  }
  if (query.access === 'open' && isRefused(model)) {
    return false;
  }
  if (query.owner && model.owner !== query.owner) {
    return false;
  }
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return true;
  }
  const text = `${model.name} ${model.modelId} ${
    model.owner ?? ''
  }`.toLowerCase();
  return words.every(word => text.includes(word));
}

/**
 * A cursor holds where the page ended and whom and what it was made for. It opens no door: every page is filtered for the
 * caller anew.
 */
interface Cursor {
  /** Hash of the caller and the query. */
  for: string;
  after: Pick<ModelSummary, 'uid' | 'name' | 'namespace'> & { key: SortKey };
}

function audience(callerRef: string, query: ModelQuery): string {
  const { cursor: _cursor, limit: _limit, ...rest } = query;
  return createHash('sha256')
    .update(JSON.stringify([callerRef, Object.entries(rest).sort()]))
    .digest('base64url')
    .slice(0, 22);
}

function readCursor(text: string, expected: string): Cursor['after'] {
  let cursor: Partial<Cursor> | undefined;
  try {
    cursor = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    cursor = undefined;
  }
  const after = cursor?.after;
  if (
    cursor?.for !== expected ||
    typeof after?.uid !== 'string' ||
    typeof after.name !== 'string' ||
    typeof after.namespace !== 'string' ||
    !['string', 'number'].includes(typeof after.key)
  ) {
    throw new InputError(
      'cursor: is not from this list. Leave it out to start at the first page.',
    );
  }
  return after;
}

function countPhases(models: ModelSummary[]): Record<ModelPhase, number> {
  const counts: Record<ModelPhase, number> = {
    Pending: 0,
    Downloading: 0,
    Starting: 0,
    Ready: 0,
    Degraded: 0,
    Error: 0,
  };
  for (const model of models) {
    counts[model.phase] += 1;
  }
  return counts;
}

/** Index of the first model behind the cursor, by binary search; also right when the model at the cursor is gone. */
function startAfter(
  models: ModelSummary[],
  after: Cursor['after'],
  query: ModelQuery,
): number {
  const sign = query.order === 'desc' ? -1 : 1;
  const isBehind = (model: ModelSummary) =>
    (sign * compareKeys(sortKey(model, query.sort), after.key) ||
      compareKeys(model.name, after.name) ||
      compareKeys(model.namespace, after.namespace) ||
      compareKeys(model.uid, after.uid)) > 0;
  let low = 0;
  let high = models.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBehind(models[middle])) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** Who asks for a list. */
export interface Asking {
  /** Entity ref; cursors are bound to it. */
  callerRef: string;
  /** Whether no call of hers to a model gets through, whatever she holds: then it is open to nobody, or not to her. */
  isRefused(model: ModelSummary): boolean;
}

/**
 * One page of the models that a caller may see.
 *
 * @param visible - the models that the caller may see, and no others
 * @throws InputError when the cursor is not one of this list
 */
export function queryModels(
  visible: ModelSummary[],
  query: ModelQuery,
  { callerRef, isRefused }: Asking,
): Pick<
  ModelList,
  | 'items'
  | 'totalItems'
  | 'refusedItems'
  | 'phaseCounts'
  | 'owners'
  | 'nextCursor'
> {
  const uids = query.uids && new Set(query.uids);
  const matching = visible.filter(
    model => (!uids || uids.has(model.uid)) && matches(model, query, isRefused),
  );
  const inPhase = query.phases?.length
    ? matching.filter(model => query.phases?.includes(model.phase))
    : matching;
  inPhase.sort(compareModels(query));

  const madeFor = audience(callerRef, query);
  const start = query.cursor
    ? startAfter(inPhase, readCursor(query.cursor, madeFor), query)
    : 0;
  const limit = query.limit ?? DEFAULT_PAGE_SIZE;
  const items = inPhase.slice(start, start + limit);
  const last = items[items.length - 1];
  const cursor: Cursor | undefined =
    last && start + limit < inPhase.length
      ? {
          for: madeFor,
          after: {
            uid: last.uid,
            name: last.name,
            namespace: last.namespace,
            key: sortKey(last, query.sort),
          },
        }
      : undefined;
  return {
    items,
    totalItems: inPhase.length,
    refusedItems: inPhase.filter(isRefused).length,
    phaseCounts: countPhases(matching),
    owners: [...new Set(visible.flatMap(({ owner }) => owner ?? []))].sort(),
    nextCursor:
      cursor && Buffer.from(JSON.stringify(cursor)).toString('base64url'),
  };
}
