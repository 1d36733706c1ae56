import { equalJson, isObject, objectAt } from '../api/json';
import {
  FieldError,
  JsonObject,
  PrinterColumn,
  ServedKind,
  Subresource,
  WriteContext,
} from '../api/seams';
import { StoredObject } from '../types';
import { ageOf } from './printing';
import { decodeObject } from './types/decode';
import { mergeSchemaOf } from './types/mergeSchemaOf';
import { zeroValueOf } from './types/zeroValue';

/** A column and how its cell is made. */
export interface Column {
  name: string;
  /** Default `string`. */
  type?: string;
  /** Shown only with `-o wide`. */
  wide?: boolean;
  cell(object: StoredObject, nowMs: number): unknown;
}

/** A built-in kind, as its file writes it down. Everything left out is what most kinds have. */
export interface BuiltinKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  /** Name of its struct in `types/`, when it is not the kind. */
  struct?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  clusterScoped?: boolean;
  /** Default: all. */
  verbs?: readonly string[];
  /** Beside `status`, which comes with `status: true`, and `scale`. */
  subresources?: readonly Subresource[];
  /** Has a status of its own endpoint. */
  status?: boolean;
  /** Has the `scale` subresource, on `spec.replicas`. */
  scale?: boolean;
  /** The server counts changes of the spec in `metadata.generation`. */
  generation?: boolean;
  deleteReturnsObject?: boolean;
  createByPut?: boolean;
  checkName?(name: string): string | undefined;
  storedAs?: ServedKind['storedAs'];

  /** Defaulting of the versioned type: everything that comes back without being sent. */
  default?(draft: JsonObject): void;
  /** What the strategy and admission of this kind do on create, after status is dropped. */
  create?(draft: JsonObject, context: WriteContext): void;
  /** The same on update, after status or spec is restored. */
  update?(draft: JsonObject, old: StoredObject, context: WriteContext): void;
  /** Of what is stored, on create and on update. */
  validate?(object: JsonObject, context: WriteContext): FieldError[];
  /** Changes that are refused. */
  validateChange?(
    object: JsonObject,
    old: StoredObject,
    context: WriteContext,
  ): FieldError[];
  warnings?: ServedKind['warnings'];

  fields?: ServedKind['selectableFields'];
  /** Without the name, which comes first; events alone have it elsewhere, so they name it. */
  columns?: readonly Column[];
  nameCell?(object: StoredObject): string;
  /** Further fields that the status endpoint does not let anybody own, e.g. `[['metadata', 'labels']]`. */
  resetByStatus?: readonly (readonly string[])[];
}

const ALL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

const nameColumn = ({ nameCell }: BuiltinKind): Column => ({
  name: 'Name',
  cell: object => nameCell?.(object) ?? object.metadata.name,
});

const STATUS_VERBS = ['get', 'patch', 'update'];

/** The age of an object: the last column of most kinds. */
export const AGE: Column = { name: 'Age', cell: ageOf };

/** Makes what the API server works with out of what a kind's file says. */
export function defineKind(kind: BuiltinKind): ServedKind {
  const struct = kind.struct ?? kind.kind;
  const named = kind.columns?.some(column => column.name === 'Name');
  const own = kind.columns ?? [AGE];
  const columns = named ? own : [nameColumn(kind), ...own];
  const main = kind.status ? [['status']] : [];
  const status = [
    ['spec'],
    ...(kind.resetByStatus ?? [['metadata', 'labels']]),
  ];
  return {
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural: kind.plural,
    singular: kind.kind.toLowerCase(),
    shortNames: kind.shortNames ?? [],
    categories: kind.categories ?? [],
    namespaced: !kind.clusterScoped,
    verbs: kind.verbs ?? ALL_VERBS,
    subresources: subresourcesOf(kind),
    storage: kind.storedAs === undefined,
    deleteReturnsObject: kind.deleteReturnsObject,
    createByPut: kind.createByPut,
    checkName: kind.checkName,
    storedAs: kind.storedAs,
    decode: input => decodeObject(input, kind.kind, kind.version, struct),
    default: draft => kind.default?.(draft),
    prepareCreate: (draft, context) => prepareCreate(kind, draft, context),
    prepareUpdate: (draft, old, context) =>
      prepareUpdate(kind, draft, old, context),
    validateCreate: (object, context) => kind.validate?.(object, context) ?? [],
    validateUpdate: (object, old, context) => [
      ...(kind.validateChange?.(object, old, context) ?? []),
      ...(kind.validate?.(object, context) ?? []),
    ],
    warnings: kind.warnings,
    selectableFields: kind.fields ?? {},
    columns: columns.map(definitionOf),
    cells: (object, nowMs) => columns.map(column => column.cell(object, nowMs)),
    mergeSchema: wholeObject(struct),
    resetFields: subresource => (subresource === 'status' ? status : main),
    strategicMerge: true,
    scale: kind.scale
      ? {
          specReplicasPath: ['spec', 'replicas'],
          statusReplicasPath: ['status', 'replicas'],
        }
      : undefined,
  };
}

function wholeObject(struct: string): ServedKind['mergeSchema'] {
  const schema = mergeSchemaOf(struct);
  return {
    ...schema,
    zero: zeroValueOf(struct),
    fields: {
      apiVersion: { type: 'scalar' },
      kind: { type: 'scalar' },
      metadata: mergeSchemaOf('ObjectMeta'),
      ...schema.fields,
    },
  };
}

function subresourcesOf(kind: BuiltinKind): Subresource[] {
  const list = [...(kind.subresources ?? [])];
  if (kind.status) {
    list.push({ name: 'status', verbs: STATUS_VERBS });
  }
  if (kind.scale) {
    list.push({
      name: 'scale',
      responds: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: STATUS_VERBS,
    });
  }
  return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function prepareCreate(
  kind: BuiltinKind,
  draft: JsonObject,
  context: WriteContext,
): void {
  if (kind.status) {
    delete draft.status;
  }
  if (kind.generation) {
    setMetadata(draft, 'generation', 1);
  }
  kind.create?.(draft, context);
}

function prepareUpdate(
  kind: BuiltinKind,
  draft: JsonObject,
  old: StoredObject,
  context: WriteContext,
): void {
  if (context.subresource === 'status') {
    restoreAllButStatus(draft, old);
  } else {
    if (kind.status) {
      restore(draft, 'status', old.status);
    }
    if (kind.generation) {
      const changed = !equalJson(draft.spec, old.spec);
      const generation = (old.metadata.generation ?? 0) + (changed ? 1 : 0);
      setMetadata(draft, 'generation', generation);
    }
  }
  kind.update?.(draft, old, context);
}

function restoreAllButStatus(draft: JsonObject, old: StoredObject): void {
  for (const field of new Set([...Object.keys(draft), ...Object.keys(old)])) {
    if (field !== 'status' && field !== 'metadata') {
      restore(draft, field, old[field]);
    }
  }
  const metadata = metadataOf(draft);
  const { resourceVersion, uid, managedFields } = metadata;
  for (const field of Object.keys(metadata)) {
    delete metadata[field];
  }
  Object.assign(metadata, old.metadata, {
    resourceVersion,
    uid,
    managedFields,
  });
}

function restore(draft: JsonObject, field: string, value: unknown): void {
  if (value === undefined) {
    delete draft[field];
  } else {
    draft[field] = value;
  }
}

function metadataOf(draft: JsonObject): JsonObject {
  if (!isObject(draft.metadata)) {
    draft.metadata = {};
  }
  return objectAt(draft, 'metadata');
}

/** Sets a field of the draft's metadata. */
export function setMetadata(
  draft: JsonObject,
  field: string,
  value: unknown,
): void {
  metadataOf(draft)[field] = value;
}

function definitionOf(column: Column): PrinterColumn {
  return {
    name: column.name,
    type: column.type ?? 'string',
    format: column.name === 'Name' ? 'name' : '',
    description: '',
    priority: column.wide ? 1 : 0,
  };
}
