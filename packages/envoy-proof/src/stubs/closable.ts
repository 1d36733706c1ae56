import type { Server } from 'node:http';
import type { Http2Server } from 'node:http2';

/** Something that runs until it is closed. */
export interface Closable {
  close(): Promise<void>;
}

/** Binds a server to an ephemeral port of 127.0.0.1 and tells which. */
export function listenOnLoopback(
  server: Server | Http2Server,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address && typeof address === 'object') {
        resolve(address.port);
      } else {
        reject(new Error('The server has no port.'));
      }
    });
  });
}

/** Closes a server and every connection to it. */
export function closeHttpServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
