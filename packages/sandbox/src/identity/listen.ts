import type { Server } from 'node:net';

/**
 * Starts a server on 127.0.0.1 and answers its port; 0 takes a free one.
 *
 * @throws Error when the port is taken.
 */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(
        address !== null && typeof address === 'object' ? address.port : port,
      );
    });
  });
}
