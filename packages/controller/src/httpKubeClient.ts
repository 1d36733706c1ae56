import { failure, parseEvent, textOf } from './answers';
import { eventVersion } from './eventVersion';
import { groupVersionPath, keyOf, keyString, resourcePath } from './resources';
import { HttpAnswer, HttpRequest, Transport } from './transport';
import {
  ApplyOptions,
  CallOptions,
  CreateOptions,
  DeleteOptions,
  KubeClient,
  KubeObject,
  ListScope,
  LogOptions,
  ObjectKey,
  ObjectList,
  Resource,
  UpdateOptions,
  WatchOptions,
  WatchScope,
} from './types';
import { readLines } from './watchStream';

/** One finished call, for metrics. `code` is 0 when no answer came. */
export interface ApiCall {
  verb: string;
  /** Plural, e.g. `deployments`, with its subresource: `deployments/status`. */
  resource: string;
  code: number;
  seconds: number;
}

/** What may be hooked into a client. */
export interface ClientHooks {
  /** After each call; a watch counts when it ends. */
  onCall?: (call: ApiCall) => void;
  /** For each distinct warning that the server sends. */
  onWarning?: (warning: string) => void;
  /** Called right before a write goes out; throws to forbid it. */
  guard?: () => void;
}

type Query = Record<string, string | number | boolean | undefined>;

/** Asks for metadata alone, and takes whole objects from a server that knows no such answer. */
const METADATA_LIST =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** How long a watch may outlive the time that it asked for before it counts as dead, in ms. */
const WATCH_GRACE_MS = 30_000;

/** {@link KubeClient} over HTTP. Made by `createKubeClient`. */
export class HttpKubeClient implements KubeClient {
  private readonly warned = new Set<string>();

  constructor(
    private readonly transport: Transport,
    private readonly hooks: ClientHooks = {},
  ) {}

  /** The same client, which asks `guard` right before each write goes out. */
  guarded(guard: () => void): HttpKubeClient {
    return new HttpKubeClient(this.transport, { ...this.hooks, guard });
  }

  /** Closes idle connections. */
  close(): void {
    this.transport.close();
  }

  async get<T extends KubeObject = KubeObject>(
    resource: Resource,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<T> {
    const path = resourcePath(resource, key);
    return this.call('get', resource, keyString(key), {
      method: 'GET',
      path,
      ...options,
    });
  }

  async list<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope: ListScope = {},
    options?: CallOptions,
  ): Promise<ObjectList<T>> {
    const { namespace, metadataOnly, ...query } = scope;
    const path = resourcePath(resource, { namespace }) + queryString(query);
    const accept = metadataOnly ? METADATA_LIST : undefined;
    const list = await this.call<{
      items?: T[];
      metadata: {
        resourceVersion?: string;
        continue?: string;
        remainingItemCount?: number;
      };
    }>('list', resource, namespace ?? '', {
      method: 'GET',
      path,
      accept,
      ...options,
    });
    const { apiVersion, kind } = resource;
    return {
      resourceVersion: list.metadata.resourceVersion ?? '',
      // Items of a list do not carry their kind.
      items: (list.items ?? []).map(item =>
        Object.assign(item, { apiVersion, kind }),
      ),
      continue: list.metadata.continue || undefined,
      remainingItemCount: list.metadata.remainingItemCount,
    };
  }

  async watch<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope: WatchScope,
    options: WatchOptions<T>,
  ): Promise<void> {
    const { namespace, ...query } = scope;
    const path =
      resourcePath(resource, { namespace }) +
      queryString({
        watch: true,
        allowWatchBookmarks: true,
        resourceVersionMatch: scope.sendInitialEvents
          ? 'NotOlderThan'
          : undefined,
        ...query,
      });
    const dead = new AbortController();
    const lifetimeMs = (scope.timeoutSeconds ?? 600) * 1000 + WATCH_GRACE_MS;
    const timer = setTimeout(() => dead.abort(), lifetimeMs);
    timer.unref();
    const signal = options.signal
      ? AbortSignal.any([options.signal, dead.signal])
      : dead.signal;
    const started = performance.now();
    let code = 0;
    try {
      const stream = await this.transport.stream({
        method: 'GET',
        path,
        signal,
      });
      code = stream.statusCode ?? 0;
      if (code !== 200) {
        throw failure(code, await textOf(stream), `watch ${resource.plural}`);
      }
      options.onOpen?.();
      await readLines(stream, line => {
        const version = options.isKnown && eventVersion(line);
        if (version === undefined || !options.isKnown?.(version)) {
          options.onEvent(parseEvent<T>(line.toString('utf8'), resource));
        }
      });
    } catch (error) {
      if (options.signal?.aborted) {
        return;
      }
      throw dead.signal.aborted
        ? new Error(
            `watch ${resource.plural}: the server kept it open for too long`,
          )
        : error;
    } finally {
      clearTimeout(timer);
      this.report('watch', resource.plural, code, started);
    }
  }

  async create<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: CreateOptions = {},
  ): Promise<T> {
    const path =
      resourcePath(resource, { namespace: object.metadata.namespace }) +
      queryString({
        fieldManager: options.fieldManager,
        dryRun: dryRun(options.dryRun),
      });
    return this.write(
      'create',
      resource,
      keyOf(object),
      'POST',
      path,
      object,
      options.signal,
    );
  }

  async update<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: UpdateOptions = {},
  ): Promise<T> {
    const path =
      resourcePath(resource, {
        ...keyOf(object),
        subresource: options.subresource,
      }) + queryString({ fieldManager: options.fieldManager });
    return this.write(
      'update',
      resource,
      keyOf(object),
      'PUT',
      path,
      object,
      options.signal,
    );
  }

  async apply<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: ApplyOptions,
  ): Promise<T> {
    const path =
      resourcePath(resource, {
        ...keyOf(object),
        subresource: options.subresource,
      }) +
      queryString({
        fieldManager: options.fieldManager,
        force: options.force,
        dryRun: dryRun(options.dryRun),
        fieldValidation: 'Strict',
      });
    return this.write(
      'apply',
      resource,
      keyOf(object),
      'PATCH',
      path,
      object,
      options.signal,
      // JSON is YAML; older servers know only this media type for server-side apply.
      'application/apply-patch+yaml',
    );
  }

  async mergePatch<T extends KubeObject = KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: Record<string, unknown>,
    options: UpdateOptions = {},
  ): Promise<T> {
    const path =
      resourcePath(resource, { ...key, subresource: options.subresource }) +
      queryString({ fieldManager: options.fieldManager });
    return this.write(
      'patch',
      resource,
      key,
      'PATCH',
      path,
      patch,
      options.signal,
      'application/merge-patch+json',
    );
  }

  async delete(
    resource: Resource,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { propagationPolicy, preconditions, signal } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy,
      preconditions,
    };
    const path = resourcePath(resource, key);
    await this.write('delete', resource, key, 'DELETE', path, body, signal);
  }

  async logs(key: ObjectKey, options: LogOptions = {}): Promise<string> {
    const { signal, ...query } = options;
    const pods: Resource = {
      apiVersion: 'v1',
      kind: 'Pod',
      plural: 'pods',
      namespaced: true,
    };
    const path =
      resourcePath(pods, { ...key, subresource: 'log' }) + queryString(query);
    const request: HttpRequest = { method: 'GET', path, accept: '*/*', signal };
    return (await this.exchange('get', 'pods/log', keyString(key), request))
      .body;
  }

  async isServed(resource: Resource, options?: CallOptions): Promise<boolean> {
    const path = groupVersionPath(resource);
    const started = performance.now();
    const answer = await this.transport.request({
      method: 'GET',
      path,
      ...options,
    });
    this.report('discover', resource.plural, answer.status, started);
    if (answer.status === 404) {
      return false;
    }
    if (answer.status !== 200) {
      throw failure(
        answer.status,
        answer.body,
        `discover ${resource.apiVersion}`,
      );
    }
    const { resources = [] }: { resources?: { name: string }[] } = JSON.parse(
      answer.body,
    );
    return resources.some(({ name }) => name === resource.plural);
  }

  private write<T>(
    verb: string,
    resource: Resource,
    key: ObjectKey,
    method: HttpRequest['method'],
    path: string,
    body: unknown,
    signal?: AbortSignal,
    contentType?: string,
  ): Promise<T> {
    return this.call<T>(verb, resource, keyString(key), {
      method,
      path,
      body: JSON.stringify(body),
      contentType,
      signal,
      guard: this.hooks.guard,
      // Everything else stops when a lease is not renewed in time.
      urgent: resource.plural === 'leases',
    });
  }

  private async call<T>(
    verb: string,
    resource: Resource,
    what: string,
    request: HttpRequest,
  ): Promise<T> {
    return JSON.parse(
      (await this.exchange(verb, resource.plural, what, request)).body,
    );
  }

  private async exchange(
    verb: string,
    resource: string,
    what: string,
    request: HttpRequest,
  ): Promise<HttpAnswer> {
    const started = performance.now();
    let code = 0;
    try {
      const answer = await this.transport.request(request);
      code = answer.status;
      const warning = answer.headers.warning;
      if (
        warning !== undefined &&
        !this.warned.has(warning) &&
        this.warned.size < 1000
      ) {
        this.warned.add(warning);
        this.hooks.onWarning?.(`${verb} ${resource} ${what}: ${warning}`);
      }
      if (code < 200 || code > 299) {
        throw failure(
          code,
          answer.body,
          `${verb} ${resource} ${what}`.trimEnd(),
        );
      }
      return answer;
    } finally {
      this.report(verb, resource, code, started);
    }
  }

  private report(
    verb: string,
    resource: string,
    code: number,
    started: number,
  ): void {
    this.hooks.onCall?.({
      verb,
      resource,
      code,
      seconds: (performance.now() - started) / 1000,
    });
  }
}

function dryRun(wanted: boolean | undefined): string | undefined {
  return wanted ? 'All' : undefined;
}

function queryString(query: Query): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) {
      parts.push(`${name}=${encodeURIComponent(value)}`);
    }
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
