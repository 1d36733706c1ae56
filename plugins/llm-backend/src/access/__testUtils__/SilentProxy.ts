import { connect, createServer, Server, Socket } from 'node:net';
import type { Knex } from 'knex';

/** Where a test database is, as its driver knows it. */
interface Settings {
  host: string;
  port: string | number;
  user: string;
  password?: string;
  database: string;
}

/** Stands before a Postgres server, and can be what a network is whose other end lost its power: open connections stay open, and nothing comes. */
export class SilentProxy {
  /** Connections so far. */
  accepted = 0;
  readonly #settings: Settings;
  readonly #sockets = new Set<Socket>();
  readonly #silent = new Set<Socket>();
  readonly #server: Server;

  /** A proxy before the server of a database. */
  static async before(database: Knex): Promise<SilentProxy> {
    const proxy = new SilentProxy(database.client.connectionSettings);
    await new Promise<void>(resolve =>
      proxy.#server.listen(0, '127.0.0.1', () => resolve()),
    );
    return proxy;
  }

  private constructor(settings: Settings) {
    this.#settings = settings;
    const { host, port } = settings;
    this.#server = createServer(near => {
      this.accepted++;
      const far = connect({ host, port: Number(port) });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        this.#sockets.add(from);
        const end = () => this.#sockets.has(from) && to.destroy();
        from.on('error', end);
        from.on('close', end);
        from.pipe(to);
      }
    });
  }

  /** The database, through the proxy. */
  get url(): string {
    const { user, password, database } = this.#settings;
    const address = this.#server.address();
    const port = address && typeof address === 'object' ? address.port : 0;
    const url = new URL(`postgres://127.0.0.1:${port}/${database}`);
    url.username = user;
    url.password = password ?? '';
    return url.href;
  }

  /** From now on, what is open carries nothing. New connections do. */
  goSilent(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.resume();
      this.#silent.add(socket);
    }
    this.#sockets.clear();
  }

  /** Ends it, and every connection. */
  async close(): Promise<void> {
    for (const socket of [...this.#sockets, ...this.#silent]) {
      socket.destroy();
    }
    await new Promise(resolve => this.#server.close(resolve));
  }
}
