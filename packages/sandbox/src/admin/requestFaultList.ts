import { RequestFacts, RequestFault, RequestFaults } from './requestFaults';

/** Which requests a fault meets. Absent fields match everything. */
export type RequestMatch = Partial<
  Pick<
    RequestFacts,
    'verb' | 'group' | 'plural' | 'namespace' | 'name' | 'user'
  >
>;

/** A fault of requests, and how often it may still strike. */
export interface RequestFaultEntry {
  match: RequestMatch;
  fault: (facts: RequestFacts) => RequestFault;
  /** Verbs that it is limited to. */
  only?: readonly string[];
  left: number;
}

/** The faults of requests that are set now. */
export class RequestFaultList implements RequestFaults {
  readonly #entries = new Set<RequestFaultEntry>();

  get active(): boolean {
    return this.#entries.size > 0;
  }

  /** `times`: how many requests it meets; all of them without it. */
  add(options: {
    match: RequestMatch;
    fault: (facts: RequestFacts) => RequestFault;
    times?: number;
    only?: readonly string[];
  }): RequestFaultEntry {
    const { times = Infinity, ...rest } = options;
    const entry = { ...rest, left: times };
    this.#entries.add(entry);
    return entry;
  }

  remove(entry: RequestFaultEntry): void {
    this.#entries.delete(entry);
  }

  take(request: RequestFacts): RequestFault | undefined {
    for (const entry of this.#entries) {
      if (!meets(entry, request)) continue;
      entry.left -= 1;
      if (entry.left === 0) this.#entries.delete(entry);
      return entry.fault(request);
    }
    return undefined;
  }
}

function meets(
  { match, only }: RequestFaultEntry,
  request: RequestFacts,
): boolean {
  if (only && !only.includes(request.verb)) return false;
  const { verb, group, plural, namespace, name, user } = match;
  return (
    (verb === undefined || verb === request.verb) &&
    (group === undefined || group === request.group) &&
    (plural === undefined || plural === request.plural) &&
    (namespace === undefined || namespace === request.namespace) &&
    (name === undefined || name === request.name) &&
    (user === undefined || user === request.user)
  );
}
