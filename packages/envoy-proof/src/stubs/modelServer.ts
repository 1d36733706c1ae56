import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Closable } from './closable';
import { closeHttpServer, listenOnLoopback } from './closable';

/** A request that got through. */
export interface Arrived {
  url: string;
  headers: IncomingHttpHeaders;
  /** All names and values in the order in which they came. */
  rawHeaders: string[];
  bodyBytes: number;
}

/** The models' server: remembers what reaches it and answers `200 {}`, or streams when the path ends in `/stream`. */
export interface ModelServer extends Closable {
  port: number;
  arrived: Arrived[];
  /** The streams that are open, oldest first. */
  streams: ServerResponse[];
}

/** Starts a models' server on an ephemeral port of 127.0.0.1. */
export async function startModelServer(): Promise<ModelServer> {
  const arrived: Arrived[] = [];
  const streams: ServerResponse[] = [];
  const server = createServer((request, response) => {
    let bodyBytes = 0;
    request.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length;
    });
    request.on('end', () => {
      const { url = '', headers, rawHeaders } = request;
      arrived.push({ url, headers, rawHeaders, bodyBytes });
      if (url.endsWith('/stream')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        streams.push(response);
      } else {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{}');
      }
    });
  });
  const port = await listenOnLoopback(server);
  return { port, arrived, streams, close: () => closeHttpServer(server) };
}
