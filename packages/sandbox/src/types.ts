/** Any object of the Kubernetes API, as the sandbox stores it. Never changed in place: a write makes a new object. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    creationTimestamp: string;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: {
      apiVersion: string;
      kind: string;
      name: string;
      uid: string;
      controller?: boolean;
      blockOwnerDeletion?: boolean;
    }[];
    managedFields?: unknown[];
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of any kind; schemas are checked where they come in
  [field: string]: any;
}

/** What happened to an object. `object` is its state after the change (before it, for DELETED). */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: StoredObject;
}

/** A kind as the store files it: group without version, and plural. */
export interface ResourceId {
  /** '' for the core group. */
  group: string;
  plural: string;
}

/**
 * The cluster from the inside: what the controllers, nodes and gateway of the sandbox work on. Writes go through the same admission,
 * defaulting and validation as requests over HTTP, as user `system:serviceaccount:kube-system:<manager>`; failures throw `ApiFailure`.
 * Reads are synchronous and see every write that has been answered.
 */
export interface ClusterApi {
  get(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
  ): StoredObject | undefined;
  /** All objects, of one namespace if given. The array is fresh, the objects are not. */
  list(resource: ResourceId, namespace?: string): StoredObject[];
  /** Objects whose controller or other owner has this uid, of any kind. */
  ownedBy(uid: string): StoredObject[];
  create(
    resource: ResourceId,
    object: Record<string, unknown>,
    manager: string,
  ): StoredObject;
  /** Read-modify-write in one step: `change` gets a deep copy and alters it; no write when nothing changed. */
  update(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
    manager: string,
    change: (draft: StoredObject) => void,
    options?: { subresource?: 'status' },
  ): StoredObject | undefined;
  delete(
    resource: ResourceId,
    namespace: string | undefined,
    name: string,
    options?: {
      propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
      gracePeriodSeconds?: number;
    },
  ): void;
  /**
   * Calls `listener` for every change from now on, synchronously after the write; first, if `replay`, with ADDED for what there is.
   * Returns a function that ends it.
   */
  subscribe(
    resource: ResourceId,
    listener: (change: Change) => void,
    options?: { replay?: boolean },
  ): () => void;
  /** Kinds served now, built-in and custom. */
  served(resource: ResourceId): boolean;
}

/** Thrown by `ClusterApi` and by admission: the `Status` that a request over HTTP would get. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Record<string, unknown>,
    headers?: Record<string, string>,
  ) {
    super(message);
    this.name = 'ApiFailure';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.headers = headers;
  }
}
