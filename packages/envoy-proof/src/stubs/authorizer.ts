import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { decodeCheckRequest, encodeCheckResponse } from './checkMessages';
import type { Closable } from './closable';
import { closeHttpServer, listenOnLoopback } from './closable';

/** What Envoy asks the authorizer. */
export interface Question {
  method: string;
  path: string;
  /** Lower-case names. What is there is what `headersToExtAuth` lets through, and what Envoy adds. */
  headers: Record<string, string>;
  body: Buffer;
}

/** What the authorizer answers. */
export type Answer =
  | {
      /** Goes on, with these headers and without those. */
      pass: true;
      headers: Record<string, string>;
      remove: string[];
    }
  | {
      /** Is answered at once. */
      pass: false;
      status: number;
      headers: Record<string, string>;
      body: string;
    };

/** Decides; may take its time, and may throw. */
export type Decide = (question: Question) => Answer | Promise<Answer>;

/** A process that answers Envoy's `ext_authz`. */
export interface Authorizer extends Closable {
  port: number;
}

/** An authorizer that Envoy asks over HTTP/1.1. */
export async function startHttpAuthorizer(decide: Decide): Promise<Authorizer> {
  const server = createServer((request, response) => {
    answerOverHttp(decide, request, response).catch(() => response.destroy());
  });
  const port = await listenOnLoopback(server);
  return { port, close: () => closeHttpServer(server) };
}

async function answerOverHttp(
  decide: Decide,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const answer = await decide({
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        String(value),
      ]),
    ),
    body: Buffer.concat(chunks),
  });
  if (answer.pass) {
    response.writeHead(200, {
      ...answer.headers,
      // Envoy's own header for it; not a field of Envoy Gateway's `extAuth`.
      ...(answer.remove.length > 0 && {
        'x-envoy-auth-headers-to-remove': answer.remove.join(','),
      }),
    });
    response.end();
  } else {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }
}

/**
 * An authorizer that Envoy asks over gRPC: node:http2 with the two messages read and written by hand, which is much
 * faster than a gRPC library.
 */
export async function startGrpcAuthorizer(decide: Decide): Promise<Authorizer> {
  // Large windows: a body of a megabyte is to arrive without waiting for permission to send more.
  const windowBytes = 2 ** 22;
  const server = createHttp2Server({
    settings: { initialWindowSize: windowBytes },
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', session => {
    session.setLocalWindowSize(windowBytes);
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', stream => {
    stream.on('error', () => {});
    answerOverGrpc(decide, stream).catch(() => {
      if (!stream.closed) {
        stream.respond(
          { ':status': 200, 'grpc-status': '13' },
          { endStream: true },
        );
      }
    });
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    close: async () => {
      server.close();
      for (const session of sessions) {
        session.destroy();
      }
    },
  };
}

async function answerOverGrpc(
  decide: Decide,
  stream: ServerHttp2Stream,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  // A message of gRPC is preceded by a flag and four bytes of length.
  const prefixBytes = 5;
  const question = Buffer.concat(chunks).subarray(prefixBytes);
  const answer = await decide(decodeCheckRequest(question));
  const message = encodeCheckResponse(answer);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc' },
    { waitForTrailers: true },
  );
  stream.once('wantTrailers', () =>
    stream.sendTrailers({ 'grpc-status': '0' }),
  );
  stream.end(Buffer.concat([prefix, message]));
}
