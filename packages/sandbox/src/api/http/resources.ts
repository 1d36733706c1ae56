import { VIRTUAL_KINDS } from '../discovery';
import { methodNotAllowed, noSuchResource, notFound } from '../failures';
import { isCustom } from '../registry';
import { ResourceRequest } from '../requestInfo';
import { ServedKind } from '../seams';
import { asObject, Call, readBody, Rest } from './call';
import { remove, removeCollection } from './deletes';
import { Exchange } from './exchange';
import { get, list, watch } from './reads';
import { scale } from './scales';
import { Subresources } from './subresources';
import { create, patch, update } from './writes';

/** Whether the path has no namespace where the kind has none. */
const fits = (kind: ServedKind, { namespace }: ResourceRequest): boolean =>
  kind.namespaced || namespace === undefined || kind.plural === 'namespaces';

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
    const { group, version, plural, verb } = info;
    const virtual = VIRTUAL_KINDS.find(
      item =>
        item.group === group &&
        item.version === version &&
        item.plural === plural,
    );
    if (virtual) {
      if (verb !== 'create') throw methodNotAllowed();
      const { value } = await readBody(exchange, virtual.kind);
      this.#subresources.review(
        exchange,
        info,
        virtual,
        asObject(value, virtual.kind),
      );
      return;
    }
    const kind = this.#rest.registry.find(group, version, plural);
    if (!kind || !fits(kind, info)) {
      if (this.#isBuiltinGroup(group)) throw noSuchResource();
      exchange.pageNotFound();
      return;
    }
    if (kind.deprecationWarning) exchange.warn(kind.deprecationWarning);
    const { name = '', subresource } = info;
    const namespace = kind.namespaced ? info.namespace : undefined;
    const call = {
      rest: this.#rest,
      exchange,
      kind,
      namespace,
      name,
      subresource,
    };
    if (subresource) await this.#onSubresource(call, info, subresource);
    else await onMain(call, info);
  }

  async #onSubresource(
    call: Call,
    info: ResourceRequest,
    subresource: string,
  ): Promise<void> {
    const { kind, name } = call;
    const known = kind.subresources.find(item => item.name === subresource);
    if (!known) {
      // a custom resource without this subresource answers as if the object were missing
      if (isCustom(kind)) throw notFound(kind, name);
      throw noSuchResource();
    }
    if (!known.verbs.includes(info.verb)) throw methodNotAllowed();
    if (subresource === 'scale') await scale(call);
    else if (subresource !== 'status') {
      await this.#subresources.handle(call.exchange, kind, info);
    } else if (info.verb === 'get') get(call);
    else await (info.verb === 'update' ? update(call) : patch(call));
  }
}

async function onMain(call: Call, { verb }: ResourceRequest): Promise<void> {
  const { exchange, kind, namespace, name } = call;
  const isRead = verb === 'list' || verb === 'watch';
  const wrongPath =
    (kind.namespaced && namespace === undefined && !isRead) ||
    (verb === 'create' && name !== '') ||
    (['update', 'patch'].includes(verb) && name === '');
  if (wrongPath || !kind.verbs.includes(verb)) throw methodNotAllowed();
  switch (verb) {
    case 'get':
      return get(call);
    case 'list':
      return list(call);
    case 'watch':
      return watch(call);
    case 'create':
      return create(call);
    case 'update':
      return update(call);
    case 'patch':
      return patch(call);
    case 'delete':
      return remove(call);
    case 'deletecollection':
      return removeCollection(call);
    default:
      throw new Error(`${exchange.method} became the verb ${String(verb)}`);
  }
}
