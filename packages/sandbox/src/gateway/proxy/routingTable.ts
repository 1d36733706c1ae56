import { goPattern } from '../../schema/goPattern';
import type { StoredObject } from '../../types';
import {
  httpRouteSpec,
  keyOf,
  type HttpRouteRule,
  type RouteMatch,
} from '../kinds';
import type { ListenerState } from '../listeners';
import type { RouteParent } from '../routes';
import { patternProblem } from '../rules';

/** Header in which the AI gateway puts the model of a request. */
export const modelHeader = 'x-ai-eg-model';

/** A request as matching and policies see it. */
export interface RequestView {
  method: string;
  /** Without the query. */
  path: string;
  /** Lower-case names. */
  headers: ReadonlyMap<string, string>;
}

/**
 * One way into one rule of one route, under one host of one listener. The route is the one that the controllers have read last, as an
 * older configuration is served until the next one is there; what it refers to (policies, pools, filters) is looked up for each request,
 * so that a test that changes one needs to wait for nothing. A route that is gone has no entries (`startControllers`).
 */
export interface RouteEntry {
  routeKey: string;
  route: StoredObject;
  rule: HttpRouteRule;
  gatewayKey: string;
  listener: ListenerState;
  match: RouteMatch;
  /** Entries are tried in this order: first what is more specific, then what is older. */
  rank: readonly (number | string)[];
}

/** Entries under one host. Those that ask for one model are found by it, so that their number doesn't slow a request. */
interface VirtualHost {
  byModel: Map<string, Set<RouteEntry>>;
  others: Set<RouteEntry>;
  sortedOthers?: RouteEntry[];
}

const pathRanks: Record<string, number> = {
  Exact: 0,
  RegularExpression: 1,
  PathPrefix: 2,
};

/**
 * Specificity as `sortXdsIRMap` has it: kind of path, length of the path, number of headers, of exact headers; then the age of the route
 * and the place in it. A method is one more exact header.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/sort.go`; `processHTTPRouteRule` for the method.
 */
function rankOf(
  route: StoredObject,
  match: RouteMatch,
  place: number,
): (number | string)[] {
  const headers = match.headers ?? [];
  const method = match.method === undefined ? 0 : 1;
  return [
    pathRanks[match.path?.type ?? 'PathPrefix'] ?? 2,
    -(match.path?.value ?? '/').length,
    -(headers.length + method),
    -(
      headers.filter(({ type }) => (type ?? 'Exact') === 'Exact').length +
      method
    ),
    route.metadata.creationTimestamp,
    keyOf(route),
    place,
  ];
}

function compareRanks(a: RouteEntry, b: RouteEntry): number {
  for (const [index, left] of a.rank.entries()) {
    const right = b.rank[index];
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

function pathMatches(path: string, match: RouteMatch['path']): boolean {
  const value = match?.value ?? '/';
  switch (match?.type ?? 'PathPrefix') {
    case 'Exact':
      return path === value;
    case 'RegularExpression':
      return goPattern(value).testExact(path);
    default: {
      const prefix = value.endsWith('/') ? value.slice(0, -1) : value;
      return path === prefix || path.startsWith(`${prefix}/`);
    }
  }
}

function matches({ match }: RouteEntry, request: RequestView): boolean {
  return (
    pathMatches(request.path, match.path) &&
    (match.method === undefined || match.method === request.method) &&
    (match.headers ?? []).every(({ type = 'Exact', name, value }) => {
      const actual = request.headers.get(name.toLowerCase());
      if (actual === undefined) return false;
      return type === 'Exact'
        ? actual === value
        : goPattern(value).testExact(actual);
    })
  );
}

function firstMatch(
  entries: Iterable<RouteEntry>,
  request: RequestView,
): RouteEntry | undefined {
  for (const entry of entries) {
    if (matches(entry, request)) return entry;
  }
  return undefined;
}

function modelOf(match: RouteMatch): string | undefined {
  return match.headers?.find(
    ({ type = 'Exact', name }) =>
      type === 'Exact' && name.toLowerCase() === modelHeader,
  )?.value;
}

/** Name of a listener among all Gateways. */
function listenerKey(gatewayKey: string, listener: string): string {
  return `${gatewayKey}/${listener}`;
}

/** Routes by listener, host and model. */
export class RoutingTable {
  readonly #listeners = new Map<string, Map<string, VirtualHost>>();
  readonly #removals = new Map<string, (() => void)[]>();

  /** Replaces a route's entries. No parents: the route is gone. */
  set(
    routeKey: string,
    route: StoredObject | undefined,
    parents: readonly RouteParent[],
  ): void {
    for (const remove of this.#removals.get(routeKey) ?? []) remove();
    this.#removals.delete(routeKey);
    if (!route) return;
    const removals: (() => void)[] = [];
    for (const { gatewayKey, served } of parents) {
      for (const { listener, hosts } of served) {
        for (const host of hosts) {
          removals.push(...this.#add(route, gatewayKey, listener, host));
        }
      }
    }
    if (removals.length > 0) this.#removals.set(routeKey, removals);
  }

  /** The entry that a request takes. */
  find(
    gatewayKey: string,
    listener: string,
    host: string,
    request: RequestView,
  ): RouteEntry | undefined {
    const virtualHost = this.#virtualHost(gatewayKey, listener, host);
    if (!virtualHost) return undefined;
    const model = request.headers.get(modelHeader);
    const asked =
      model === undefined ? undefined : virtualHost.byModel.get(model);
    const special = asked && firstMatch([...asked].sort(compareRanks), request);
    virtualHost.sortedOthers ??= [...virtualHost.others].sort(compareRanks);
    const general = firstMatch(virtualHost.sortedOthers, request);
    if (!special || !general) return special ?? general;
    return compareRanks(special, general) <= 0 ? special : general;
  }

  /** Exact host first, then the longest wildcard, then `*` (Envoy, `VirtualHost.domains`). */
  #virtualHost(
    gatewayKey: string,
    listener: string,
    host: string,
  ): VirtualHost | undefined {
    const hosts = this.#listeners.get(listenerKey(gatewayKey, listener));
    if (!hosts) return undefined;
    const exact = hosts.get(host);
    if (exact) return exact;
    for (
      let dot = host.indexOf('.');
      dot >= 0;
      dot = host.indexOf('.', dot + 1)
    ) {
      const wildcard = hosts.get(`*${host.slice(dot)}`);
      if (wildcard) return wildcard;
    }
    return hosts.get('*');
  }

  #add(
    route: StoredObject,
    gatewayKey: string,
    listener: ListenerState,
    host: string,
  ): (() => void)[] {
    const key = listenerKey(gatewayKey, listener.spec.name);
    const hosts = this.#listeners.get(key) ?? new Map<string, VirtualHost>();
    this.#listeners.set(key, hosts);
    const virtualHost = hosts.get(host) ?? {
      byModel: new Map(),
      others: new Set(),
    };
    hosts.set(host, virtualHost);
    const removals: (() => void)[] = [];
    let place = 0;
    for (const rule of httpRouteSpec(route).rules ?? []) {
      if (patternProblem(rule) !== undefined) continue;
      for (const match of rule.matches?.length ? rule.matches : [{}]) {
        const rank = rankOf(route, match, place++);
        const entry: RouteEntry = {
          routeKey: keyOf(route),
          route,
          rule,
          gatewayKey,
          listener,
          match,
          rank,
        };
        removals.push(insert(virtualHost, entry));
      }
    }
    removals.push(() => {
      if (virtualHost.others.size === 0 && virtualHost.byModel.size === 0)
        hosts.delete(host);
    });
    return removals;
  }
}

function insert(virtualHost: VirtualHost, entry: RouteEntry): () => void {
  const model = modelOf(entry.match);
  if (model === undefined) {
    virtualHost.others.add(entry);
    virtualHost.sortedOthers = undefined;
    return () => {
      virtualHost.others.delete(entry);
      virtualHost.sortedOthers = undefined;
    };
  }
  const entries = virtualHost.byModel.get(model) ?? new Set();
  entries.add(entry);
  virtualHost.byModel.set(model, entries);
  return () => {
    entries.delete(entry);
    if (entries.size === 0) virtualHost.byModel.delete(model);
  };
}
