import { ConnectionOptions } from 'node:tls';
import { buildConnector, Client } from 'undici';

/** Where a {@link ConnectionPool} connects to. */
export interface PoolTarget {
  /** `https://host:port`. */
  origin: string;
  tls: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'
  >;
}

/** A request as it goes over the wire. `headers`: names and values in turn, without `host` and `content-length`. */
export interface PooledRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  headers: string[];
  body?: string;
}

/** The whole answer. Names of headers are in lower case; what came several times is joined. */
export interface PooledAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

/** A connection that nobody needed for this long is closed, before a server or a load balancer does so in the middle of a request. */
const IDLE_MS = 60_000;
/** A connection that seems alive but whose other end is gone is noticed by TCP keep-alive after about 40 s. */
const KEEP_ALIVE_PROBE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** A client is one socket at a time: it opens the next one when it has to. */
interface Connection {
  client: Client;
  /** Whether the present socket has carried an answer: the server may close such a one at the moment in which we send. */
  reused: boolean;
}

/**
 * HTTP/1.1 over connections that stay open between requests, one request at a time on each; as many as there are requests at once.
 *
 * A pool of its own over `undici`'s clients, because `undici`'s does not tell whether a request broke on a connection that was used before, which
 * decides whether a write may be sent again.
 */
export class ConnectionPool {
  private readonly connect: buildConnector.connector;
  private readonly idle: Connection[] = [];
  private readonly open = new Set<Connection>();

  constructor(private readonly target: PoolTarget) {
    const { servername, ...tls } = target.tls;
    const connect = buildConnector({
      ...tls,
      allowH2: false,
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
    });
    this.connect = (options, callback) =>
      connect(
        servername === undefined ? options : { ...options, servername },
        callback,
      );
  }

  /**
   * Sends one request. `onSent` is given how to break it off, at any moment: the promise then rejects with that reason.
   *
   * @throws Error of the socket; with `reusedSocket: true` if the connection had been used before
   */
  send(
    request: PooledRequest,
    onSent: (stop: (reason: Error) => void) => void,
  ): Promise<PooledAnswer> {
    const connection = this.idle.pop() ?? this.add();
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let status = 0;
      let headers: PooledAnswer['headers'] = {};
      connection.client.dispatch(
        // Without `reset` a DELETE with a body would cost its connection.
        { ...request, reset: false },
        {
          onRequestStart: () => {},
          onResponseStart: (_controller, code, received) => {
            status = code;
            headers = joined(received);
          },
          onResponseData: (_controller, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => {
            connection.reused = true;
            this.idle.push(connection);
            resolve({
              status,
              headers,
              body: Buffer.concat(chunks).toString('utf8'),
            });
          },
          onResponseError: (_controller, error) => {
            this.drop(connection);
            reject(Object.assign(error, { reusedSocket: connection.reused }));
          },
        },
      );
      onSent(reason => void connection.client.destroy(reason));
    });
  }

  /** Closes all connections as soon as they are done with what they are doing. */
  retire(): void {
    this.open.forEach(({ client }) => void client.close());
    this.idle.length = 0;
  }

  /** Breaks off everything and closes all connections. */
  destroy(): void {
    [...this.open].forEach(connection => this.drop(connection));
    this.idle.length = 0;
  }

  private add(): Connection {
    const client = new Client(this.target.origin, {
      connect: this.connect,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      // Who waits for an answer knows how long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const connection: Connection = { client, reused: false };
    client.on('connect', () => {
      connection.reused = false;
    });
    this.open.add(connection);
    return connection;
  }

  private drop(connection: Connection): void {
    this.open.delete(connection);
    void connection.client.destroy();
  }
}

function joined(
  headers: Record<string, string | string[] | undefined>,
): PooledAnswer['headers'] {
  const result: Record<string, string | undefined> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}
