import { ApiFailure } from '../types';

/** What a request is about, as far as faults select by it. */
export interface RequestFacts {
  verb:
    | 'get'
    | 'list'
    | 'watch'
    | 'create'
    | 'update'
    | 'patch'
    | 'delete'
    | 'deletecollection';
  group: string;
  plural: string;
  namespace?: string;
  name?: string;
  subresource?: string;
  user?: string;
}

/** What is to go wrong with a request. All parts are optional: first the delay, then the connection or the failure. */
export interface RequestFault {
  /** Milliseconds to wait before anything else happens. */
  delayMs?: number;
  /** Destroy the connection without an answer. */
  drop?: boolean;
  /** Answer this instead of doing what was asked. */
  failure?: ApiFailure;
}

/** Asked by the API server once for each request over HTTP, after authentication and before anything is done. */
export interface RequestFaults {
  /** Whether any fault is set now; lets the server skip the question on its hot path. */
  readonly active: boolean;
  /** The fault of this request, if any. Counts it: a fault for the next write meets one write. */
  take(request: RequestFacts): RequestFault | undefined;
}

/** Which watches an action on the API server meets. Absent fields match everything. */
export interface WatchFilter {
  group?: string;
  plural?: string;
  namespace?: string;
}

/** What the admin endpoint can do to connections that are open now; the API server implements it. */
export interface OpenConnections {
  /** Ends matching watches with an ERROR event, `410 Expired`. Returns how many. */
  expireWatches(filter: WatchFilter): number;
  /** Destroys the connections of matching watches; without a filter every open connection. Returns how many. */
  dropConnections(filter?: WatchFilter): number;
}
