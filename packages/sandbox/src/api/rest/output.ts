import { ApiFailure, StoredObject } from '../../types';
import { jsonOf } from '../json';
import { apiVersionOf, isCustom } from '../registry';
import { JsonObject, ServedKind } from '../seams';

/** How the answer is to look. */
export interface Output {
  as: 'object' | 'table' | 'metadata';
  /** Objects in table rows. */
  include: 'None' | 'Metadata' | 'Object';
  yaml: boolean;
}

const ACCEPTED =
  'application/json, application/yaml, application/vnd.kubernetes.protobuf';

const JSON_TYPES = ['application/json', 'application/*', '*/*'];

const notAcceptable = (): ApiFailure =>
  new ApiFailure(
    406,
    'NotAcceptable',
    `406: Not Acceptable\n\nAvailable representations: ${ACCEPTED}`,
    {},
  );

/** 406 of a list that was asked for as a single object. */
function listAskedAsObject(kind: ServedKind): ApiFailure {
  const type = isCustom(kind)
    ? 'unstructured.UnstructuredList'
    : `${kind.group.split('.')[0] || 'core'}.${kind.listKind}`;
  return new ApiFailure(
    406,
    'NotAcceptable',
    `you requested PartialObjectMetadata, but the requested object is a list (*${type})`,
  );
}

/** The parameters of one clause of an `Accept` header. */
function parametersOf(parts: readonly string[]): Map<string, string> {
  return new Map(
    parts.map(part => {
      const [name, value = ''] = part.split('=');
      return [name, value];
    }),
  );
}

/**
 * Chooses the form of the answer from the `Accept` header, first match wins. `listOf` is the kind when the answer is a list.
 * @throws ApiFailure 406
 */
export function negotiate(
  accept: string | undefined,
  query: URLSearchParams,
  listOf: ServedKind | false,
): Output {
  const wanted = query.get('includeObject');
  const include =
    wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
  if (!accept || accept === 'application/json' || accept === '*/*') {
    return { as: 'object', include, yaml: false };
  }
  const metadataKind = listOf
    ? 'PartialObjectMetadataList'
    : 'PartialObjectMetadata';
  let asksObject = false;
  for (const clause of accept.split(',')) {
    const [type, ...rest] = clause.split(';').map(part => part.trim());
    const yaml = type === 'application/yaml';
    if (!yaml && !JSON_TYPES.includes(type)) continue;
    const parameters = parametersOf(rest);
    const as = parameters.get('as');
    if (!as) return { as: 'object', include, yaml };
    if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1')
      continue;
    if (as === 'Table') return { as: 'table', include, yaml };
    if (as === metadataKind) return { as: 'metadata', include, yaml };
    asksObject ||= as === 'PartialObjectMetadata';
  }
  throw asksObject && listOf ? listAskedAsObject(listOf) : notAcceptable();
}

const partial = (object: StoredObject): JsonObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

function rowObject(
  object: StoredObject,
  include: Output['include'],
): JsonObject | null {
  if (include === 'None') return null;
  return include === 'Object' ? object : partial(object);
}

function table(
  kind: ServedKind,
  objects: readonly StoredObject[],
  output: Output,
  metadata: JsonObject,
  withColumns: boolean,
  nowMs: number,
): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? kind.columns : null,
    rows: objects.map(object => ({
      cells: kind.cells(object, nowMs),
      object: rowObject(object, output.include),
    })),
  };
}

/** An object that was not stored (dry run) has no resourceVersion. */
function objectJson(object: StoredObject): string {
  if (object.metadata.resourceVersion !== '') return jsonOf(object);
  const { resourceVersion: _none, ...metadata } = object.metadata;
  return JSON.stringify({ ...object, metadata });
}

/** JSON of one object in the asked form. `withColumns` is false for all but the first event of a watch of tables. */
export function renderObject(
  kind: ServedKind,
  object: StoredObject,
  output: Output,
  nowMs: number,
  withColumns = true,
): string {
  if (output.as === 'object') return objectJson(object);
  if (output.as === 'metadata') return JSON.stringify(partial(object));
  const { resourceVersion } = object.metadata;
  return JSON.stringify(
    table(kind, [object], output, { resourceVersion }, withColumns, nowMs),
  );
}

/** JSON of a list in the asked form. */
export function renderList(
  kind: ServedKind,
  objects: readonly StoredObject[],
  metadata: JsonObject,
  output: Output,
  nowMs: number,
): string {
  if (output.as === 'table') {
    return JSON.stringify(table(kind, objects, output, metadata, true, nowMs));
  }
  if (output.as === 'metadata') {
    return JSON.stringify({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: objects.map(partial),
    });
  }
  const head = JSON.stringify({
    kind: kind.listKind,
    apiVersion: apiVersionOf(kind),
    metadata,
  });
  const items = objects.map(object => itemJson(kind, object)).join(',');
  return `${head.slice(0, -1)},"items":[${items}]}`;
}

/** Items of built-in lists carry no kind and apiVersion, those of custom resources do. */
function itemJson(kind: ServedKind, object: StoredObject): string {
  const text = jsonOf(object);
  if (isCustom(kind)) return text;
  const head = `{"kind":${JSON.stringify(
    object.kind,
  )},"apiVersion":${JSON.stringify(object.apiVersion)},`;
  return text.startsWith(head) ? `{${text.slice(head.length)}` : text;
}
