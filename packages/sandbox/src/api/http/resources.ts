import { StoredObject } from '../../types';
import {
  badRequest,
  deletedStatus,
  methodNotAllowed,
  noSuchResource,
  notFound,
  unsupportedMediaType,
} from '../failures';
import { isObject } from '../json';
import { Libraries } from '../libraries';
import { inVersion, isCustom, Registry, storageOf } from '../registry';
import { ResourceRequest } from '../requestInfo';
import { decodeObject, parseBody } from '../rest/decode';
import { Deleter, deleteOptions } from '../rest/deletion';
import { checkListOptions, listPage, tooLargeVersion } from '../rest/lists';
import {
  listAskedAsObject,
  negotiate,
  renderList,
  renderObject,
} from '../rest/output';
import { Patch, patchChange, patched, patchType } from '../rest/patching';
import { Watch } from '../rest/watches';
import { writeOptions } from '../rest/writeOptions';
import { Writer } from '../rest/writer';
import { JsonObject, ServedKind } from '../seams';
import { selection } from '../selectors';
import { Store } from '../store';
import { scaled, scaleOf } from '../virtual/scale';
import { VIRTUAL_KINDS } from '../discovery';
import { Exchange, PROTOBUF } from './exchange';
import { Subresources } from './subresources';

const BODY_TYPES = ['application/json', 'application/yaml', PROTOBUF];

/** Milliseconds that a read waits for a revision that has not come yet. */
const FUTURE_REVISION_WAIT_MS = 3_000;

/** What the handlers work with. */
export interface Rest {
  store: Store;
  registry: Registry;
  libraries: Libraries;
  writer: Writer;
  deleter: Deleter;
  watches: Set<Watch>;
  now: () => number;
}

/** Requests on resources: finds the kind, then does what the verb says. */
export class ResourceHandlers {
  readonly #rest: Rest;
  readonly #subresources: Subresources;
  readonly #isBuiltinGroup: (group: string) => boolean;

  constructor(
    rest: Rest,
    subresources: Subresources,
    isBuiltinGroup: (group: string) => boolean,
  ) {
    this.#rest = rest;
    this.#subresources = subresources;
    this.#isBuiltinGroup = isBuiltinGroup;
  }

  async handle(exchange: Exchange, info: ResourceRequest): Promise<void> {
    const virtual = VIRTUAL_KINDS.find(
      kind =>
        kind.group === info.group &&
        kind.version === info.version &&
        kind.plural === info.plural,
    );
    if (virtual) {
      if (info.verb !== 'create') throw methodNotAllowed();
      const body = readBody(await exchange.body(), exchange, virtual.kind);
      this.#subresources.review(
        exchange,
        info,
        virtual,
        asObject(body.value, virtual.kind),
      );
      return;
    }
    const kind = this.#rest.registry.find(
      info.group,
      info.version,
      info.plural,
    );
    if (!kind || !this.#fits(kind, info)) {
      if (this.#isBuiltinGroup(info.group)) throw noSuchResource();
      exchange.pageNotFound();
      return;
    }
    if (kind.deprecationWarning) exchange.warn(kind.deprecationWarning);
    if (info.subresource) await this.#subresource(exchange, kind, info);
    else await this.#main(exchange, kind, info);
  }

  /** Whether the path has a namespace where the kind wants one. Reads across namespaces have none. */
  #fits(kind: ServedKind, info: ResourceRequest): boolean {
    if (!kind.namespaced)
      return info.namespace === undefined || kind.plural === 'namespaces';
    if (info.namespace !== undefined) return true;
    return (
      info.verb === 'list' ||
      info.verb === 'watch' ||
      info.verb === 'deletecollection'
    );
  }

  async #main(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    const namespace = kind.namespaced ? info.namespace : undefined;
    const { name } = info;
    if (exchange.method === 'POST' && name) throw methodNotAllowed();
    if (!kind.verbs.includes(info.verb)) throw methodNotAllowed();
    switch (info.verb) {
      case 'get':
        this.#get(exchange, kind, namespace, name ?? '');
        break;
      case 'list':
        await this.#list(exchange, kind, namespace);
        break;
      case 'watch':
        this.#watch(exchange, kind, namespace);
        break;
      case 'create':
        await this.#create(exchange, kind, namespace);
        break;
      case 'update':
        if (!name) throw methodNotAllowed();
        await this.#update(exchange, kind, namespace, name);
        break;
      case 'patch':
        if (!name) throw methodNotAllowed();
        await this.#patch(exchange, kind, namespace, name);
        break;
      case 'delete':
        await this.#delete(exchange, kind, namespace, name ?? '');
        break;
      default:
        await this.#deleteCollection(exchange, kind, namespace);
    }
  }

  async #subresource(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    const { subresource = '', name = '' } = info;
    const known = kind.subresources.find(item => item.name === subresource);
    if (!known) {
      // a custom resource without this subresource answers as if the object were missing
      if (isCustom(kind)) throw notFound(kind, name);
      throw noSuchResource();
    }
    if (!known.verbs.includes(info.verb)) throw methodNotAllowed();
    const namespace = kind.namespaced ? info.namespace : undefined;
    if (subresource === 'scale') {
      await this.#scale(exchange, kind, namespace, name);
    } else if (subresource === 'status') {
      if (info.verb === 'get') this.#get(exchange, kind, namespace, name);
      else if (info.verb === 'update')
        await this.#update(exchange, kind, namespace, name, 'status');
      else await this.#patch(exchange, kind, namespace, name, 'status');
    } else await this.#subresources.handle(exchange, kind, info);
  }

  #stored(
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
  ): StoredObject {
    const stored = this.#rest.store.get(storageOf(kind), namespace, name);
    if (!stored) throw notFound(kind, name);
    return inVersion(stored, kind);
  }

  #get(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
  ): void {
    this.#answer(exchange, kind, 200, this.#stored(kind, namespace, name));
  }

  #answer(
    exchange: Exchange,
    kind: ServedKind,
    status: number,
    object: StoredObject,
  ): void {
    const output = negotiate(
      exchange.request.headers.accept,
      exchange.query,
      false,
    );
    const text = renderObject(kind, object, output, this.#rest.now());
    exchange.json(status, text, { yaml: output.yaml });
  }

  async #list(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
  ): Promise<void> {
    const { query } = exchange;
    checkListOptions(query, false);
    const output = this.#listOutput(exchange, kind);
    await this.#waitForRevision(query);
    const page = listPage(this.#rest.store, kind, namespace, query);
    const text = renderList(
      kind,
      page.items,
      page.metadata,
      output,
      this.#rest.now(),
    );
    exchange.json(200, text, { yaml: output.yaml });
  }

  /** A read of a revision that has not come yet waits a moment for it, then fails. */
  async #waitForRevision(query: URLSearchParams): Promise<void> {
    const wanted = Number(query.get('resourceVersion') ?? 0);
    const { store } = this.#rest;
    if (
      wanted <= store.revision ||
      query.get('resourceVersionMatch') === 'Exact'
    )
      return;
    await new Promise(resolve =>
      setTimeout(resolve, FUTURE_REVISION_WAIT_MS).unref(),
    );
    if (wanted > store.revision)
      throw tooLargeVersion(String(wanted), store.revision);
  }

  #listOutput(exchange: Exchange, kind: ServedKind) {
    try {
      return negotiate(exchange.request.headers.accept, exchange.query, true);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('list asked')) {
        throw listAskedAsObject(kind);
      }
      throw error;
    }
  }

  #watch(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
  ): void {
    const { query } = exchange;
    checkListOptions(query, true);
    const output = negotiate(exchange.request.headers.accept, query, false);
    const { store, watches, now } = this.#rest;
    const target = { kind, namespace, query, output };
    const watch = new Watch(store, target, exchange.response, now, ended =>
      watches.delete(ended),
    );
    watches.add(watch);
    watch.start();
  }

  async #create(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
  ): Promise<void> {
    const options = {
      ...writeOptions(
        exchange.request,
        exchange.query,
        exchange.user,
        'CreateOptions',
      ),
      warn: exchange.warn,
    };
    const body = readBody(await exchange.body(), exchange, kind.kind);
    const { writer } = this.#rest;
    const decoded = writer.decode(
      kind,
      body.value,
      body.duplicateFields,
      options,
    );
    this.#answer(
      exchange,
      kind,
      201,
      writer.create(kind, namespace, decoded, options),
    );
  }

  async #update(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
    subresource?: string,
  ): Promise<void> {
    const options = {
      ...writeOptions(
        exchange.request,
        exchange.query,
        exchange.user,
        'UpdateOptions',
      ),
      warn: exchange.warn,
      subresource,
    };
    const body = readBody(await exchange.body(), exchange, kind.kind);
    const { writer } = this.#rest;
    const decoded = writer.decode(
      kind,
      body.value,
      body.duplicateFields,
      options,
    );
    const mayCreate = kind.createByPut && !subresource;
    const written = writer.update(kind, namespace, name, options, {
      compute: () => decoded,
      mayCreate,
      replace: true,
    });
    this.#answer(exchange, kind, written.created ? 201 : 200, written.object);
  }

  async #patch(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
    subresource?: string,
  ): Promise<void> {
    const patch = await this.#readPatch(exchange, kind);
    const options = {
      ...writeOptions(
        exchange.request,
        exchange.query,
        exchange.user,
        'PatchOptions',
        patch.type === 'apply',
      ),
      warn: exchange.warn,
      subresource,
    };
    const { writer, libraries } = this.#rest;
    const change = patchChange(
      writer,
      libraries,
      kind,
      { ...patch, force: options.force },
      options,
      name,
    );
    const written = writer.update(kind, namespace, name, options, change);
    this.#answer(exchange, kind, written.created ? 201 : 200, written.object);
  }

  async #readPatch(exchange: Exchange, kind: ServedKind): Promise<Patch> {
    const type = patchType(exchange.request.headers['content-type'], kind);
    const body = parseBody(await exchange.body(), type === 'apply', kind.kind);
    return {
      type,
      body: body.value,
      duplicates: body.duplicateFields,
      force: false,
    };
  }

  async #delete(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
  ): Promise<void> {
    const options = deleteOptions(
      await this.#deleteBody(exchange),
      exchange.query,
    );
    const { deleter } = this.#rest;
    const { object, gone } = deleter.delete(
      kind,
      namespace,
      name,
      exchange.user,
      options,
    );
    if (gone && !kind.deleteReturnsObject) {
      const status = deletedStatus(kind, name, object.metadata.uid);
      exchange.json(200, JSON.stringify(status));
    } else this.#answer(exchange, kind, 200, object);
  }

  async #deleteBody(exchange: Exchange): Promise<JsonObject | undefined> {
    const text = await exchange.body();
    if (text === '') return undefined;
    return asObject(
      readBody(text, exchange, 'DeleteOptions').value,
      'DeleteOptions',
    );
  }

  async #deleteCollection(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
  ): Promise<void> {
    const options = deleteOptions(
      await this.#deleteBody(exchange),
      exchange.query,
    );
    const { store, deleter } = this.#rest;
    const selected = selection(exchange.query, kind);
    const items: StoredObject[] = [];
    for (const stored of store.list(storageOf(kind), namespace)) {
      const object = inVersion(stored, kind);
      if (selected && !selected(object)) continue;
      const { metadata } = object;
      deleter.delete(
        kind,
        metadata.namespace,
        metadata.name,
        exchange.user,
        options,
      );
      items.push(object);
    }
    const output = negotiate(
      exchange.request.headers.accept,
      exchange.query,
      true,
    );
    const metadata = { resourceVersion: String(store.revision) };
    exchange.json(
      200,
      renderList(kind, items, metadata, output, this.#rest.now()),
    );
  }

  async #scale(
    exchange: Exchange,
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
  ): Promise<void> {
    if (exchange.method === 'GET') {
      const scale = scaleOf(kind, this.#stored(kind, namespace, name));
      exchange.json(200, JSON.stringify(scale));
      return;
    }
    const isPatch = exchange.method === 'PATCH';
    const optionsKind = isPatch ? 'PatchOptions' : 'UpdateOptions';
    const options = {
      ...writeOptions(
        exchange.request,
        exchange.query,
        exchange.user,
        optionsKind,
      ),
      subresource: 'scale',
    };
    const patch = isPatch ? await this.#readPatch(exchange, kind) : undefined;
    const body = patch
      ? undefined
      : readBody(await exchange.body(), exchange, 'Scale');
    const { writer, libraries } = this.#rest;
    const written = writer.update(kind, namespace, name, options, {
      compute: current => {
        const object = current ?? this.#stored(kind, namespace, name);
        const wanted = patch
          ? patched(libraries, kind, scaleOf(kind, object), patch)
          : asObject(body?.value, 'Scale');
        return decodeObject(kind, scaled(kind, object, wanted));
      },
    });
    exchange.json(200, JSON.stringify(scaleOf(kind, written.object)));
  }
}

function readBody(text: string, exchange: Exchange, kindName: string) {
  const media = (
    exchange.request.headers['content-type'] ?? 'application/json'
  ).split(';')[0];
  const yaml = media === 'application/yaml';
  if (!yaml && media !== 'application/json' && media !== PROTOBUF)
    throw unsupportedMediaType(BODY_TYPES);
  return parseBody(text, yaml, kindName);
}

function asObject(value: unknown, kindName: string): JsonObject {
  if (isObject(value)) return value;
  throw badRequest(`the body has to be a JSON object (${kindName})`);
}
