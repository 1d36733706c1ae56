import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Clock, systemClock } from '../clock';
import { timestamp } from '../conditions';
import { keyOf, keyString } from '../resources';
import { parseLabelSelector } from '../selectors';
import {
  ApplyOptions,
  KubeApiError,
  KubeClient,
  KubeObject,
  ObjectKey,
  ObjectList,
  Resource,
  Scope,
  UpdateOptions,
  WatchEvent,
} from '../types';
import { applyOnto, updateOnto } from './fakeApply';

/** One call that a {@link FakeKubeClient} got. */
export interface FakeCall {
  verb:
    | 'get'
    | 'list'
    | 'watch'
    | 'create'
    | 'update'
    | 'apply'
    | 'patch'
    | 'delete';
  plural: string;
  key?: string;
  subresource?: string;
}

interface Watcher {
  resource: Resource;
  scope: Scope;
  send(event: WatchEvent): void;
  end(error?: Error): void;
}

const WRITES = new Set(['create', 'update', 'apply', 'patch', 'delete']);

/**
 * An API server in memory, for unit tests: objects with versions, uids and generations, watches, server-side apply with managed
 * fields, finalizers. No schemas, no defaulting, no garbage collection. Faults are made with `failNext`, `dropWatches`, `expire`, `unserve`.
 */
export class FakeKubeClient implements KubeClient {
  /** Every call so far, in order. */
  readonly calls: FakeCall[] = [];
  private readonly objects = new Map<string, Map<string, KubeObject>>();
  private readonly history: {
    plural: string;
    version: number;
    event: WatchEvent;
  }[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly unserved = new Set<string>();
  private readonly faults: {
    matches: (call: FakeCall) => boolean;
    error: Error;
  }[] = [];
  private version = 1;
  private oldestVersion = 0;

  constructor(
    private readonly options: { clock?: Clock; watchList?: boolean } = {},
  ) {}

  /** The calls that wrote. */
  get writes(): FakeCall[] {
    return this.calls.filter(({ verb }) => WRITES.has(verb));
  }

  /** Puts an object there as another client would, e.g. a controller or a person. */
  async put(
    resource: Resource,
    object: KubeObject,
    fieldManager = 'test',
  ): Promise<KubeObject> {
    const live = this.find(resource, keyOf(object));
    const next: KubeObject = live
      ? { ...object, metadata: { ...live.metadata, ...object.metadata } }
      : object;
    return this.store(resource, updateOnto(live, next, fieldManager));
  }

  /** What is stored, without a call. */
  find(resource: Resource, key: ObjectKey): KubeObject | undefined {
    return this.kind(resource).get(keyString(key));
  }

  /** All that is stored of a kind, without a call. */
  all(resource: Resource): KubeObject[] {
    return [...this.kind(resource).values()];
  }

  /** The next call that matches fails with this error. */
  failNext(matches: (call: FakeCall) => boolean, error: Error): void {
    this.faults.push({ matches, error });
  }

  /** Breaks all open watches. */
  dropWatches(): void {
    [...this.watchers].forEach(watcher =>
      watcher.end(new Error('connection reset')),
    );
  }

  /** Forgets all history: watches from an older version get 410, and open ones end with it. */
  expire(): void {
    this.oldestVersion = this.version;
    [...this.watchers].forEach(watcher =>
      watcher.end(failure(410, 'Expired', 'too old')),
    );
  }

  /** The CRD of a kind goes, and its objects with it. */
  unserve(resource: Resource): void {
    this.all(resource).forEach(object => this.remove(resource, object));
    this.unserved.add(kindOf(resource));
    for (const watcher of [...this.watchers]) {
      if (kindOf(watcher.resource) === kindOf(resource)) {
        watcher.end();
      }
    }
  }

  /** The CRD of a kind is there. */
  serve(resource: Resource): void {
    this.unserved.delete(kindOf(resource));
  }

  async get<T extends KubeObject = KubeObject>(
    resource: Resource,
    key: ObjectKey,
  ): Promise<T> {
    this.enter(
      { verb: 'get', plural: resource.plural, key: keyString(key) },
      resource,
    );
    return answer<T>(this.existing(resource, key));
  }

  async list<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope: Scope & { limit?: number; continue?: string } = {},
  ): Promise<ObjectList<T>> {
    this.enter({ verb: 'list', plural: resource.plural }, resource);
    const all = this.all(resource).filter(object => inScope(object, scope));
    const start = Number(scope.continue ?? 0);
    const end = scope.limit === undefined ? all.length : start + scope.limit;
    return {
      resourceVersion: String(this.version),
      items: all.slice(start, end).map(object => answer<T>(object)),
      ...(end < all.length && { continue: String(end) }),
    };
  }

  async watch<T extends KubeObject = KubeObject>(
    resource: Resource,
    scope: Scope & { resourceVersion?: string; sendInitialEvents?: boolean },
    options: {
      signal?: AbortSignal;
      isKnown?(resourceVersion: string): boolean;
      onOpen?(): void;
      onEvent(event: WatchEvent<T>): void;
    },
  ): Promise<void> {
    this.enter({ verb: 'watch', plural: resource.plural }, resource);
    if (scope.sendInitialEvents && this.options.watchList === false) {
      throw failure(422, 'Invalid', 'sendInitialEvents: Forbidden');
    }
    const since = Number(scope.resourceVersion ?? 0);
    if (!scope.sendInitialEvents && since < this.oldestVersion) {
      throw failure(410, 'Expired', `too old resource version: ${since}`);
    }
    options.onOpen?.();
    await new Promise<void>((resolve, reject) => {
      const watcher: Watcher = {
        resource,
        scope,
        send: event => {
          const { type, object } = event;
          const { resourceVersion = '' } = object.metadata;
          const isThere = type === 'ADDED' || type === 'MODIFIED';
          if (isThere && options.isKnown?.(resourceVersion)) {
            return;
          }
          if (type === 'BOOKMARK' || inScope(object, scope)) {
            options.onEvent({ type, object: answer<T>(object) });
          }
        },
        end: error => {
          this.watchers.delete(watcher);
          if (error) {
            reject(error);
          } else {
            resolve();
          }
        },
      };
      this.watchers.add(watcher);
      options.signal?.addEventListener('abort', () => watcher.end(), {
        once: true,
      });
      this.sendPast(watcher, since, scope.sendInitialEvents);
    });
  }

  async create<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: { fieldManager?: string; dryRun?: boolean } = {},
  ): Promise<T> {
    const key = keyString(keyOf(object));
    this.enter({ verb: 'create', plural: resource.plural, key }, resource);
    if (this.find(resource, keyOf(object))) {
      throw failure(
        409,
        'AlreadyExists',
        `${resource.plural} "${key}" already exists`,
      );
    }
    const fresh = updateOnto(
      undefined,
      object,
      options.fieldManager ?? 'unknown',
    );
    return answer<T>(options.dryRun ? fresh : this.store(resource, fresh));
  }

  async update<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: UpdateOptions = {},
  ): Promise<T> {
    const { subresource, fieldManager = 'unknown' } = options;
    const key = keyOf(object);
    this.enter(
      {
        verb: 'update',
        plural: resource.plural,
        key: keyString(key),
        subresource,
      },
      resource,
    );
    const live = this.existing(resource, key);
    const { resourceVersion } = object.metadata;
    if (
      resourceVersion !== undefined &&
      resourceVersion !== live.metadata.resourceVersion
    ) {
      throw failure(409, 'Conflict', 'the object has been modified');
    }
    const next =
      subresource === 'status' ? { ...live, status: object.status } : object;
    return answer<T>(
      this.store(resource, updateOnto(live, next, fieldManager)),
    );
  }

  async apply<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: ApplyOptions,
  ): Promise<T> {
    const key = keyOf(object);
    const { subresource } = options;
    this.enter(
      {
        verb: 'apply',
        plural: resource.plural,
        key: keyString(key),
        subresource,
      },
      resource,
    );
    const live = subresource
      ? this.existing(resource, key)
      : this.find(resource, key);
    const next = applyOnto(live, object, options);
    return answer<T>(options.dryRun ? next : this.store(resource, next));
  }

  async mergePatch<T extends KubeObject = KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: Record<string, unknown>,
    options: { fieldManager?: string; subresource?: string } = {},
  ): Promise<T> {
    const { subresource, fieldManager = 'unknown' } = options;
    this.enter(
      {
        verb: 'patch',
        plural: resource.plural,
        key: keyString(key),
        subresource,
      },
      resource,
    );
    const live = this.existing(resource, key);
    const next = merge(live, patch);
    return answer<T>(
      this.store(resource, updateOnto(live, next, fieldManager)),
    );
  }

  async delete(
    resource: Resource,
    key: ObjectKey,
    options: {
      preconditions?: { uid?: string; resourceVersion?: string };
    } = {},
  ): Promise<void> {
    this.enter(
      { verb: 'delete', plural: resource.plural, key: keyString(key) },
      resource,
    );
    const live = this.existing(resource, key);
    const { uid } = options.preconditions ?? {};
    if (uid !== undefined && uid !== live.metadata.uid) {
      throw failure(
        409,
        'Conflict',
        'the UID in the precondition does not match',
      );
    }
    if (live.metadata.finalizers?.length) {
      const clock = this.options.clock ?? systemClock;
      const deletionTimestamp = timestamp(new Date(clock.wallMs()));
      this.store(resource, {
        ...live,
        metadata: { ...live.metadata, deletionTimestamp },
      });
    } else {
      this.remove(resource, live);
    }
  }

  async logs(): Promise<string> {
    throw failure(501, 'NotImplemented', 'the fake has no logs');
  }

  async isServed(resource: Resource): Promise<boolean> {
    return !this.unserved.has(kindOf(resource));
  }

  private enter(call: FakeCall, resource: Resource): void {
    this.calls.push(call);
    const index = this.faults.findIndex(({ matches }) => matches(call));
    if (index >= 0) {
      throw this.faults.splice(index, 1)[0].error;
    }
    if (this.unserved.has(kindOf(resource))) {
      throw failure(
        404,
        'NotFound',
        'the server could not find the requested resource',
      );
    }
  }

  private kind(resource: Resource): Map<string, KubeObject> {
    let objects = this.objects.get(kindOf(resource));
    if (!objects) {
      objects = new Map();
      this.objects.set(kindOf(resource), objects);
    }
    return objects;
  }

  private existing(resource: Resource, key: ObjectKey): KubeObject {
    const object = this.find(resource, key);
    if (!object) {
      throw failure(
        404,
        'NotFound',
        `${resource.plural} "${keyString(key)}" not found`,
      );
    }
    return object;
  }

  private store(resource: Resource, object: KubeObject): KubeObject {
    const live = this.find(resource, keyOf(object));
    if (live && isDeepStrictEqual(contentOf(live), contentOf(object))) {
      return live;
    }
    const { spec, metadata } = object;
    const changed = JSON.stringify(live?.spec) !== JSON.stringify(spec);
    const clock = this.options.clock ?? systemClock;
    const stored: KubeObject = {
      ...structuredClone(object),
      metadata: {
        ...structuredClone(metadata),
        uid: live?.metadata.uid ?? randomUUID(),
        resourceVersion: String(++this.version),
        generation:
          (live?.metadata.generation ?? 0) + (changed || !live ? 1 : 0),
        creationTimestamp:
          live?.metadata.creationTimestamp ??
          timestamp(new Date(clock.wallMs())),
      },
    };
    if (
      metadata.deletionTimestamp !== undefined &&
      !metadata.finalizers?.length
    ) {
      this.remove(resource, stored);
      return stored;
    }
    this.kind(resource).set(keyString(keyOf(object)), stored);
    this.publish(resource, {
      type: live ? 'MODIFIED' : 'ADDED',
      object: stored,
    });
    return stored;
  }

  private remove(resource: Resource, object: KubeObject): void {
    this.kind(resource).delete(keyString(keyOf(object)));
    const resourceVersion = String(++this.version);
    this.publish(resource, {
      type: 'DELETED',
      object: { ...object, metadata: { ...object.metadata, resourceVersion } },
    });
  }

  private publish(resource: Resource, event: WatchEvent): void {
    this.history.push({
      plural: kindOf(resource),
      version: this.version,
      event,
    });
    for (const watcher of [...this.watchers]) {
      if (kindOf(watcher.resource) === kindOf(resource)) {
        watcher.send(event);
      }
    }
  }

  private sendPast(watcher: Watcher, since: number, initial?: boolean): void {
    if (!initial) {
      this.history
        .filter(
          past =>
            past.version > since && past.plural === kindOf(watcher.resource),
        )
        .forEach(({ event }) => watcher.send(event));
      return;
    }
    const { apiVersion, kind } = watcher.resource;
    this.all(watcher.resource).forEach(object =>
      watcher.send({ type: 'ADDED', object }),
    );
    watcher.send({
      type: 'BOOKMARK',
      object: {
        apiVersion,
        kind,
        metadata: {
          name: '',
          resourceVersion: String(this.version),
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  }
}

function kindOf(resource: Resource): string {
  return `${resource.apiVersion}/${resource.plural}`;
}

/** A copy, as over the wire. What a caller says it is, it is: as with a real server. */
function answer<T extends KubeObject>(object: KubeObject): T {
  return JSON.parse(JSON.stringify(object));
}

function contentOf(object: KubeObject): unknown {
  const { resourceVersion, ...metadata } = object.metadata;
  return JSON.parse(JSON.stringify({ ...object, metadata }));
}

function inScope({ metadata }: KubeObject, scope: Scope): boolean {
  const { namespace, labelSelector, fieldSelector } = scope;
  const name = /^metadata\.name=(.*)$/.exec(fieldSelector ?? '')?.[1];
  if (fieldSelector !== undefined && name === undefined) {
    throw new Error(
      `the fake knows only metadata.name=… as a field selector: ${fieldSelector}`,
    );
  }
  return (
    (namespace === undefined || namespace === metadata.namespace) &&
    (name === undefined || name === metadata.name) &&
    (labelSelector === undefined ||
      parseLabelSelector(labelSelector)(metadata.labels))
  );
}

function merge<T extends Record<string, unknown>>(
  target: T,
  patch: Record<string, unknown>,
): T {
  const result = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const present = result[name];
    if (value === null) {
      Reflect.deleteProperty(result, name);
    } else if (isMap(value)) {
      Object.assign(result, {
        [name]: merge(isMap(present) ? present : {}, value),
      });
    } else {
      Object.assign(result, { [name]: value });
    }
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failure(code: number, reason: string, message: string): KubeApiError {
  return new KubeApiError({ code, reason, message }, 'fake server');
}
