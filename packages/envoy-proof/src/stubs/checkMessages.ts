import type { Answer, Question } from './authorizer';

/** A field of a protobuf message: its number and, where it has a length, its bytes. */
function* fields(message: Buffer): Generator<[field: number, value: Buffer]> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      value += (byte % 128) * scale;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (at < message.length) {
    const tag = varint();
    switch (tag % 8) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        yield [Math.floor(tag / 8), message.subarray(at, at + length)];
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new Error(`A protobuf field has wire type ${tag % 8}.`);
    }
  }
}

const empty = Buffer.alloc(0);

function field(message: Buffer, ...path: number[]): Buffer {
  let current = message;
  for (const wanted of path) {
    let found = empty;
    for (const [number, value] of fields(current)) {
      if (number === wanted) {
        found = value;
      }
    }
    current = found;
  }
  return current;
}

/**
 * Reads what matters of an `envoy.service.auth.v3.CheckRequest`: attributes (1), request (4), http (2), and there method
 * (2), headers (3), path (4), body (11) or raw_body (12).
 */
export function decodeCheckRequest(message: Buffer): Question {
  const question: Question = { method: '', path: '', headers: {}, body: empty };
  for (const [number, value] of fields(field(message, 1, 4, 2))) {
    if (number === 2) {
      question.method = value.toString();
    } else if (number === 3) {
      question.headers[field(value, 1).toString()] = field(value, 2).toString();
    } else if (number === 4) {
      question.path = value.toString();
    } else if (number === 11 || number === 12) {
      question.body = value;
    }
  }
  return question;
}

function varintBytes(value: number): Buffer {
  const encoded: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) {
    encoded.push((rest % 128) + 128);
  }
  return Buffer.from([...encoded, rest]);
}

const number = (id: number, value: number) =>
  Buffer.concat([varintBytes(id * 8), varintBytes(value)]);

function bytes(id: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map(part => Buffer.from(part)));
  return Buffer.concat([
    varintBytes(id * 8 + 2),
    varintBytes(content.length),
    content,
  ]);
}

/** HeaderValueOption: header (1) with key (1) and value (2), append_action (3) OVERWRITE_IF_EXISTS_OR_ADD (2). */
const headerOptions = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, value]) =>
    bytes(2, bytes(1, bytes(1, name), bytes(2, value)), number(3, 2)),
  );

/**
 * Writes an `envoy.service.auth.v3.CheckResponse`: status (1), and denied_response (2) with status (1), headers (2) and
 * body (3), or ok_response (3) with headers (2) and headers_to_remove (5).
 */
export function encodeCheckResponse(answer: Answer): Buffer {
  if (answer.pass) {
    return Buffer.concat([
      bytes(1, number(1, 0)),
      bytes(
        3,
        ...headerOptions(answer.headers),
        ...answer.remove.map(name => bytes(5, name)),
      ),
    ]);
  }
  const permissionDenied = 7;
  return Buffer.concat([
    bytes(1, number(1, permissionDenied)),
    bytes(
      2,
      bytes(1, number(1, answer.status)),
      ...headerOptions(answer.headers),
      bytes(3, answer.body),
    ),
  ]);
}
