import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  CheckAnswer,
  CheckQuestion,
} from '@slipway/plugin-llm-backend/authorization';
import {
  CheckServer,
  MAX_BODY_BYTES,
} from '@slipway/plugin-llm-backend/authorization';
import type { Closable } from './closable';
import { closeHttpServer, listenOnLoopback } from './closable';

/** What Envoy asks the authorizer. */
export type Question = CheckQuestion;

/** What the authorizer answers. */
export type Answer = CheckAnswer;

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
    host: request.headers.host ?? '',
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

/** An authorizer that Envoy asks over gRPC: the server of the real one, with another decision. */
export async function startGrpcAuthorizer(decide: Decide): Promise<Authorizer> {
  const server = await CheckServer.start({
    check: async question => decide(question),
    port: 0,
    host: '127.0.0.1',
    maxMessageBytes: 2 * MAX_BODY_BYTES,
    maxBufferedBytes: 16 * MAX_BODY_BYTES,
  });
  return { port: server.port, close: () => server.stop(0) };
}
