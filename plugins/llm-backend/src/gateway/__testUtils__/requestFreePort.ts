import net, { AddressInfo } from 'node:net';

/** A port of loopback that was free a moment ago, for two servers that must know of each other before they start. */
export function requestFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      const port = typeof address === 'object' ? address?.port ?? 0 : 0;
      server.close(() => resolve(port));
    });
  });
}
