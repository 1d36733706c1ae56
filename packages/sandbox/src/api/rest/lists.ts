import { ApiFailure, StoredObject } from '../../types';
import { badRequest, expired, invalid } from '../failures';
import { isObject } from '../json';
import { inVersion, storageOf } from '../registry';
import { FieldError, JsonObject, ServedKind } from '../seams';
import { Predicate, selection } from '../selectors';
import { Store } from '../store';

/** A page of a list. */
export interface Page {
  items: StoredObject[];
  metadata: JsonObject;
}

const forbiddenOption = (field: string, why: string): FieldError => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});

/**
 * Checks the options of a list or watch against each other.
 * @throws ApiFailure 422, 400 or 500 as the real server words it
 */
export function checkListOptions(query: URLSearchParams, watch: boolean): void {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.get('sendInitialEvents');
  const errors: FieldError[] = [];
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(
        match,
      )}: supported values: "Exact", "NotOlderThan", ""`,
      field: 'resourceVersionMatch',
    });
  } else if (watch) errors.push(...watchOptionErrors(match, initial, query));
  else {
    if (match !== '' && version === '') {
      const why =
        'resourceVersionMatch is forbidden unless resourceVersion is provided';
      errors.push(forbiddenOption('resourceVersionMatch', why));
    }
    if (match === 'Exact' && version === '0') {
      const why =
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
      errors.push(forbiddenOption('resourceVersionMatch', why));
    }
    if (initial !== null) {
      errors.push(
        forbiddenOption(
          'sendInitialEvents',
          'sendInitialEvents is forbidden for list',
        ),
      );
    }
  }
  if (errors.length > 0) {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  }
  if (version !== '' && !/^\d+$/.test(version)) {
    const why = `strconv.ParseUint: parsing ${JSON.stringify(
      version,
    )}: invalid syntax`;
    if (watch) throw new ApiFailure(500, '', why);
    throw badRequest(`Invalid value: ${JSON.stringify(version)}: ${why}`);
  }
}

function watchOptionErrors(
  match: string,
  initial: string | null,
  query: URLSearchParams,
): FieldError[] {
  if (initial === null) {
    if (match === '') return [];
    const why =
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    return [forbiddenOption('resourceVersionMatch', why)];
  }
  const errors: FieldError[] = [];
  if (match !== 'NotOlderThan') {
    const why =
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    errors.push(forbiddenOption('resourceVersionMatch', why));
  }
  if (initial === 'true' && query.get('allowWatchBookmarks') === null) {
    const why =
      'sendInitialEvents requires setting allowWatchBookmarks to true';
    errors.push(forbiddenOption('allowWatchBookmarks', why));
  }
  return errors;
}

/** 504: the client has seen a version that this server has not. */
export const tooLargeVersion = (wanted: string, current: number): ApiFailure =>
  new ApiFailure(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    {
      causes: [
        {
          reason: 'ResourceVersionTooLarge',
          message: 'Too large resource version',
        },
      ],
      retryAfterSeconds: 1,
    },
    { 'Retry-After': '1' },
  );

interface Cursor {
  revision: number;
  /** Key to go on after. */
  after: string;
}

const cursorText = (cursor: Cursor): string =>
  Buffer.from(
    JSON.stringify({
      v: 'meta.k8s.io/v1',
      rv: cursor.revision,
      start: `${cursor.after}\u0000`,
    }),
  ).toString('base64url');

function readCursor(text: string): Cursor {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (error) {
    throw badRequest(
      `invalid continue token: ${
        error instanceof Error ? error.message : String(error)
      }`,
    );
  }
  if (
    !isObject(value) ||
    value.v !== 'meta.k8s.io/v1' ||
    typeof value.start !== 'string'
  ) {
    throw badRequest(
      'invalid continue token: continue key is not valid: unknown version or start',
    );
  }
  return {
    revision: Number(value.rv),
    after: value.start.split('\u0000')[0],
  };
}

const pageKey = (object: StoredObject, namespaced: boolean): string =>
  namespaced
    ? object.metadata.name
    : `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

const TOO_OLD_TOKEN =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Failure of a list whose metadata offers a token that goes on without consistency. */
export class ExpiredToken extends ApiFailure {
  readonly next: string;
  constructor(next: string) {
    super(410, 'Expired', TOO_OLD_TOKEN);
    this.next = next;
  }
}

/**
 * One page of a list, at the revision that the query asks for.
 * @throws ApiFailure 400, 410, 422 or 504
 */
export function listPage(
  store: Store,
  kind: ServedKind,
  namespace: string | undefined,
  query: URLSearchParams,
): Page {
  const id = storageOf(kind);
  const version = query.get('resourceVersion') ?? '';
  const token = query.get('continue') ?? '';
  const limit = Math.max(0, Number(query.get('limit') ?? 0) || 0);
  if (token && version && version !== '0') {
    throw badRequest(
      'specifying resource version is not allowed when using continue',
    );
  }
  const selected = selection(query, kind);
  const cursor = token ? readCursor(token) : undefined;
  let revision = store.revision;
  if (cursor && cursor.revision > 0) revision = cursor.revision;
  else if (version !== '' && query.get('resourceVersionMatch') === 'Exact')
    revision = Number(version);
  if (revision > store.revision) throw tooLargeVersion(version, store.revision);
  const all = store.listAt(id, revision, namespace);
  if (!all) {
    if (!cursor)
      throw expired('The resourceVersion for the provided list is too old.');
    throw new ExpiredToken(cursorText({ revision: -1, after: cursor.after }));
  }
  return cut(all, {
    kind,
    namespaced: namespace !== undefined,
    revision,
    cursor,
    limit,
    selected,
  });
}

interface Cut {
  kind: ServedKind;
  namespaced: boolean;
  revision: number;
  cursor?: Cursor;
  limit: number;
  selected?: Predicate;
}

function cut(all: readonly StoredObject[], options: Cut): Page {
  const { kind, namespaced, revision, cursor, limit, selected } = options;
  let start = 0;
  if (cursor) {
    start = all.findIndex(object => pageKey(object, namespaced) > cursor.after);
    if (start < 0) start = all.length;
  }
  const metadata: JsonObject = { resourceVersion: String(revision) };
  const items: StoredObject[] = [];
  for (let i = start; i < all.length; i++) {
    const object = inVersion(all[i], kind);
    if (selected && !selected(object)) continue;
    if (limit > 0 && items.length === limit) {
      const last = items[items.length - 1];
      metadata.continue = cursorText({
        revision,
        after: pageKey(last, namespaced),
      });
      if (!selected) metadata.remainingItemCount = all.length - i;
      break;
    }
    items.push(object);
  }
  return { items, metadata };
}
