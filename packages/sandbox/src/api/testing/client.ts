import { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { ApiServer } from '../createApiServer';
import { isObject } from '../json';
import { JsonObject } from '../seams';

/** An answer of the server. */
export interface Answer {
  status: number;
  body: JsonObject;
}

/** An open watch. */
export interface WatchStream {
  events: JsonObject[];
  /** Resolves with the first event that the test accepts. */
  next(accept: (event: JsonObject) => boolean): Promise<JsonObject>;
  /** Resolves when the stream has ended: normally, or because the connection broke. */
  ended: Promise<'end' | 'broken'>;
  close(): void;
}

/** A small HTTP client for tests of the API server. */
export class TestClient {
  readonly #server: ApiServer;
  readonly #token: string;

  constructor(server: ApiServer, token = 'admin-token') {
    this.#server = server;
    this.#token = token;
  }

  async call(
    method: string,
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<Answer> {
    const response = await this.#send(method, path, body, contentType);
    let text = '';
    for await (const chunk of response) text += chunk;
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {};
    return {
      status: response.statusCode ?? 0,
      body: isObject(parsed) ? parsed : {},
    };
  }

  async watch(path: string): Promise<WatchStream> {
    const response = await this.#send('GET', path);
    const events: JsonObject[] = [];
    const waiting = new Set<() => void>();
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) events.push(JSON.parse(line));
      for (const look of waiting) look();
    });
    const ended = new Promise<'end' | 'broken'>(resolve => {
      response.on('end', () => resolve('end'));
      response.on('error', () => resolve('broken'));
    });
    return {
      events,
      ended,
      next: accept =>
        new Promise(resolve => {
          const look = () => {
            const found = events.find(accept);
            if (!found) return;
            waiting.delete(look);
            resolve(found);
          };
          waiting.add(look);
          look();
        }),
      close: () => response.destroy(),
    };
  }

  #send(
    method: string,
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const payload = body && JSON.stringify(body);
      const sent = request(
        `${this.#server.url}${path}`,
        {
          method,
          ca: this.#server.caCert,
          agent: false,
          headers: {
            Authorization: `Bearer ${this.#token}`,
            ...(payload
              ? {
                  'Content-Type': contentType,
                  'Content-Length': Buffer.byteLength(payload),
                }
              : {}),
          },
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(payload);
    });
  }
}
