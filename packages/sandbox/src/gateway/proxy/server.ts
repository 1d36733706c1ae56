import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { randomUUID } from 'node:crypto';
import {
  applyEarlyHeaders,
  clientTrafficOf,
  unknownClientTraffic,
} from '../clientTraffic';
import type { ListenerState } from '../listeners';
import { decide, type Decision, type GatewayRequest } from './decide';
import { parseDurationMs } from './durations';
import type { ProxyContext } from './gatewayConfig';
import { localReplies, notEvaluated, type LocalReply } from './localReply';
import { readTarget } from './target';

/** Largest request head (`max_request_headers_kb`, Envoy's default of 60). */
const maxHeaderBytes = 60 * 1024;

/** A client must have sent its headers after this time (Envoy Gateway's default for idle connections is longer; Node needs a limit). */
const headersTimeoutMs = 60_000;

/**
 * Time that a route has which names none (Envoy's `RouteAction.timeout`). `backendRequest` stands above `request`, as there are no
 * retries (`processRouteTimeout`, Envoy Gateway v1.8.1).
 */
const defaultTimeout = '15s';

/** How long a client may go on sending what was refused. */
const lingerMs = 1000;

/** A listener of a Gateway as connections find it. */
interface Listening {
  gatewayKey: string;
  state: ListenerState;
}

function* readyListeners({ plane }: ProxyContext): Iterable<Listening> {
  for (const gatewayKey of plane.views.gateways.keys()) {
    for (const state of plane.listeners(gatewayKey) ?? []) {
      if (state.ready && state.certificate) yield { gatewayKey, state };
    }
  }
}

/** The listener whose hostname covers a TLS server name: the exact one, then the longest wildcard, then one without a hostname. */
function listenerFor(
  context: ProxyContext,
  serverName: string,
): Listening | undefined {
  let best: { listening: Listening; length: number } | undefined;
  for (const listening of readyListeners(context)) {
    const { hostname } = listening.state.spec;
    let length = -1;
    if (hostname === undefined) length = 0;
    else if (hostname === serverName) length = Infinity;
    else if (
      hostname.startsWith('*.') &&
      serverName.endsWith(hostname.slice(1))
    )
      length = hostname.length;
    if (length >= 0 && (!best || length > best.length))
      best = { listening, length };
  }
  return best?.listening;
}

const contexts = new WeakMap<object, SecureContext>();

function secureContextOf({ state }: Listening): SecureContext | undefined {
  if (!state.certificate) return undefined;
  const known =
    contexts.get(state.certificate) ?? createSecureContext(state.certificate);
  contexts.set(state.certificate, known);
  return known;
}

/**
 * Headers by lower-case name. One that comes several times is one list, as Envoy's filters and authorizers see it (measured on Envoy
 * 1.40.0; empty ones are left out); Node alone would keep the first of many of them.
 */
function headersOf(request: IncomingMessage): Map<string, string> {
  return new Map(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [
      name,
      values.filter(Boolean).join(name === 'cookie' ? '; ' : ','),
    ]),
  );
}

async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | 'tooLarge'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) return 'tooLarge';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(
  response: ServerResponse,
  { status, headers = {}, body = '' }: LocalReply,
): void {
  if (response.destroyed) return;
  // What a client still sends of a body that is refused is not read: the connection ends.
  const close = response.req.complete ? {} : { connection: 'close' };
  response.writeHead(status, {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    ...close,
  });
  response.end(body);
}

/** Lets the model server answer, until the client has gone or the route's time is up. */
async function forward(
  context: ProxyContext,
  decision: Exclude<Decision, { reply: LocalReply }>,
  { method, path }: GatewayRequest,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const { request, backendRequest } = decision.timeoutOf.rule.timeouts ?? {};
  const timeoutMs = parseDurationMs(
    backendRequest ?? request ?? defaultTimeout,
  );
  const cancel =
    timeoutMs > 0
      ? context.clock.after(timeoutMs, () => {
          abort.abort();
          if (response.headersSent) response.destroy();
          else send(response, localReplies.requestTimeout);
        })
      : () => {};
  try {
    await context.serving.serve(
      decision.server,
      { method, path, body: body.toString('utf8'), signal: abort.signal },
      {
        head: (status, headers) => {
          if (response.headersSent || response.destroyed) return;
          response.writeHead(status, headers);
        },
        write: text => {
          if (!response.destroyed && !response.writableEnded)
            response.write(text);
        },
        end: () => {
          if (!response.destroyed && !response.writableEnded) response.end();
        },
      },
    );
  } finally {
    cancel();
  }
}

async function handle(
  context: ProxyContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket } = request;
  const serverName =
    socket instanceof TLSSocket ? socket.servername : undefined;
  const listening =
    typeof serverName === 'string'
      ? listenerFor(context, serverName)
      : undefined;
  if (!listening) {
    socket.destroy();
    return;
  }
  const { gatewayKey, state } = listening;
  const policy = context.plane.clientPolicyInForce(gatewayKey, state.spec.name);
  const unknown = policy ? unknownClientTraffic(policy) : [];
  if (unknown.length > 0) {
    const fields = unknown.map(
      field => `spec.${field} of a ClientTrafficPolicy`,
    );
    send(response, notEvaluated(fields.join(', ')));
    return;
  }
  const traffic = clientTrafficOf(policy);
  const headers = headersOf(request);
  const target = [...headers.keys()].some(name => name.includes('_'))
    ? localReplies.badRequest
    : readTarget(request.url ?? '/');
  if ('status' in target) {
    send(response, target);
    return;
  }
  if (target.authority !== undefined) headers.set('host', target.authority);
  applyEarlyHeaders(headers, traffic.earlyRequestHeaders);
  headers.set('x-request-id', randomUUID());

  let body: Promise<Buffer | 'tooLarge'> | undefined;
  const gatewayRequest: GatewayRequest = {
    gatewayKey,
    listener: state.spec.name,
    host: (headers.get('host') ?? '').replace(/:\d+$/, '').toLowerCase(),
    method: request.method ?? 'GET',
    path: target.path,
    query: target.query,
    target: target.text,
    headers,
    remoteAddress: socket.remoteAddress ?? '',
    body: (limitBytes = traffic.bufferLimitBytes) => {
      body ??= readBody(request, limitBytes);
      return body;
    },
  };
  const decision = await decide(context, gatewayRequest);
  if ('reply' in decision) {
    send(response, decision.reply);
    return;
  }
  const received = await gatewayRequest.body();
  if (received === 'tooLarge') send(response, localReplies.payloadTooLarge);
  else await forward(context, decision, gatewayRequest, received, response);
}

/** What can't be read as a request: answered while the client may still be sending, then the connection ends. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET') socket.destroy();
  // More of the same request: the answer is on its way.
  if (!socket.writable) return;
  const reason =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request';
  const body = reason.slice('400 '.length);
  setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.resume();
  socket.end(
    `HTTP/1.1 ${reason}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/**
 * The HTTPS server of the gateway. It presents the certificate of the listener that a client names, and ends connections that name none,
 * as Envoy does when no filter chain matches.
 */
export function createProxyServer(
  context: ProxyContext,
  onError: (error: unknown) => void,
): Server {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      // Streams of tokens may take longer than any limit on a whole request.
      requestTimeout: 0,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (serverName, done) => {
        const listening = listenerFor(context, serverName);
        const secureContext = listening && secureContextOf(listening);
        if (secureContext) done(null, secureContext);
        else done(new Error(`no listener for ${serverName}`));
      },
    },
    (request, response) => {
      handle(context, request, response).catch(error => {
        if (request.destroyed || response.destroyed) return;
        onError(error);
        if (response.headersSent) response.destroy();
        else send(response, localReplies.internalError);
      });
    },
  );
  server.on('clientError', refuseUnreadable);
  return server;
}
