import type { CheckAnswer, CheckQuestion } from '../types';
import { BackwardWriter, FieldCursor, ProtobufError } from './protobuf';

/*
 * Field numbers are those of envoy/service/auth/v3/{external_auth,attribute_context}.proto and
 * envoy/config/core/v3/base.proto (Envoy 1.40).
 */

/** A message of gRPC is preceded by a flag and four bytes of length. */
export const GRPC_PREFIX_BYTES = 5;

/** `google.rpc.Code`: what Envoy makes of a refusal is in `denied_response`, this only says that it is one. */
const PERMISSION_DENIED = 7;
/** `HeaderValueOption.append_action`: what a client sent is replaced, never joined. */
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

/**
 * Reads what matters of an `envoy.service.auth.v3.CheckRequest`: of `attributes` (1), `request` (4), `http` (2) the method (2), headers (3),
 * path (4), host (5) and body (11), or `raw_body` (12).
 *
 * @throws ProtobufError when the bytes are no such message
 */
export function decodeCheckRequest(message: Buffer): CheckQuestion {
  const question: CheckQuestion = {
    method: '',
    path: '',
    host: '',
    headers: {},
    body: message.subarray(0, 0),
  };
  let found = false;
  const check = new FieldCursor(message);
  while (check.next()) {
    if (check.field !== 1 || !check.hasLength) {
      continue;
    }
    const attributes = check.inner();
    while (attributes.next()) {
      if (attributes.field !== 4 || !attributes.hasLength) {
        continue;
      }
      const request = attributes.inner();
      while (request.next()) {
        if (request.field === 2 && request.hasLength) {
          readHttp(request.inner(), question);
          found = true;
        }
      }
    }
  }
  if (!found) {
    throw new ProtobufError('it describes no HTTP request');
  }
  return question;
}

function readHttp(http: FieldCursor, question: CheckQuestion): void {
  while (http.next()) {
    if (!http.hasLength) {
      continue;
    }
    switch (http.field) {
      case 2:
        question.method = http.text();
        break;
      case 3:
        readHeader(http.inner(), question.headers);
        break;
      case 4:
        question.path = http.text();
        break;
      case 5:
        question.host = http.text();
        break;
      case 11:
      case 12:
        // Both are never set at once. What is empty must not erase the other.
        if (http.end > http.start) {
          question.body = http.bytes.subarray(http.start, http.end);
        }
        break;
      default:
    }
  }
}

/** An entry of a map: name (1) and value (2). */
function readHeader(entry: FieldCursor, headers: Record<string, string>): void {
  let name = '';
  let value = '';
  while (entry.next()) {
    if (entry.field === 1 && entry.hasLength) {
      name = entry.text();
    } else if (entry.field === 2 && entry.hasLength) {
      value = entry.text();
    }
  }
  headers[name] = value;
}

/**
 * Writes an `envoy.service.auth.v3.CheckResponse` as a gRPC message, prefix included: status (1), and denied_response (2) with status (1),
 * headers (2) and body (3), or ok_response (3) with headers (2) and headers_to_remove (5).
 */
export function encodeCheckResponse(answer: CheckAnswer): Buffer {
  const writer = new BackwardWriter();
  if (answer.pass) {
    for (const name of answer.remove) {
      writer.bytes(5, name);
    }
    writeHeaders(writer, answer.headers);
    writer.frame(3, 0);
    const mark = writer.written;
    writer.number(1, 0);
    writer.frame(1, mark);
  } else {
    writer.bytes(3, answer.body);
    writeHeaders(writer, answer.headers);
    let mark = writer.written;
    writer.number(1, answer.status);
    writer.frame(1, mark);
    writer.frame(2, 0);
    mark = writer.written;
    writer.number(1, PERMISSION_DENIED);
    writer.frame(1, mark);
  }
  const message = writer.finish(GRPC_PREFIX_BYTES);
  message[0] = 0;
  message.writeUInt32BE(message.length - GRPC_PREFIX_BYTES, 1);
  return message;
}

/** `HeaderValueOption`s: header (1) with key (1) and value (2), append_action (3). */
function writeHeaders(
  writer: BackwardWriter,
  headers: Record<string, string>,
): void {
  for (const name of Object.keys(headers)) {
    const mark = writer.written;
    writer.number(3, OVERWRITE_IF_EXISTS_OR_ADD);
    const header = writer.written;
    writer.bytes(2, headers[name]);
    writer.bytes(1, name);
    writer.frame(1, header);
    writer.frame(2, mark);
  }
}
