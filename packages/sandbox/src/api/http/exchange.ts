import { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import { ApiFailure } from '../../types';
import { ANONYMOUS, User } from '../authentication';
import { statusOf } from '../failures';
import { JsonObject } from '../seams';
import { ExpiredToken } from '../rest/lists';
import { readProtobuf } from '../rest/protobuf';

/** Content type of Kubernetes' protobuf. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  user: User = ANONYMOUS;
  readonly #warnings: string[] = [];

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    this.path = at < 0 ? url : url.slice(0, at);
    this.query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  }

  readonly warn = (text: string): void => {
    this.#warnings.push(`299 - ${JSON.stringify(text)}`);
  };

  /**
   * The whole body as text. A protobuf body comes as the JSON that says the same.
   * @throws ApiFailure 413, or 501 for a kind that is not read from protobuf
   */
  async body(): Promise<string> {
    const bytes = await this.#bytes();
    const isProtobuf = this.request.headers['content-type'] === PROTOBUF;
    return isProtobuf && bytes.length > 0
      ? JSON.stringify(readProtobuf(bytes))
      : bytes.toString('utf8');
  }

  #bytes(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      this.request.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) {
          const why = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
          reject(new ApiFailure(413, 'RequestEntityTooLarge', why, {}));
        } else chunks.push(chunk);
      });
      this.request.on('end', () => resolve(Buffer.concat(chunks)));
      this.request.on('error', reject);
    });
  }

  /** Answers with JSON text (or the same as YAML). */
  json(
    status: number,
    text: string,
    options: { contentType?: string; yaml?: boolean } = {},
  ): void {
    if (options.yaml)
      this.#send(
        status,
        stringify(JSON.parse(text), { version: '1.1' }),
        'application/yaml',
      );
    else this.#send(status, text, options.contentType ?? 'application/json');
  }

  text(status: number, text: string): void {
    this.#send(status, text, 'text/plain; charset=utf-8');
  }

  bytes(status: number, body: Buffer, contentType: string): void {
    this.#send(status, body, contentType);
  }

  /** The answer of Go's router to a path that it does not know. */
  pageNotFound(): void {
    this.text(404, '404 page not found\n');
  }

  noContent(): void {
    this.response.writeHead(204).end();
  }

  /** Answers with the `Status` of a failure; anything that is no `ApiFailure` is a defect of the sandbox and says so. */
  fail(error: unknown): void {
    const failure =
      error instanceof ApiFailure
        ? error
        : new ApiFailure(
            500,
            'InternalError',
            `Internal error occurred in the sandbox: ${
              error instanceof Error
                ? error.stack ?? error.message
                : String(error)
            }`,
          );
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    const status: JsonObject = statusOf(failure);
    if (failure instanceof ExpiredToken)
      status.metadata = { continue: failure.next };
    for (const [name, value] of Object.entries(failure.headers ?? {})) {
      this.response.setHeader(name, value);
    }
    this.#send(failure.code, JSON.stringify(status), 'application/json');
  }

  #send(status: number, body: string | Buffer, contentType: string): void {
    if (this.response.destroyed) return;
    if (this.#warnings.length > 0)
      this.response.setHeader('Warning', this.#warnings);
    this.response.writeHead(status, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
    });
    this.response.end(this.method === 'HEAD' ? undefined : body);
  }
}
