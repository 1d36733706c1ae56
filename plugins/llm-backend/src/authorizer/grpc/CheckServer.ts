import { createServer } from 'node:http2';
import type {
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2';
import type { CheckAnswer, CheckQuestion } from '../types';
import { decodeCheckRequest, encodeCheckResponse } from './checkMessages';
import { MessageReader, RpcError, RpcStatus } from './MessageReader';
import { ProtobufError } from './protobuf';

/** Decides about a request; answers at once where it can. */
export type Check = (
  question: CheckQuestion,
) => CheckAnswer | Promise<CheckAnswer>;

/** How a {@link CheckServer} is run. */
export interface CheckServerOptions {
  check: Check;
  port: number;
  /** All interfaces if absent. */
  host?: string;
  /** The largest question, in bytes: the body, and what else Envoy says about a request. */
  maxMessageBytes: number;
  /** Bytes of questions that may be in memory at once; who comes then is refused. */
  maxBufferedBytes: number;
  /** Told of what went wrong that was not the asker's fault; never holds anything of a request. */
  onFault?: (message: string) => void;
}

const CHECK_PATH = '/envoy.service.auth.v3.Authorization/Check';
/** Large, so that a body of a megabyte arrives without waiting for permission to send more. */
const WINDOW_BYTES = 2 ** 22;
const MAX_STREAMS = 1_000;

/**
 * Answers Envoy's `ext_authz` over gRPC: `node:http2`, with the two messages read and written by hand, which costs a fraction of a gRPC
 * library. Speaks HTTP/2 without TLS.
 */
export class CheckServer {
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #answered = {
    ':status': 200,
    'content-type': 'application/grpc',
  } as const;
  #bufferedBytes = 0;

  /**
   * Starts to listen.
   *
   * @throws Error when the port is taken
   */
  static async start(options: CheckServerOptions): Promise<CheckServer> {
    const server = createServer({
      settings: {
        initialWindowSize: WINDOW_BYTES,
        maxConcurrentStreams: MAX_STREAMS,
      },
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, resolve);
    });
    return new CheckServer(server, options);
  }

  private constructor(
    private readonly server: Http2Server,
    private readonly options: CheckServerOptions,
  ) {
    server.on('session', session => {
      session.setLocalWindowSize(WINDOW_BYTES);
      session.on('error', () => {});
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    server.on('sessionError', () => {});
    server.on('stream', (stream, headers) => this.#serve(stream, headers));
  }

  /** Where it listens. */
  get port(): number {
    const address = this.server.address();
    return address && typeof address === 'object' ? address.port : 0;
  }

  /**
   * Stops: connections are told to go elsewhere (GOAWAY), questions that are being answered are, and what is still open at the deadline is
   * cut.
   */
  async stop(deadlineMs = 5_000): Promise<void> {
    const closed = new Promise<void>(resolve =>
      this.server.close(() => resolve()),
    );
    for (const session of this.#sessions) {
      session.close();
    }
    const timer = setTimeout(() => {
      for (const session of this.#sessions) {
        session.destroy();
      }
    }, deadlineMs);
    await closed;
    clearTimeout(timer);
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // A client that goes away is no fault.
    stream.on('error', () => {});
    if (!/^application\/grpc($|[+;])/.test(headers['content-type'] ?? '')) {
      stream.respond({ ':status': 415 }, { endStream: true });
      return;
    }
    if (headers[':path'] !== CHECK_PATH || headers[':method'] !== 'POST') {
      this.#fail(
        stream,
        new RpcError(RpcStatus.unimplemented, `only ${CHECK_PATH} is served`),
      );
      return;
    }
    this.#read(stream, question => this.#answer(stream, question));
  }

  /** Collects the one message of a stream. */
  #read(stream: ServerHttp2Stream, onMessage: (message: Buffer) => void): void {
    const reader = new MessageReader(this.options.maxMessageBytes);
    let held = 0;
    let failed = false;
    const attempt = (work: () => void) => {
      if (failed) {
        return;
      }
      try {
        work();
      } catch (error) {
        failed = true;
        this.#fail(stream, error);
      }
    };
    stream.once('close', () => {
      this.#bufferedBytes -= held;
    });
    stream.on('data', (chunk: Buffer) =>
      attempt(() => {
        held += chunk.length;
        this.#bufferedBytes += chunk.length;
        if (this.#bufferedBytes > this.options.maxBufferedBytes) {
          throw new RpcError(
            RpcStatus.resourceExhausted,
            'too much is being read at once',
          );
        }
        reader.add(chunk);
      }),
    );
    stream.on('end', () => attempt(() => onMessage(reader.finish())));
  }

  #answer(stream: ServerHttp2Stream, message: Buffer): void {
    const answer = this.options.check(decodeCheckRequest(message));
    if (answer instanceof Promise) {
      answer.then(
        ready => this.#reply(stream, ready),
        error => this.#fail(stream, error),
      );
    } else {
      this.#reply(stream, answer);
    }
  }

  #reply(stream: ServerHttp2Stream, answer: CheckAnswer): void {
    if (stream.destroyed || stream.closed) {
      return;
    }
    const message = encodeCheckResponse(answer);
    stream.respond(this.#answered, { waitForTrailers: true });
    stream.once('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': '0' }),
    );
    stream.end(message);
  }

  /** Envoy refuses the client whatever the status is. */
  #fail(stream: ServerHttp2Stream, error: unknown): void {
    const fault = faultOf(error);
    if (fault.status === RpcStatus.internal) {
      this.options.onFault?.(fault.message);
    }
    if (stream.destroyed || stream.closed || stream.headersSent) {
      return;
    }
    stream.respond(
      {
        ...this.#answered,
        'grpc-status': String(fault.status),
        'grpc-message': encodeURIComponent(fault.message),
      },
      { endStream: true },
    );
    // What is still coming is not read.
    if (!stream.readableEnded) {
      stream.close();
    }
  }
}

function faultOf(error: unknown): RpcError {
  if (error instanceof RpcError) {
    return error;
  }
  if (error instanceof ProtobufError) {
    return new RpcError(
      RpcStatus.invalidArgument,
      `not a CheckRequest: ${error.message}`,
    );
  }
  // The message of an unknown error could hold a part of the request.
  return new RpcError(
    RpcStatus.internal,
    `the check failed: ${error instanceof Error ? error.name : typeof error}`,
  );
}
