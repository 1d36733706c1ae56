import { Clock, Logger, Timer } from '@slipway/controller';
import { discoverKeys, fetcher, FetchJson, reasonOf } from '../oidc/discovery';

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** An issuer may move its keys: it is asked again after this long. */
const REFRESH_MS = 600_000;

/**
 * Finds the address of an issuer's keys by OIDC discovery, however long the issuer takes to answer, and follows it when it moves. Once known,
 * an address stays until another one is told: an issuer that is away for a while changes nothing.
 */
export class IssuerKeys {
  /** Address of the keys, once it is known. */
  jwksUri: string | undefined;
  private trouble: string | undefined = 'it has not answered yet';
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

  /** Why the address is not known yet. */
  get problem(): string | undefined {
    return this.jwksUri === undefined ? this.trouble : undefined;
  }

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
    const { fetchDiscovery, issuer } = this.options;
    const ask = fetcher(this.stopping.signal, fetchDiscovery);
    discoverKeys(issuer, ask).then(
      jwksUri => {
        this.learn(jwksUri, undefined);
        this.again(REFRESH_MS, FIRST_RETRY_MS);
      },
      error => {
        this.learn(this.jwksUri, reasonOf(error));
        this.again(retryMs, Math.min(retryMs * 2, MAX_RETRY_MS));
      },
    );
  }

  private learn(
    jwksUri: string | undefined,
    trouble: string | undefined,
  ): void {
    const { issuer, logger } = this.options;
    if (this.stopping.signal.aborted) {
      return;
    }
    if (trouble !== undefined && trouble !== this.trouble) {
      logger.warn(`issuer ${issuer}: ${trouble}`);
    }
    const { jwksUri: knownUri, problem: knownProblem } = this;
    this.jwksUri = jwksUri;
    this.trouble = trouble;
    if (jwksUri !== knownUri || this.problem !== knownProblem) {
      this.tell();
    }
  }

  private again(delayMs: number, retryMs: number): void {
    const { clock } = this.options;
    if (!this.stopping.signal.aborted) {
      this.timer = clock.setTimer(delayMs, () => this.attempt(retryMs));
    }
  }

  private tell(): void {
    this.listeners.forEach(listener => listener());
  }
}
