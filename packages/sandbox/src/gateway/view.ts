import type { ClusterApi, ResourceId, StoredObject } from '../types';
import { gatewayKinds, keyOf } from './kinds';

const nobody: ReadonlySet<string> = new Set();

/** Finds the owners of terms: which routes name this gateway, which policies target this route … */
export class TermIndex {
  readonly #owners = new Map<string, Set<string>>();
  readonly #terms = new Map<string, readonly string[]>();

  /** Replaces the terms of an owner. No terms: the owner is forgotten. */
  set(owner: string, terms: readonly string[]): void {
    for (const term of this.#terms.get(owner) ?? []) {
      const owners = this.#owners.get(term);
      owners?.delete(owner);
      if (owners?.size === 0) this.#owners.delete(term);
    }
    if (terms.length === 0) {
      this.#terms.delete(owner);
      return;
    }
    this.#terms.set(owner, terms);
    for (const term of terms) {
      const owners = this.#owners.get(term) ?? new Set();
      owners.add(owner);
      this.#owners.set(term, owners);
    }
  }

  /** Owners of a term, in no order. */
  owners(term: string): ReadonlySet<string> {
    return this.#owners.get(term) ?? nobody;
  }

  /** Terms of an owner. */
  terms(owner: string): readonly string[] {
    return this.#terms.get(owner) ?? [];
  }
}

/** What changed: an object, before and after. */
export type ChangeListener = (
  key: string,
  now: StoredObject | undefined,
  before: StoredObject | undefined,
) => void;

/**
 * Objects of one kind, for as long as the kind is served. Custom kinds come and go with their definitions; a gateway must not fail for
 * that, and must see the objects of a definition that is installed later.
 */
export class KindView {
  readonly #objects = new Map<string, StoredObject>();
  readonly #listeners: ChangeListener[] = [];
  #unsubscribe: (() => void) | undefined;
  readonly #cluster: ClusterApi;
  readonly resource: ResourceId;

  constructor(cluster: ClusterApi, resource: ResourceId) {
    this.#cluster = cluster;
    this.resource = resource;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  all(): IterableIterator<StoredObject> {
    return this.#objects.values();
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** Follows the kind if it is served and isn't followed yet; lets go of it when it is no longer served. */
  follow(): void {
    const served = this.#cluster.served(this.resource);
    if (served && !this.#unsubscribe) {
      this.#unsubscribe = this.#cluster.subscribe(
        this.resource,
        ({ type, object }) =>
          this.#change(keyOf(object), type === 'DELETED' ? undefined : object),
        { replay: true },
      );
    } else if (!served && this.#unsubscribe) {
      this.stop();
      for (const key of [...this.#objects.keys()]) this.#change(key, undefined);
    }
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #change(key: string, now: StoredObject | undefined): void {
    const before = this.#objects.get(key);
    if (now) this.#objects.set(key, now);
    else this.#objects.delete(key);
    for (const listener of this.#listeners) listener(key, now, before);
  }
}

/** Reads a Secret's base64 value as text. */
export function decodeSecret(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}

/** Pods by label, so that a pool of one model among thousands finds its pods at once. */
export class PodsByLabel {
  readonly #index = new TermIndex();
  readonly #pods: KindView;

  constructor(pods: KindView) {
    this.#pods = pods;
    pods.onChange((key, now) => {
      const labels = now?.metadata.labels ?? {};
      this.#index.set(
        key,
        Object.entries(labels).map(
          ([name, value]) => `${now?.metadata.namespace}|${name}=${value}`,
        ),
      );
    });
  }

  /** Pods of a namespace that carry all these labels. No labels: none. */
  select(namespace: string, labels: Record<string, string>): StoredObject[] {
    const sets = Object.entries(labels).map(([name, value]) =>
      this.#index.owners(`${namespace}|${name}=${value}`),
    );
    const [smallest, ...others] = sets.sort((a, b) => a.size - b.size);
    const found: StoredObject[] = [];
    for (const key of smallest ?? nobody) {
      const pod = others.every(other => other.has(key)) && this.#pods.get(key);
      if (pod) found.push(pod);
    }
    return found;
  }
}

/** True when the pod's Ready condition says so and it isn't going away. */
export function podIsReady(pod: StoredObject): boolean {
  const conditions: { type: string; status: string }[] =
    pod.status?.conditions ?? [];
  return (
    pod.metadata.deletionTimestamp === undefined &&
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}

/** One view per kind of `gatewayKinds`. */
export type GatewayViews = { [kind in keyof typeof gatewayKinds]: KindView };

/** Opens all views; nothing is followed before `followAll`. */
export function openViews(cluster: ClusterApi): GatewayViews {
  const view = (kind: keyof typeof gatewayKinds) =>
    new KindView(cluster, gatewayKinds[kind]);
  return {
    customResourceDefinitions: view('customResourceDefinitions'),
    namespaces: view('namespaces'),
    referenceGrants: view('referenceGrants'),
    secrets: view('secrets'),
    services: view('services'),
    pods: view('pods'),
    gatewayClasses: view('gatewayClasses'),
    gateways: view('gateways'),
    httpRouteFilters: view('httpRouteFilters'),
    aiServiceBackends: view('aiServiceBackends'),
    inferencePools: view('inferencePools'),
    httpRoutes: view('httpRoutes'),
    aiGatewayRoutes: view('aiGatewayRoutes'),
    securityPolicies: view('securityPolicies'),
    clientTrafficPolicies: view('clientTrafficPolicies'),
    backendTrafficPolicies: view('backendTrafficPolicies'),
  };
}

/**
 * Follows what is served now, and what is served or withdrawn later. `soon` runs something after the change that is being told: a
 * definition is served only when the API server has finished with it.
 */
export function followAll(
  views: GatewayViews,
  soon: (task: () => void) => void,
): void {
  const follow = () => {
    for (const view of Object.values(views)) view.follow();
  };
  views.customResourceDefinitions.onChange(() => soon(follow));
  follow();
}
