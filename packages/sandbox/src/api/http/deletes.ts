import { StoredObject } from '../../types';
import { deletedStatus } from '../failures';
import { inVersion, storageOf } from '../registry';
import { DeleteOptions, deleteOptions } from '../rest/deletion';
import { negotiate, renderList } from '../rest/output';
import { selection } from '../selectors';
import { answer, asObject, Call, readBody } from './call';
import { Exchange } from './exchange';

async function optionsOf(exchange: Exchange): Promise<DeleteOptions> {
  const { request, query } = exchange;
  const isEmpty =
    request.headers['content-length'] === '0' ||
    (request.headers['content-length'] === undefined &&
      request.headers['transfer-encoding'] === undefined);
  if (isEmpty) return deleteOptions(undefined, query);
  const { value } = await readBody(exchange, 'DeleteOptions');
  return deleteOptions(asObject(value, 'DeleteOptions'), query);
}

/** DELETE of one object: a `Status` when it is gone, the object while something holds it (or where its kind answers so). */
export async function remove(call: Call): Promise<void> {
  const { rest, exchange, kind, namespace, name } = call;
  const options = await optionsOf(exchange);
  const { object, gone } = rest.deleter.delete(
    kind,
    namespace,
    name,
    exchange.user,
    options,
  );
  if (!gone || kind.deleteReturnsObject) answer(call, 200, object);
  else
    exchange.json(
      200,
      JSON.stringify(deletedStatus(kind, name, object.metadata.uid)),
    );
}

/** DELETE of a collection: answers with the list of what was deleted. */
export async function removeCollection({
  rest,
  exchange,
  kind,
  namespace,
}: Call): Promise<void> {
  const options = await optionsOf(exchange);
  const { store, deleter } = rest;
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
    kind,
  );
  const metadata = { resourceVersion: String(store.revision) };
  exchange.json(200, renderList(kind, items, metadata, output, rest.now()));
}
