/** What Envoy tells an authorizer about a request. */
export interface CheckRequest {
  id: string;
  method: string;
  /** Path and query. */
  path: string;
  host: string;
  scheme: string;
  protocol: string;
  /** Lower-case names. */
  headers: ReadonlyMap<string, string>;
  body?: Buffer;
  /** Address of the client. */
  source: string;
}

/** A header that an authorizer sets. */
export interface HeaderOption {
  name: string;
  value: string;
  /** `HeaderAppendAction`; 2 is OVERWRITE_IF_EXISTS_OR_ADD. */
  action: number;
  /** The deprecated field that came before it. */
  append: boolean;
}

/** What an authorizer answers. */
export type CheckResponse =
  | { ok: true; headers: HeaderOption[]; remove: string[]; unknown: string[] }
  | {
      ok: false;
      /** HTTP status; Envoy's 403 if the authorizer names none. */
      status: number;
      headers: HeaderOption[];
      body: string;
    };

const FORBIDDEN = 403;

function varint(value: number): Buffer {
  const encoded: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128))
    encoded.push((rest % 128) + 128);
  return Buffer.from([...encoded, rest]);
}

function bytes(id: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map(part => Buffer.from(part)));
  return Buffer.concat([varint(id * 8 + 2), varint(content.length), content]);
}

/** A text, left out when empty as proto3 does. */
const text = (id: number, value: string): Buffer =>
  value === '' ? Buffer.alloc(0) : bytes(id, value);

const number = (id: number, value: number): Buffer =>
  Buffer.concat([varint(id * 8), varint(value)]);

/**
 * A body as Envoy puts it into a protobuf string: each byte that is no part of valid UTF-8 becomes `!` (measured on Envoy 1.40,
 * `docs/decisions/0001`).
 */
function asString(body: Buffer): Buffer {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    decoder.decode(body);
    return body;
  } catch {
    return replaceInvalid(body);
  }
}

/** Range of the second byte of a UTF-8 sequence, by its first (RFC 3629 §4); the others are 0x80 to 0xbf. */
function secondByteRange(first: number): [number, number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}

/** Length of the UTF-8 sequence that begins here; 0: none does. */
function sequenceLength(body: Buffer, at: number): number {
  const first = body[at];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = [0xc0, 0xe0, 0xf0].filter(start => first >= start).length + 1;
  if (at + length > body.length) return 0;
  const [lowest, highest] = secondByteRange(first);
  const valid =
    body[at + 1] >= lowest &&
    body[at + 1] <= highest &&
    body.subarray(at + 2, at + length).every(byte => byte >> 6 === 2);
  return valid ? length : 0;
}

function replaceInvalid(body: Buffer): Buffer {
  const replaced = Buffer.from(body);
  for (let at = 0; at < body.length; ) {
    const length = sequenceLength(body, at);
    if (length === 0) replaced[at] = '!'.charCodeAt(0);
    at += Math.max(length, 1);
  }
  return replaced;
}

/**
 * Writes an `envoy.service.auth.v3.CheckRequest`.
 *
 * Source: `envoy/service/auth/v3/attribute_context.proto`; which fields Envoy fills: `check_request_utils.cc` (Envoy 1.40).
 */
export function encodeCheckRequest(request: CheckRequest): Buffer {
  const headers = [...request.headers].map(([name, value]) =>
    bytes(3, text(1, name), text(2, value)),
  );
  const http = [
    text(1, request.id),
    text(2, request.method),
    ...headers,
    text(4, request.path),
    text(5, request.host),
    text(6, request.scheme),
    number(9, request.body?.length ?? 0),
    text(10, request.protocol),
    ...(request.body?.length ? [bytes(11, asString(request.body))] : []),
  ];
  const address = bytes(1, bytes(1, text(2, request.source)));
  return bytes(1, bytes(1, address), bytes(4, bytes(2, ...http)));
}

type Field = { id: number; value: Buffer; number: number };

/** The fields of a message. @throws RangeError when it is cut off or of a kind that is not in these messages */
function fieldsOf(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at++];
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('the message is cut off');
  };
  const take = (length: number) => {
    if (at + length > message.length)
      throw new RangeError('the message is cut off');
    const value = message.subarray(at, at + length);
    at += length;
    return value;
  };
  const empty = Buffer.alloc(0);
  while (at < message.length) {
    const tag = readVarint();
    const id = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        found.push({ id, value: empty, number: readVarint() });
        break;
      case 1:
        found.push({ id, value: take(8), number: 0 });
        break;
      case 2:
        found.push({ id, value: take(readVarint()), number: 0 });
        break;
      case 5:
        found.push({ id, value: take(4), number: 0 });
        break;
      default:
        throw new RangeError(`wire type ${tag % 8} is not in these messages`);
    }
  }
  return found;
}

const last = (fields: readonly Field[], id: number): Field | undefined =>
  fields.filter(field => field.id === id).at(-1);

function headerOption(message: Buffer): HeaderOption {
  const fields = fieldsOf(message);
  const header = fieldsOf(last(fields, 1)?.value ?? Buffer.alloc(0));
  const append = last(fields, 2)?.value;
  return {
    name: last(header, 1)?.value.toString().toLowerCase() ?? '',
    value: (last(header, 3) ?? last(header, 2))?.value.toString() ?? '',
    append: append !== undefined && last(fieldsOf(append), 1)?.number === 1,
    action: last(fields, 3)?.number ?? 0,
  };
}

const optionsOf = (fields: readonly Field[]): HeaderOption[] =>
  fields.filter(({ id }) => id === 2).map(({ value }) => headerOption(value));

/** Fields of `OkHttpResponse` that the sandbox does not act on. */
const otherOkFields: Record<number, string> = {
  3: 'dynamic_metadata',
  6: 'response_headers_to_add',
  7: 'query_parameters_to_set',
  8: 'query_parameters_to_remove',
};

/**
 * Reads an `envoy.service.auth.v3.CheckResponse`.
 *
 * Source: `envoy/service/auth/v3/external_auth.proto`; what Envoy makes of it: `ext_authz_grpc_impl.cc` (Envoy 1.40).
 *
 * @throws RangeError when it is no such message
 */
export function decodeCheckResponse(message: Buffer): CheckResponse {
  const fields = fieldsOf(message);
  const code = last(fieldsOf(last(fields, 1)?.value ?? Buffer.alloc(0)), 1);
  if ((code?.number ?? 0) === 0) {
    const okFields = fieldsOf(last(fields, 3)?.value ?? Buffer.alloc(0));
    return {
      ok: true,
      headers: optionsOf(okFields),
      remove: okFields
        .filter(({ id }) => id === 5)
        .map(({ value }) => value.toString().toLowerCase()),
      unknown: okFields.flatMap(({ id }) => otherOkFields[id] ?? []),
    };
  }
  const denied = fieldsOf(last(fields, 2)?.value ?? Buffer.alloc(0));
  const status = fieldsOf(last(denied, 1)?.value ?? Buffer.alloc(0));
  return {
    ok: false,
    status: last(status, 1)?.number || FORBIDDEN,
    headers: optionsOf(denied),
    body: last(denied, 3)?.value.toString() ?? '',
  };
}
