/** What Envoy asks: a request of a client. */
export interface CheckQuestion {
  method: string;
  /** With its query, if there is one. */
  path: string;
  /** The authority that the client named, with its port if it named one. */
  host: string;
  /** Lower-case names. What is there is what `headersToExtAuth` lets through, and what Envoy adds. */
  headers: Record<string, string>;
  body: Buffer;
}

/** What the authorizer answers. */
export type CheckAnswer =
  | {
      /** Goes on, with these headers in place of what the client sent under their names, and without those. */
      pass: true;
      headers: Record<string, string>;
      remove: readonly string[];
    }
  | {
      /** Is answered at once. */
      pass: false;
      status: number;
      headers: Record<string, string>;
      body: string;
    };

/** One of the two endpoints at which models answer. */
export type EndpointName = 'external' | 'internal';
