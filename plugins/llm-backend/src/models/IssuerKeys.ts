import { Clock, Logger, Timer } from '@slipway/controller';
import { discoverKeys, fetcher, FetchJson, reasonOf } from '../oidc/discovery';

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** Finds the address of an issuer's keys by OIDC discovery, however long the issuer takes to answer. */
export class IssuerKeys {
  /** Address of the keys, once it is known. */
  jwksUri: string | undefined;
  /** Why it is not known yet. */
  problem: string | undefined = 'it has not answered yet';

  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private timer: Timer | undefined;

  constructor(
    private readonly options: {
      issuer: string;
      clock: Clock;
      logger: Logger;
      fetchDiscovery?: FetchJson;
    },
  ) {}

  /** Begins to ask. */
  start(): void {
    this.attempt(FIRST_RETRY_MS);
  }

  /** Stops asking. */
  stop(): void {
    this.stopping.abort();
    this.timer?.cancel();
  }

  /** Calls back when the address becomes known or the reason changes. Returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private attempt(retryMs: number): void {
    const { clock, fetchDiscovery, issuer, logger } = this.options;
    const ask = fetcher(this.stopping.signal, fetchDiscovery);
    discoverKeys(issuer, ask).then(
      jwksUri => {
        this.jwksUri = jwksUri;
        this.problem = undefined;
        this.tell();
      },
      error => {
        if (this.stopping.signal.aborted) {
          return;
        }
        const problem = reasonOf(error);
        if (problem !== this.problem) {
          this.problem = problem;
          logger.warn(`issuer ${issuer}: ${problem}`);
          this.tell();
        }
        this.timer = clock.setTimer(retryMs, () =>
          this.attempt(Math.min(retryMs * 2, MAX_RETRY_MS)),
        );
      },
    );
  }

  private tell(): void {
    this.listeners.forEach(listener => listener());
  }
}
