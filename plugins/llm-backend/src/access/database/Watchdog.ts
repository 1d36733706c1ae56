import { ServiceUnavailableError } from '@backstage/errors';
import type { Knex } from 'knex';

/** Notices that the database does not answer any more within a transaction: a connection whose other end is gone may seem open for very long. */
export class Watchdog {
  /** Rejects once nothing was heard for so long. */
  readonly silence: Promise<never>;
  #timer: NodeJS.Timeout | undefined;
  #trx: Knex.Transaction | undefined;

  constructor(silentMs: number) {
    this.silence = new Promise((_resolve, reject) => {
      this.#timer = setTimeout(() => {
        reject(
          new ServiceUnavailableError(
            `The database has not answered for ${silentMs} ms. Whether it took the change is not known: look, and try again.`,
          ),
        );
        this.#drop();
      }, silentMs);
    });
  }

  /** Listens to a transaction. */
  follow(trx: Knex.Transaction): void {
    this.#trx = trx;
    for (const event of ['query', 'query-response', 'query-error']) {
      trx.on(event, () => this.#timer?.refresh());
    }
  }

  /** Listens no more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#trx = undefined;
  }

  /** Closes the connection, so that nobody else gets it. Before the transaction has begun there is none to be had: the kernel gives that up. */
  #drop(): void {
    this.#trx?.client
      .acquireConnection()
      .then((connection: { end(): Promise<void> }) => connection.end())
      // It is gone either way.
      .catch(() => {});
  }
}
