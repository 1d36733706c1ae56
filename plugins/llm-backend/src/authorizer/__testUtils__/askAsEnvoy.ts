import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { BackwardWriter, FieldCursor } from '../grpc/protobuf';
import type { CheckQuestion } from '../types';

/** A CheckRequest as Envoy writes it, with more fields than are read. */
export function encodeQuestion(
  question: CheckQuestion,
  rawBody = false,
): Buffer {
  const writer = new BackwardWriter();
  writer.bytes(rawBody ? 12 : 11, question.body);
  writer.number(9, 2 ** 40);
  writer.bytes(5, question.host);
  writer.bytes(4, question.path);
  for (const [name, value] of Object.entries(question.headers)) {
    const mark = writer.written;
    writer.bytes(2, value);
    writer.bytes(1, name);
    writer.frame(3, mark);
  }
  writer.bytes(2, question.method);
  writer.bytes(1, 'an id');
  writer.frame(2, 0);
  writer.frame(4, 0);
  writer.bytes(1, 'a source');
  writer.frame(1, 0);
  return writer.finish(0);
}

/** A message of gRPC. */
export function framed(message: Buffer, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Asks an authorizer as Envoy does. */
export class EnvoyLike {
  readonly #session: ClientHttp2Session;

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on('error', () => {});
  }

  close(): void {
    this.#session.close();
  }

  /** `pass`, or the status that the client would get. */
  async ask(question: CheckQuestion): Promise<string> {
    return outcomeOf(await this.#send(question));
  }

  /** The bytes of the answer, as text. */
  async askWhole(question: CheckQuestion): Promise<string> {
    return (await this.#send(question)).toString();
  }

  #send(question: CheckQuestion): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': '/envoy.service.auth.v3.Authorization/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const chunks: Buffer[] = [];
      stream.on('data', chunk => chunks.push(chunk));
      stream.once('error', reject);
      stream.once('close', () => resolve(Buffer.concat(chunks)));
      stream.end(framed(encodeQuestion(question)));
    });
  }
}

/** Reads `denied_response` (2), `status` (1), `code` (1) of an answer. */
function outcomeOf(answer: Buffer): string {
  const cursor = new FieldCursor(answer.subarray(5));
  while (cursor.next()) {
    if (cursor.field === 2) {
      const denied = cursor.inner();
      while (denied.next()) {
        if (denied.field === 1) {
          const [, low, high] = denied.bytes.subarray(denied.start, denied.end);
          return String(low - 128 + high * 128);
        }
      }
    }
    if (cursor.field === 3) {
      return 'pass';
    }
  }
  return 'nothing';
}
