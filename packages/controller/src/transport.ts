import http from 'node:http';
import https from 'node:https';
import { Clock, pause } from './clock';
import { ConnectionPool, PooledAnswer } from './connectionPool';
import { Limiter } from './limiter';
import { onAbort } from './onAbort';

/** Where the API server is and how to be known to it. */
export interface Connection {
  /** Base URL; a path is kept as a prefix (clusters behind a proxy). */
  server: URL;
  tls: Pick<
    https.RequestOptions,
    'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'
  >;
  headers: Record<string, string>;
  /** Overrides our own agent, e.g. for a SOCKS proxy. */
  agent?: http.Agent;
}

/** Source of connections: credentials change while a process runs. */
export interface Credentials {
  /** The present connection; cheap enough to be asked before each request. */
  current(): Promise<Connection>;
  /** The server said 401: forget what is cached. */
  renew(): Promise<void>;
}

/** One request. `path` includes the query. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  contentType?: string;
  accept?: string;
  body?: string;
  signal?: AbortSignal;
  /** Given up after this long without the whole answer. */
  timeoutMs?: number;
  /** Called right before the request goes out, after any waiting; throws to forbid it. */
  guard?: () => void;
  /** Does not wait for a place among the others, e.g. renewals of the lease that everything else hangs on. */
  urgent?: boolean;
}

/** The whole answer to a request. */
export type HttpAnswer = PooledAnswer;

/** Tuning of a {@link Transport}. */
export interface TransportOptions {
  credentials: Credentials;
  userAgent: string;
  clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  random: () => number;
  /** Requests in flight at once; watches do not count. */
  maxInFlight: number;
  timeoutMs: number;
  /** How often a request is sent at most, where sending it again is safe. */
  attempts: number;
}

/** A connection that seems alive but whose other end is gone is noticed by TCP keep-alive after about 40 s. */
const KEEP_ALIVE_PROBE_MS = 30_000;
const REFUSED = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
]);

/** HTTP/1.1 with pooled connections, limits, time-outs, and retries where they are safe. Knows nothing of Kubernetes. */
export class Transport {
  private readonly limiter: Limiter;
  private ways:
    | { connection: Connection; pool: ConnectionPool; streaming: http.Agent }
    | undefined;

  constructor(private readonly options: TransportOptions) {
    this.limiter = new Limiter(options.maxInFlight);
  }

  /** Sends a request until it is answered; what the answer means is the caller's business. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= this.options.attempts;
      let delayMs: number;
      try {
        const answer = await this.once(request);
        if (answer.status === 401 && !renewed) {
          renewed = true;
          await this.options.credentials.renew();
          continue;
        }
        const retryAfterMs = retryDelayMs(answer);
        if (
          retryAfterMs === undefined ||
          last ||
          !mayRepeatAnswered(request, answer)
        ) {
          return answer;
        }
        delayMs = retryAfterMs;
      } catch (error) {
        if (
          last ||
          request.signal?.aborted ||
          !mayRepeatBroken(request, error)
        ) {
          throw error;
        }
        delayMs = 100 * 2 ** attempt;
      }
      await pause(
        this.options.clock,
        delayMs * (1 + 0.25 * this.options.random()),
        request.signal,
      );
      request.signal?.throwIfAborted();
    }
  }

  /**
   * Opens a stream and resolves with the answer once its headers are there, which must be within the time-out. The caller consumes or destroys
   * it.
   */
  async stream(request: HttpRequest): Promise<http.IncomingMessage> {
    const connection = await this.options.credentials.current();
    request.guard?.();
    const agent = connection.agent ?? this.waysOf(connection).streaming;
    const { method, path, signal } = request;
    const { clock, timeoutMs } = this.options;
    let outgoing: http.ClientRequest | undefined;
    const timer = clock.setTimer(timeoutMs, () =>
      outgoing?.destroy(
        new Error(`${method} ${path}: no answer within ${timeoutMs} ms`),
      ),
    );
    const answer = await this.sendBy(agent, connection, request, {
      signal,
      onSent: sent => {
        outgoing = sent;
      },
    }).finally(() => timer.cancel());
    if (answer.statusCode === 401) {
      await this.options.credentials.renew();
    }
    return answer;
  }

  /** Closes all connections. */
  close(): void {
    this.ways?.pool.destroy();
    this.ways?.streaming.destroy();
    this.ways = undefined;
  }

  private async once(request: HttpRequest): Promise<HttpAnswer> {
    if (!request.urgent) {
      await this.limiter.acquire(request.signal);
    }
    try {
      const connection = await this.options.credentials.current();
      request.signal?.throwIfAborted();
      request.guard?.();
      const timeoutMs = request.timeoutMs ?? this.options.timeoutMs;
      let stopped: Error | undefined;
      let breakOff: ((reason: Error) => void) | undefined;
      // The signal of a request that has been answered is of no interest: who waits for an answer listens itself, and only so long.
      const stop = (why: string) => {
        stopped = new Error(`${request.method} ${request.path}: ${why}`);
        breakOff?.(stopped);
      };
      const timer = this.options.clock.setTimer(timeoutMs, () =>
        stop(`no answer within ${timeoutMs} ms`),
      );
      const forget = onAbort(request.signal, () => stop('it was given up'));
      try {
        return await this.exchange(connection, request, how => {
          breakOff = how;
        });
      } catch (error) {
        throw stopped ?? error;
      } finally {
        timer.cancel();
        forget();
      }
    } finally {
      if (!request.urgent) {
        this.limiter.release();
      }
    }
  }

  private async exchange(
    connection: Connection,
    request: HttpRequest,
    onSent: (stop: (reason: Error) => void) => void,
  ): Promise<HttpAnswer> {
    if (!connection.agent) {
      const { method, body } = request;
      const path = pathOf(connection, request);
      const headers = this.headersOf(connection, request);
      const { pool } = this.waysOf(connection);
      return pool.send({ method, path, headers, body }, onSent);
    }
    const answer = await this.sendBy(connection.agent, connection, request, {
      onSent: outgoing => onSent(reason => outgoing.destroy(reason)),
    });
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      headers[name] = String(value);
    }
    const body = await readAll(answer);
    return { status: answer.statusCode ?? 0, headers, body };
  }

  /** Sends a request by an agent of Node: for streams, which are few and live long, and through proxies. */
  private sendBy(
    agent: http.Agent,
    connection: Connection,
    request: HttpRequest,
    {
      signal,
      onSent,
    }: {
      signal?: AbortSignal;
      onSent?: (outgoing: http.ClientRequest) => void;
    },
  ): Promise<http.IncomingMessage> {
    const { server } = connection;
    const headers = [
      ...['host', server.host],
      ...this.headersOf(connection, request),
    ];
    if (request.body !== undefined) {
      headers.push('content-length', String(Buffer.byteLength(request.body)));
    }
    const secure = server.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? https : http).request({
        host: server.hostname.replace(/^\[|\]$/g, ''),
        port: server.port || (secure ? 443 : 80),
        method: request.method,
        path: pathOf(connection, request),
        headers,
        agent,
        signal,
      });
      onSent?.(outgoing);
      outgoing.on('socket', socket =>
        socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS),
      );
      outgoing.on('response', resolve);
      outgoing.on('error', error =>
        reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket })),
      );
      outgoing.end(request.body);
    });
  }

  /** Names and values in turn, which is how they are sent. */
  private headersOf(connection: Connection, request: HttpRequest): string[] {
    const headers = [
      'accept',
      request.accept ?? 'application/json',
      'user-agent',
      this.options.userAgent,
    ];
    for (const [name, value] of Object.entries(connection.headers)) {
      headers.push(name, value);
    }
    if (request.body !== undefined) {
      headers.push('content-type', request.contentType ?? 'application/json');
    }
    return headers;
  }

  private waysOf(connection: Connection) {
    if (this.ways && this.ways.connection !== connection) {
      const same = identityOf(this.ways.connection) === identityOf(connection);
      if (!same) {
        this.ways.pool.retire();
        this.ways = undefined;
      }
    }
    if (!this.ways) {
      const { server, tls } = connection;
      const Agent = server.protocol === 'https:' ? https.Agent : http.Agent;
      this.ways = {
        connection,
        pool: new ConnectionPool({ origin: server.origin, tls }),
        streaming: new Agent({ ...tls, keepAlive: false }),
      };
    }
    this.ways.connection = connection;
    return this.ways;
  }
}

/** The path with that of a server behind a proxy before it. */
function pathOf({ server }: Connection, { path }: HttpRequest): string {
  return server.pathname === '/'
    ? path
    : server.pathname.replace(/\/$/, '') + path;
}

/** What decides whether pooled sockets may be used on: where they go and as whom. */
function identityOf({ server, tls }: Connection): string {
  return [
    server.origin,
    tls.ca,
    tls.cert,
    tls.key,
    tls.servername,
    tls.rejectUnauthorized,
  ].join();
}

/** The wait that the server asked for, if it asked to be tried again later. */
function retryDelayMs(answer: HttpAnswer): number | undefined {
  const seconds = Number(answer.headers['retry-after']);
  const retryable = answer.status === 429 || answer.status === 503;
  return retryable && Number.isFinite(seconds) && seconds >= 0
    ? seconds * 1000
    : undefined;
}

/** A 429 was refused before anything was done; a 503 may come from the middle of the work, so creating stays out. */
function mayRepeatAnswered(request: HttpRequest, answer: HttpAnswer): boolean {
  return answer.status === 429 || request.method !== 'POST';
}

/**
 * A connection that was refused carried nothing. One that broke may have carried the request: only reads are repeated,
 * and what is sent over a pooled connection that the server was just closing.
 */
function mayRepeatBroken(request: HttpRequest, error: unknown): boolean {
  const { code, reusedSocket } = Object(error);
  if (REFUSED.has(code)) {
    return request.method !== 'POST';
  }
  return (
    BROKEN.has(code) &&
    (request.method === 'GET' || (reusedSocket && request.method !== 'POST'))
  );
}

function readAll(stream: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', chunk => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('error', reject);
  });
}
