import { StoredObject } from '../../types';
import { badRequest, notFound, unsupportedMediaType } from '../failures';
import { isObject } from '../json';
import { Libraries } from '../libraries';
import { inVersion, Registry, storageOf } from '../registry';
import { ParsedBody, parseBody } from '../rest/decode';
import { Deleter } from '../rest/deletion';
import { negotiate, renderObject } from '../rest/output';
import { Watch } from '../rest/watches';
import { Writer } from '../rest/writer';
import { JsonObject, ServedKind } from '../seams';
import { Store } from '../store';
import { Exchange, PROTOBUF } from './exchange';

const BODY_TYPES = ['application/json', 'application/yaml', PROTOBUF];

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

/** A request on a kind that is served. */
export interface Call {
  rest: Rest;
  exchange: Exchange;
  kind: ServedKind;
  /** Absent for cluster-scoped kinds and across namespaces. */
  namespace?: string;
  /** Empty for collections. */
  name: string;
  subresource?: string;
}

/**
 * The object that a call is about, in the version of the call.
 * @throws ApiFailure 404
 */
export function objectOf({ rest, kind, namespace, name }: Call): StoredObject {
  const stored = rest.store.get(storageOf(kind), namespace, name);
  if (!stored) throw notFound(kind, name);
  return inVersion(stored, kind);
}

/** Answers with one object in the form that the client asked for. */
export function answer(
  { rest, exchange, kind }: Call,
  status: number,
  object: StoredObject,
): void {
  const output = negotiate(
    exchange.request.headers.accept,
    exchange.query,
    false,
  );
  const text = renderObject(kind, object, output, rest.now());
  exchange.json(status, text, { yaml: output.yaml });
}

/**
 * Reads the body by its content type.
 * @throws ApiFailure 400, 413 or 415
 */
export async function readBody(
  exchange: Exchange,
  kindName: string,
): Promise<ParsedBody> {
  const text = await exchange.body();
  const type = exchange.request.headers['content-type'] ?? 'application/json';
  const [media] = type.split(';');
  if (!BODY_TYPES.includes(media)) throw unsupportedMediaType(BODY_TYPES);
  return parseBody(text, media === 'application/yaml', kindName);
}

/**
 * A body that has to be an object.
 * @throws ApiFailure 400
 */
export function asObject(value: unknown, kindName: string): JsonObject {
  if (isObject(value)) return value;
  throw badRequest(`the body has to be a JSON object (${kindName})`);
}
