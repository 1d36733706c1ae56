import type { CredentialKind, ModelRefusal } from './calls';

/**
 * The phase of a model: what a person needs to know in one word.
 * Derived from the model's conditions by one pure function, never set by hand.
 */
export type ModelPhase =
  | 'Pending'
  | 'Downloading'
  | 'Starting'
  | 'Ready'
  | 'Degraded'
  | 'Error';

/** All phases, in the order in which a model goes through them. */
export const modelPhases: readonly ModelPhase[] = [
  'Pending',
  'Downloading',
  'Starting',
  'Ready',
  'Degraded',
  'Error',
];

/** A condition as the Kubernetes API conventions define it. Times are ISO 8601 in UTC. */
export type ModelCondition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  observedGeneration?: number;
  lastTransitionTime: string;
  /**
   * What the status means to a person: `waiting` ends by itself or is on its way, `broken` needs somebody.
   * Absent where the backend can't tell; the page then goes by the reason.
   */
  meaning?: 'ok' | 'waiting' | 'broken';
};

/** The GPUs that a model asks for, over all its replicas. */
export type ModelGpus = {
  /** GPUs of one replica. */
  perReplica: number;
  /** GPUs of all wanted replicas. */
  total: number;
  /** Resource vendor, as in `spec.resources.gpu.type`. */
  type: string;
};

/** Bytes of a download so far, as the download Job reports them. */
export type DownloadProgress = {
  bytesDone: number;
  /** Absent until the source has told the size. */
  bytesTotal?: number;
};

/** Why the caller may call a model. */
export type ModelAccess =
  /** `spec.access.public`, or one of the caller's groups is in `spec.access.groups`. */
  | 'open'
  /** The caller is not in an allowed group but sees the model (an admin, or its owner lets people ask). */
  | 'on-request';

/**
 * How the caller stands to a model: she may call it, waits for an answer, or may ask. `refused`: no call of hers gets through, whatever she
 * holds, and asking does not help. `only` is there where but one kind of credential gets through.
 */
export type MyAccess =
  | { state: 'open'; only?: CredentialKind }
  | {
      state: 'granted';
      grantId: string;
      until: string;
      only?: CredentialKind;
    }
  | {
      state: 'requested';
      requestId: string;
      /** Present when who decides asked back: then it waits for her answer. */
      asksBack?: true;
    }
  | { state: 'requestable' }
  | { state: 'refused'; because: ModelRefusal };

/** One row of the Models page. */
export type ModelSummary = {
  /** `metadata.uid`: stable key of the row. */
  uid: string;
  namespace: string;
  /** `metadata.name`. */
  name: string;
  /** The public name that clients put into the request body's `model`. */
  modelId: string;
  phase: ModelPhase;
  /** The stage in words: what the model waits for, on whom; or what broke, in a few words. */
  stage: string;
  /** Since when the model is in this phase; ISO 8601. */
  phaseSince?: string;
  download?: DownloadProgress;
  replicas: { ready: number; desired: number };
  gpus: ModelGpus;
  /** Who may call it: everybody who is signed in, or these groups. */
  openTo: { everyone: boolean; groups: string[] };
  /** Base URLs (ending in `/v1`) that answer now. Absent while the endpoint is not ready. */
  endpoints: { external?: string; internal?: string };
  access: ModelAccess;
  /** Absent where she may neither call it nor ask for it, and where the portal does not know. */
  myAccess?: MyAccess;
  /** Entity ref of the owner, if known. */
  owner?: string;
  createdAt: string;
};

/** A pod that belongs to a model: a server replica, a download, the endpoint picker. */
export type ModelPod = {
  name: string;
  role: 'server' | 'download' | 'endpoint-picker';
  /** What `kubectl get pods` shows as STATUS, e.g. `Running`, `ImagePullBackOff`. */
  state: string;
  /** The reason in words where the pod does not run, e.g. the scheduler's message. */
  message?: string;
  ready: boolean;
  node?: string;
  gpus: number;
  restarts: number;
  containers: string[];
  createdAt: string;
};

/** An event about a model or one of its objects. */
export type ModelEvent = {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** `Kind/name` of the object that it is about. */
  object: string;
  /** The component that reported it. */
  source: string;
  count: number;
  lastSeen: string;
};

/** An object that the operator made for a model. */
export type ModelObject = {
  apiVersion: string;
  kind: string;
  name: string;
  createdAt: string;
  /** In words, where the object has a status to speak of, e.g. `Bound`, `Accepted`. */
  state?: string;
};

/** One step on the way from the custom resource to Ready. */
export type ModelStage = {
  name: 'Pending' | 'Downloading' | 'Starting' | 'Ready';
  state: 'done' | 'current' | 'failed' | 'ahead';
  /** What happens or happened in it, in words. */
  text: string;
  startedAt?: string;
  endedAt?: string;
};

/** What broke, why, who can fix it and what to do. Present only while something is broken. */
export type ModelFailure = {
  title: string;
  what: string;
  why: string;
  who: string;
  /** Steps, in order. */
  todo: string[];
  since?: string;
};

/** Everything that the page of one model shows. */
export type ModelDetail = ModelSummary & {
  source: { type: 'huggingface' | 'oci'; reference: string; revision?: string };
  observedGeneration?: number;
  generation: number;
  conditions: ModelCondition[];
  stages: ModelStage[];
  failure?: ModelFailure;
  pods: ModelPod[];
  events: ModelEvent[];
  objects: ModelObject[];
  /**
   * Base URLs (ending in `/v1`) at which the model answers once it is Ready, whether it is now or not.
   * Only `endpoints` says which of them answer now.
   */
  addresses?: { external?: string; internal?: string };
  /** Path of the CA certificate of these addresses on people's machines, where it is not one that they trust anyway. */
  caFile?: string;
  /** How to get a token for the internal endpoint. */
  token?: {
    issuer: string;
    tokenEndpoint?: string;
    audience?: string;
    /** Public OIDC client for command lines, if the platform has one. */
    clientId?: string;
    /** Endpoint of the device authorization grant (RFC 8628), if the provider has one. */
    deviceEndpoint?: string;
  };
};

/** A page of models. */
export type ModelList = {
  items: ModelSummary[];
  /** Models that match the filter, over all pages. */
  totalItems: number;
  /** How many of them refuse every call of hers (`myAccess.state` is `refused`); 0 if absent. */
  refusedItems?: number;
  /** How many models match per phase, with the phase filter left out. */
  phaseCounts: Record<ModelPhase, number>;
  /** Entity refs of the owners of all models that the caller may see, sorted; what the owner filter offers. */
  owners?: string[];
  /** Present while there is more; bound to the caller and to the query. */
  nextCursor?: string;
  /** Changes whenever anything that the caller may see changed. */
  revision: string;
  /** When the backend last heard from the cluster; ISO 8601. */
  asOf: string;
  /** How long ago that was, by the backend's clock; milliseconds. For whoever has a clock of their own. */
  silentForMs?: number;
};

/** Query of a list of models. All filters are ANDed. */
export type ModelQuery = {
  /** Words that all occur in name, model id or owner. */
  search?: string;
  phases?: ModelPhase[];
  /** With `open`, none that refuses every call of hers. */
  access?: ModelAccess;
  owner?: string;
  /** Only these; at most 100. */
  uids?: string[];
  sort?: 'name' | 'phase' | 'age' | 'gpus';
  order?: 'asc' | 'desc';
  /** 1 to 500; 100 if absent. */
  limit?: number;
  cursor?: string;
};
