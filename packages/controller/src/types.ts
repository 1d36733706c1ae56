/** Metadata that every Kubernetes object carries. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/** A reference from an object to the object that owns it. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Which fields a manager owns (`fieldsV1` as in the Kubernetes API). */
export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType?: 'FieldsV1';
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** Any object of the Kubernetes API. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/**
 * A kind of object, named as the API serves it. Everything in this package is addressed by it, so no discovery
 * is needed on the hot path.
 */
export interface Resource {
  /** e.g. `apps/v1` or `v1`. */
  apiVersion: string;
  /** e.g. `Deployment`. */
  kind: string;
  /** Lower-case plural as in the URL, e.g. `deployments`. */
  plural: string;
  namespaced: boolean;
}

/** Name of an object, and its namespace if its kind has one. */
export interface ObjectKey {
  namespace?: string;
  name: string;
}

/** What a list or a watch is narrowed to; the server does the narrowing. */
export interface Scope {
  /** All namespaces if absent. */
  namespace?: string;
  /** As in `kubectl -l`. */
  labelSelector?: string;
  /** As in `kubectl --field-selector`. */
  fieldSelector?: string;
}

/** A page of a list. */
export interface ObjectList<T extends KubeObject = KubeObject> {
  resourceVersion: string;
  items: T[];
  /** Present while there is more. */
  continue?: string;
  /** How many there are beyond this page, where the server knows (not with selectors). */
  remainingItemCount?: number;
}

/** One event of a watch. BOOKMARK objects carry only metadata. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

/** What every call takes. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** What a list is narrowed to, and which page of it is asked for. */
export interface ListScope extends Scope {
  /** Items have `metadata` and nothing else, if the server knows how. */
  metadataOnly?: boolean;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
}

/** What a watch is narrowed to, and where it begins. */
export interface WatchScope extends Scope {
  resourceVersion?: string;
  /** The server first sends the present state (watch-list). */
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
}

/** Who is told of the events of a watch. */
export interface WatchOptions<T extends KubeObject = KubeObject>
  extends CallOptions {
  /** Asked, where that is cheap, with the resourceVersion of each object that was added or changed; the event of one that is known is left out. */
  isKnown?(resourceVersion: string): boolean;
  /** Told once the server has agreed to send events. */
  onOpen?(): void;
  onEvent(event: WatchEvent<T>): void;
}

/** Options of a creation. */
export interface CreateOptions extends CallOptions {
  fieldManager?: string;
  dryRun?: boolean;
}

/** Options of an update or a patch. */
export interface UpdateOptions extends CallOptions {
  fieldManager?: string;
  /** e.g. `status`. */
  subresource?: string;
}

/** Options of a server-side apply. */
export interface ApplyOptions extends UpdateOptions {
  fieldManager: string;
  /** Takes fields from other managers. */
  force?: boolean;
  dryRun?: boolean;
}

/** Options of a deletion. */
export interface DeleteOptions extends CallOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** The deletion fails with 409 if the object is another one by now. */
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** Which lines of which log. */
export interface LogOptions extends CallOptions {
  container?: string;
  tailLines?: number;
  /** Of the container before its last restart. */
  previous?: boolean;
}

/**
 * The part of the Kubernetes API that controllers need. Every method throws `KubeApiError` when the server answers with a
 * failure, and the underlying network error when it does not answer.
 */
export interface KubeClient {
  get<T extends KubeObject = KubeObject>(
    resource: Resource,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<T>;
  list<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope?: ListScope,
    options?: CallOptions,
  ): Promise<ObjectList<T>>;
  /** Streams events until the server ends the stream, the connection breaks (throws) or the signal aborts (returns). */
  watch<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope: WatchScope,
    options: WatchOptions<T>,
  ): Promise<void>;
  create<T extends KubeObject>(
    resource: Resource,
    object: T,
    options?: CreateOptions,
  ): Promise<T>;
  update<T extends KubeObject>(
    resource: Resource,
    object: T,
    options?: UpdateOptions,
  ): Promise<T>;
  apply<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: ApplyOptions,
  ): Promise<T>;
  /** RFC 7386 merge patch. */
  mergePatch<T extends KubeObject = KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: Record<string, unknown>,
    options?: UpdateOptions,
  ): Promise<T>;
  delete(
    resource: Resource,
    key: ObjectKey,
    options?: DeleteOptions,
  ): Promise<void>;
  /** Last lines of a container's log. */
  logs(key: ObjectKey, options?: LogOptions): Promise<string>;
  /** Whether the server serves this kind now; false when its CRD is not installed. */
  isServed(resource: Resource, options?: CallOptions): Promise<boolean>;
}

/** The server's answer to a request that failed: a `Status` of the Kubernetes API. */
export interface KubeStatus {
  code: number;
  reason: string;
  message: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
}

/** Thrown when the API server answers with a failure. */
export class KubeApiError extends Error {
  readonly status: KubeStatus;
  constructor(status: KubeStatus, request: string) {
    super(`${request}: ${status.message} (${status.code} ${status.reason})`);
    this.name = 'KubeApiError';
    this.status = status;
  }
  /** HTTP status code. */
  get code(): number {
    return this.status.code;
  }
}
