import { Clock, Logger, Timer } from '@slipway/controller';
import type { JSONWebKeySet } from 'jose';
import { isRecord, listAt, textAt } from '../../models/json';
import {
  discoverKeys,
  fetcher,
  FetchJson,
  reasonOf,
} from '../../oidc/discovery';

/** What {@link SigningKeys} runs on. */
export interface SigningKeysOptions {
  issuer: string;
  /** Found by discovery if absent. */
  jwksUri?: string;
  clock: Clock;
  logger: Logger;
  fetchJson?: FetchJson;
  /** Told when other keys are trusted than before. */
  onChange: (keys: JSONWebKeySet) => void;
}

/** Keys that are taken back are trusted no longer than this. */
const REFRESH_MS = 300_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** Somebody who makes up key ids makes us ask no more often than this. */
const UNKNOWN_KEY_PAUSE_MS = 30_000;
/** Without an answer for so long, no key is trusted any more. */
const FORGET_MS = 3_600_000;
const MAX_KEYS = 100;

/**
 * The keys with which an issuer signs, found by OIDC discovery and asked for again every five minutes, and when a token names one that is not
 * there. An issuer that is away takes nothing from the keys that are known, for an hour.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #asking: Promise<void> | undefined;
  #askedMs = -Infinity;
  #answeredMs = -Infinity;
  #known = '';
  #problem: string | undefined = 'it has not answered yet';
  #retryMs = FIRST_RETRY_MS;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** Begins to ask. */
  start(): void {
    this.#ask().catch(() => {});
  }

  /** Stops asking. */
  stop(): void {
    this.#stopping.abort();
    this.#timer?.cancel();
  }

  /** Why the keys are not known as they are now, if they are not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** A token names a key that is not there: asks again, unless that was tried a moment ago. */
  async refreshForUnknownKey(): Promise<void> {
    const { clock } = this.#options;
    if (clock.monotonicMs() - this.#askedMs >= UNKNOWN_KEY_PAUSE_MS) {
      await this.#ask();
    } else {
      await this.#asking;
    }
  }

  /** One question at a time, whoever asks. */
  #ask(): Promise<void> {
    this.#asking ??= this.#askOnce().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askOnce(): Promise<void> {
    const { clock, issuer, logger } = this.#options;
    this.#timer?.cancel();
    this.#askedMs = clock.monotonicMs();
    let nextMs = REFRESH_MS;
    try {
      this.#learn(await this.#fetchKeys());
      this.#answeredMs = this.#askedMs;
      this.#problem = undefined;
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (this.#stopping.signal.aborted) {
        return;
      }
      const problem = reasonOf(error);
      if (problem !== this.#problem) {
        this.#problem = problem;
        logger.warn(`issuer ${issuer}: ${problem}`);
      }
      if (clock.monotonicMs() - this.#answeredMs > FORGET_MS) {
        this.#learn({ keys: [] });
      }
      nextMs = this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
    }
    if (!this.#stopping.signal.aborted) {
      this.#timer = clock.setTimer(nextMs, () => this.start());
    }
  }

  #learn(keys: JSONWebKeySet): void {
    const text = JSON.stringify(keys);
    if (text !== this.#known) {
      this.#known = text;
      this.#options.onChange(keys);
    }
  }

  async #fetchKeys(): Promise<JSONWebKeySet> {
    const { issuer, jwksUri, fetchJson } = this.#options;
    const get = fetcher(this.#stopping.signal, fetchJson);
    const url = jwksUri ?? (await discoverKeys(issuer, get));
    const document = await get(url);
    if (!isRecord(document) || !Array.isArray(document.keys)) {
      throw new Error(`${url} is no set of keys`);
    }
    const keys = listAt(document, 'keys').flatMap(key => {
      const kty = textAt(key, 'kty');
      // A shared secret has no place in a public document, and would let its readers sign.
      return isRecord(key) && (kty === 'RSA' || kty === 'EC')
        ? [{ ...key, kty }]
        : [];
    });
    if (keys.length === 0 || keys.length > MAX_KEYS) {
      throw new Error(
        `${url} has ${keys.length} keys that can be used: there must be 1 to ${MAX_KEYS}`,
      );
    }
    return { keys };
  }
}
