import { Clock, Logger } from '@slipway/controller';
import { textAt } from './json';

/** Answer of an issuer's discovery document, or why there is none. */
export type FetchDiscovery = (
  url: string,
  signal: AbortSignal,
) => Promise<unknown>;

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const TIMEOUT_MS = 10_000;

/**
 * Finds the address of an issuer's keys by OIDC discovery, however long the issuer takes to answer. Any provider works, because nothing
 * is guessed from the issuer's URL.
 */
export class IssuerKeys {
  /** Address of the keys, once it is known. */
  jwksUri: string | undefined;
  /** Why it is not known yet. */
  problem: string | undefined = 'it has not answered yet';

  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly options: {
      issuer: string;
      clock: Clock;
      logger: Logger;
      fetchDiscovery?: FetchDiscovery;
    },
  ) {}

  /** Begins to ask. */
  start(): void {
    this.attempt(FIRST_RETRY_MS);
  }

  /** Stops asking. */
  stop(): void {
    this.stopping.abort();
  }

  /** Calls back when the address becomes known or the reason changes. Returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private attempt(retryMs: number): void {
    this.ask().then(
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
          this.options.logger.warn(`issuer ${this.options.issuer}: ${problem}`);
          this.tell();
        }
        const timer = this.options.clock.setTimer(retryMs, () =>
          this.attempt(Math.min(retryMs * 2, MAX_RETRY_MS)),
        );
        this.stopping.signal.addEventListener('abort', () => timer.cancel(), {
          once: true,
        });
      },
    );
  }

  private async ask(): Promise<string> {
    const { issuer, fetchDiscovery = fetchJson } = this.options;
    const url = `${issuer.replace(
      /\/+$/,
      '',
    )}/.well-known/openid-configuration`;
    const signal = AbortSignal.any([
      this.stopping.signal,
      AbortSignal.timeout(TIMEOUT_MS),
    ]);
    const document = await fetchDiscovery(url, signal);
    const stated = textAt(document, 'issuer');
    if (stated?.replace(/\/+$/, '') !== issuer.replace(/\/+$/, '')) {
      throw new Error(
        `${url} is about the issuer ${stated}: correct LLM_OIDC_ISSUER_URL`,
      );
    }
    const jwksUri = textAt(document, 'jwks_uri');
    if (!jwksUri) {
      throw new Error(`${url} names no jwks_uri`);
    }
    return jwksUri;
  }

  private tell(): void {
    this.listeners.forEach(listener => listener());
  }
}

async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, {
    signal,
    headers: { accept: 'application/json' },
  });
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}`);
  }
  return response.json();
}

/** `fetch` hides the reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { cause } = error;
  return cause instanceof Error && cause.message
    ? `${error.message}: ${cause.message}`
    : error.message;
}
