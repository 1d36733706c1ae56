import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as grpc from '@grpc/grpc-js';
import type { Closable } from './closable';
import { closeHttpServer, listenOnLoopback } from './closable';
import { authorizationService } from './protos';

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

interface CheckRequest {
  attributes: {
    request: {
      http: {
        method: string;
        path: string;
        headers: Record<string, string>;
        body: string;
        rawBody: Buffer;
      };
    };
  };
}

/** An authorizer that Envoy asks over gRPC. */
export async function startGrpcAuthorizer(decide: Decide): Promise<Authorizer> {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': 64 * 2 ** 20,
  });
  server.addService(authorizationService, {
    check(
      call: grpc.ServerUnaryCall<CheckRequest, object>,
      done: grpc.sendUnaryData<object>,
    ) {
      answerOverGrpc(decide, call.request).then(
        answer => done(null, answer),
        () => done({ code: grpc.status.INTERNAL }),
      );
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      '127.0.0.1:0',
      grpc.ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    ),
  );
  return { port, close: async () => server.forceShutdown() };
}

async function answerOverGrpc(
  decide: Decide,
  { attributes }: CheckRequest,
): Promise<object> {
  const { method, path, headers, body, rawBody } = attributes.request.http;
  const answer = await decide({
    method,
    path,
    headers: headers ?? {},
    body: rawBody?.length ? rawBody : Buffer.from(body ?? ''),
  });
  const headerOptions = Object.entries(answer.headers).map(([key, value]) => ({
    header: { key, value },
    // OVERWRITE_IF_EXISTS_OR_ADD
    appendAction: 2,
  }));
  if (answer.pass) {
    return {
      status: { code: grpc.status.OK },
      okResponse: { headers: headerOptions, headersToRemove: answer.remove },
    };
  }
  return {
    status: { code: grpc.status.PERMISSION_DENIED },
    deniedResponse: {
      status: { code: answer.status },
      headers: headerOptions,
      body: answer.body,
    },
  };
}
