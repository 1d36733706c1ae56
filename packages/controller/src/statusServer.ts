import http from 'node:http';
import { AddressInfo } from 'node:net';
import { messageOf } from './logger';

/** What the status server shows. */
export interface StatusSource {
  /** The process works; false makes Kubernetes restart it. */
  healthy(): boolean;
  /** Everything it needs is in sync. */
  ready(): boolean;
  /** Why it is not ready, for people; caches are not in sync if absent. */
  notReadyBecause?(): string | undefined;
  metrics(): Promise<{ contentType: string; text: string }>;
}

/** A running status server. */
export interface StatusServer {
  port: number;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export async function startStatusServer(
  source: StatusSource,
  at: { port: number; host?: string },
): Promise<StatusServer> {
  const server = http.createServer(async (request, response) => {
    const plain = (ok: boolean, text: string) =>
      response
        .writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' })
        .end(`${text}\n`);
    try {
      const path = request.url?.split('?')[0];
      if (path === '/healthz') {
        plain(source.healthy(), source.healthy() ? 'ok' : 'not healthy');
      } else if (path === '/readyz') {
        plain(
          source.ready(),
          source.ready()
            ? 'ok'
            : source.notReadyBecause?.() ?? 'caches are not in sync yet',
        );
      } else if (path === '/metrics') {
        const { contentType, text } = await source.metrics();
        response.writeHead(200, { 'content-type': contentType }).end(text);
      } else {
        response
          .writeHead(404)
          .end('not found: try /healthz, /readyz or /metrics\n');
      }
    } catch (error) {
      response.writeHead(500).end(`${messageOf(error)}\n`);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  const address: AddressInfo | string | null = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : at.port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
