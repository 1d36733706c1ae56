import { StoredObject } from '../types';

/*
 * What the API server asks of its two libraries:
 *
 *   src/apply    patches and field ownership                exports PatchLibrary's functions by name
 *   src/builtin  built-in kinds as data and pure functions  exports `builtinKinds: readonly ServedKind[]`
 *   src/schema   CRDs and their schemas                     exports CrdLibrary's functions by name
 *
 * All of it is pure and synchronous. "Draft" means: the callee may change it in place; everything else must not be touched.
 * Failures of a whole request are thrown as `ApiFailure` with the real server's code, reason, message and details.
 */

/** A JSON object whose schema is not known here. */
export type JsonObject = { [field: string]: unknown };

/**
 * One field error, as it becomes an element of `Status.details.causes`. The API server joins them to
 * `Kind.group "name" is invalid: field: message` (in brackets when there are several).
 */
export interface FieldError {
  /** e.g. `FieldValueInvalid`, `FieldValueRequired`, `FieldValueNotSupported`, `FieldValueForbidden`, `FieldValueDuplicate`. */
  reason: string;
  /** Without the field: `Invalid value: 0: must be greater than zero`. */
  message: string;
  /** e.g. `spec.containers[0].image`; `<nil>` where the server says so. */
  field: string;
}

/** A subresource and how discovery describes it. */
export interface Subresource {
  /** `status`, `scale`, `log`, `eviction`, `token`, `finalize`, `exec` … */
  name: string;
  /** Kind that is sent and answered, when it is another than the parent's. */
  responds?: { group: string; version: string; kind: string };
  verbs: readonly string[];
}

/** A column of the Table output. */
export interface PrinterColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0: always shown; greater: only with `-o wide`. */
  priority: number;
}

/**
 * How lists and maps are merged: structured-merge-diff's schema, reduced. A missing schema (undefined) means "deduced":
 * maps granular, lists atomic.
 */
export interface MergeSchema {
  type: 'scalar' | 'object' | 'list' | 'deduced';
  /** Maps that are owned and replaced as a whole (`x-kubernetes-map-type: atomic`). */
  atomic?: boolean;
  /** Known fields of an object. */
  fields?: { readonly [field: string]: MergeSchema };
  /** Schema of the values of a map (`additionalProperties`). */
  values?: MergeSchema;
  /** Of a list; default `atomic`. */
  listType?: 'atomic' | 'set' | 'map';
  /** Keys of a `map` list. */
  listKeys?: readonly string[];
  /** Values that missing keys stand for, e.g. `{ protocol: 'TCP' }`. */
  listKeyDefaults?: { readonly [key: string]: unknown };
  /** Schema of a list's elements. */
  items?: MergeSchema;
  /** For strategic merge patches where they differ from the above (e.g. `ports` by `containerPort` only). */
  patchStrategy?: 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys';
  patchMergeKey?: string;
  /** Of a whole object: what it has before anything is set (Go's zero value). A create makes nobody the owner of that. */
  zero?: { readonly [field: string]: unknown };
}

/** What a strategy may know about the request. */
export interface WriteContext {
  /** `status`, `scale` … when a subresource is written. */
  subresource?: string;
  /** RFC 3339 with seconds. */
  now: string;
  user: { name: string; groups: readonly string[] };
  /** The other objects of the kind that are there, in all namespaces. */
  others?(): readonly StoredObject[];
}

/**
 * One kind in one version, as the server serves it: built-in or custom. The API server treats both alike and knows nothing of any kind
 * beyond this.
 *
 * Order on create:  decode → default → prepareCreate → (admission, managed fields) → validateCreate → store.
 * Order on update and patch: decode → default → prepareUpdate → validateUpdate → store. Metadata common to all kinds (name, namespace,
 * uid, generateName, labels, annotations, finalizers, ownerReferences …) is set and validated by the API server, not by the kind;
 * immutable metadata too.
 */
export interface ServedKind {
  group: string;
  version: string;
  kind: string;
  listKind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  subresources: readonly Subresource[];
  /** True for the version that is stored (exactly one of a kind). */
  storage: boolean;
  /** Sent as a `Warning` header with every request to this version (deprecated CRD versions). */
  deprecationWarning?: string;
  /**
   * Answers for a deleted object are the object instead of a `Status` (pods, namespaces, custom resources …: see the transcripts).
   * The API server decides for finalizers and grace periods itself.
   */
  deleteReturnsObject?: boolean;
  /** PUT of a name that does not exist creates it (leases, events …). */
  createByPut?: boolean;
  /** What is wrong with a name of this kind, as the real server words it (without `Invalid value: …: `); default: RFC 1123 subdomain. */
  checkName?(name: string): string | undefined;
  /**
   * For kinds served in two groups from one store (Event in `` and `events.k8s.io`): where it is stored, and the two conversions.
   * Other kinds, and versions of one CRD (conversion `None`), need nothing: the server only exchanges `apiVersion`.
   */
  storedAs?: {
    group: string;
    version: string;
    plural: string;
    toStored(object: JsonObject): JsonObject;
    fromStored(object: StoredObject): JsonObject;
  };

  /**
   * Drops what the schema does not know and checks JSON types. `unknownFields` are the paths, as in the server's
   * `unknown field "spec.foo"`. A value of the wrong type throws `ApiFailure` 400 for built-in kinds; for custom kinds it is left
   * for validation. Must leave `metadata` alone. Must not fill defaults.
   */
  decode(input: JsonObject): { object: JsonObject; unknownFields: string[] };
  /** Fills defaults. Idempotent. */
  default(draft: JsonObject): void;
  /** Strategy on create: drops status where it is a subresource, sets `metadata.generation` if the kind has one. */
  prepareCreate(draft: JsonObject, context: WriteContext): void;
  /**
   * Strategy on update: restores what this endpoint must not change (status on the main one; everything but status and
   * `metadata.managedFields` on `status`), raises `metadata.generation` when the spec changed.
   */
  prepareUpdate(
    draft: JsonObject,
    old: StoredObject,
    context: WriteContext,
  ): void;
  validateCreate(object: JsonObject, context: WriteContext): FieldError[];
  /** Includes immutability and, for custom kinds, CEL transition rules and ratcheting. */
  validateUpdate(
    object: JsonObject,
    old: StoredObject,
    context: WriteContext,
  ): FieldError[];
  /** `Warning` header texts for an accepted write. */
  warnings?(object: JsonObject, old?: StoredObject): string[];

  /** Field selectors beyond `metadata.name` and `metadata.namespace`: label → value as the server compares it. */
  selectableFields: {
    readonly [path: string]: (object: StoredObject) => string;
  };
  columns: readonly PrinterColumn[];
  /** One cell per column, in order. `nowMs`: for ages. */
  cells(object: StoredObject, nowMs: number): unknown[];

  mergeSchema: MergeSchema;
  /** Top-level and nested paths that this endpoint resets, so nobody comes to own them through it, e.g. `[['status']]`. */
  resetFields(subresource?: string): readonly (readonly string[])[];
  /** True when strategic merge patches are supported (built-in kinds only; custom ones answer 415). */
  strategicMerge: boolean;
  /** `scale` subresource: where it reads and writes (JSON paths without the leading dot). Undefined without one. */
  scale?: {
    specReplicasPath: readonly string[];
    statusReplicasPath: readonly string[];
    /** A serialised selector is read here; built-in kinds have a LabelSelector in `spec.selector` instead. */
    labelSelectorPath?: readonly string[];
  };
  /** OpenAPI v3 schema of the kind when there is one (custom kinds), for `/openapi/v3`. */
  openApiSchema?: JsonObject;
}

/** Exported by name from `src/builtin/index.ts`. */
export interface BuiltinLibrary {
  /** Every built-in kind that is stored. Virtual ones (reviews, TokenRequest, Eviction, Scale) are the API server's. */
  builtinKinds: readonly ServedKind[];
}

/** Input of a server-side apply. */
export interface ApplyInput {
  /** The stored object in the version of the request, with its managedFields; undefined when the apply creates it. */
  live: StoredObject | undefined;
  /** What the client sent, decoded, not defaulted, no managedFields. */
  applied: JsonObject;
  schema: MergeSchema;
  manager: string;
  force: boolean;
  subresource?: string;
  resetFields: readonly (readonly string[])[];
  /** RFC 3339 with seconds, for the manager's entry if its set changes. */
  now: string;
}

/** Input of the ownership tracking for every other write. */
export interface TrackInput {
  /** The stored object before; undefined on create. */
  old: StoredObject | undefined;
  /** After defaulting and strategy, as it will be stored. `metadata.managedFields` in it is what the client sent (may be empty: reset). */
  updated: JsonObject;
  schema: MergeSchema;
  manager: string;
  subresource?: string;
  resetFields: readonly (readonly string[])[];
  now: string;
}

/** Exported by name from `src/apply/index.ts`. */
export interface PatchLibrary {
  /**
   * Merges and returns the new object with its `metadata.managedFields`; identical (deeply) to `live` when nothing changes.
   * Conflicts throw `ApiFailure` 409 `Conflict` with causes `FieldManagerConflict`. Defaults are not filled (the server does, after).
   */
  applyServerSide(input: ApplyInput): JsonObject;
  /**
   * The new `metadata.managedFields`. Hot path: called for every write, a 5 KB object should take well under 0.2 ms
   * (equal subtrees of `old` and `updated` may be the same JavaScript value). Undefined when nobody owns anything.
   */
  trackUpdate(input: TrackInput): unknown[] | undefined;
  /** RFC 7386. Returns a new value; shares unchanged subtrees with `target`. */
  mergePatch(target: JsonObject, patch: JsonObject): JsonObject;
  /** RFC 6902. Throws `ApiFailure` as the server words it (400 bad patch, 422 failed test or path). */
  jsonPatch(target: JsonObject, operations: unknown): JsonObject;
  /** Strategic merge patch with `$patch`, `$retainKeys`, `$deleteFromPrimitiveList`, `$setElementOrder`. */
  strategicMergePatch(
    target: JsonObject,
    patch: JsonObject,
    schema: MergeSchema,
  ): JsonObject;
}

/** Result of `checkCrdNames`. */
export interface CrdNames {
  acceptedNames: JsonObject;
  /** `NamesAccepted`, and `NonStructuralSchema` etc. when they apply; without times. */
  conditions: {
    type: string;
    status: 'True' | 'False';
    reason: string;
    message: string;
  }[];
}

/** Exported by name from `src/schema/index.ts`. */
export interface CrdLibrary {
  /** One `ServedKind` per served version. Called once per change of a CRD's spec; may be slow. */
  compileCrd(crd: StoredObject): ServedKind[];
  /** Defaults of a CustomResourceDefinition itself (listKind, singular, conversion, scope …). */
  defaultCrd(draft: JsonObject): void;
  /** Errors of a CustomResourceDefinition itself, names, structural schema, CEL cost and types included. */
  validateCrd(crd: JsonObject, old?: StoredObject): FieldError[];
  /** Naming controller: accepted names given the other CRDs of the cluster. */
  checkCrdNames(crd: StoredObject, others: readonly StoredObject[]): CrdNames;
}
