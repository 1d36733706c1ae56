import { createHash } from 'node:crypto';
import { Clock, Logger } from '@slipway/controller';
import { normalizeGroup } from '@slipway/plugin-llm-common';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { TokenIdentity } from '../caller';
import type { TokenSettings } from '../settings';
import type { FetchJson } from '../../oidc/discovery';
import { SigningKeys } from './SigningKeys';

/** What a {@link TokenVerifier} runs on. */
export interface TokenVerifierOptions {
  settings: TokenSettings;
  clock: Clock;
  logger: Logger;
  fetchJson?: FetchJson;
}

/** Algorithms that are accepted: signatures by a key of which we know the public half. Never `none`, never a shared secret. */
const ALGORITHMS = ['RS256', 'ES256'];
/** Tokens that were verified and are remembered; the oldest goes first. */
const MAX_REMEMBERED = 10_000;
/**
 * A name that can be a user's in the catalog, whatever its case. Tried as it was written: the Kelvin sign is no letter k, and becomes one in
 * lower case.
 */
const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** As many as a token can name and a check can look at in no time. */
const MAX_GROUPS = 1_000;

interface Remembered {
  identity: TokenIdentity;
  /** Milliseconds since 1970, clock skew included. */
  untilMs: number;
}

/**
 * Verifies tokens of one issuer: signature, issuer, audience and times. Whether its user may do anything is decided elsewhere, anew for each
 * request. A token that held is remembered until it runs out or the issuer's keys change.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #keys: SigningKeys;
  readonly #jose: typeof import('jose');
  readonly #remembered = new Map<string, Remembered>();
  #keyOf: JWTVerifyGetKey | undefined;

  /** Starts to fetch keys. */
  static async start(options: TokenVerifierOptions): Promise<TokenVerifier> {
    // An ECMAScript module, in a process that may be CommonJS.
    const verifier = new TokenVerifier(options, await import('jose'));
    verifier.#keys.start();
    return verifier;
  }

  private constructor(
    options: TokenVerifierOptions,
    jose: typeof import('jose'),
  ) {
    const { issuer, jwksUri } = options.settings;
    this.#options = options;
    this.#jose = jose;
    this.#keys = new SigningKeys({
      ...options,
      issuer,
      jwksUri,
      onChange: keys => {
        this.#keyOf = jose.createLocalJWKSet(keys);
        this.#remembered.clear();
      },
    });
  }

  /** Stops fetching keys. */
  stop(): void {
    this.#keys.stop();
  }

  /** Why tokens can't be verified now, if they can't. */
  get problem(): string | undefined {
    return this.#keys.problem;
  }

  /** Who a token speaks of, at once if it was verified before; undefined where it does not hold. Never throws. */
  verify(
    token: string,
  ): TokenIdentity | undefined | Promise<TokenIdentity | undefined> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#remembered.get(digest);
    if (known && known.untilMs > this.#options.clock.wallMs()) {
      return known.identity;
    }
    this.#remembered.delete(digest);
    return this.#verify(token, digest);
  }

  async #verify(
    token: string,
    digest: string,
  ): Promise<TokenIdentity | undefined> {
    const { errors } = this.#jose;
    try {
      return await this.#read(token, digest);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        return undefined;
      }
    }
    try {
      // The issuer may have begun to sign with a new key.
      await this.#keys.refreshForUnknownKey();
      return await this.#read(token, digest);
    } catch {
      return undefined;
    }
  }

  async #read(
    token: string,
    digest: string,
  ): Promise<TokenIdentity | undefined> {
    const { clock, settings } = this.#options;
    const keyOf = this.#keyOf;
    if (!keyOf) {
      throw new this.#jose.errors.JWKSNoMatchingKey();
    }
    const { payload } = await this.#jose.jwtVerify(token, keyOf, {
      algorithms: ALGORITHMS,
      issuer: settings.issuer,
      audience: settings.audience,
      clockTolerance: settings.clockSkewS,
      currentDate: new Date(clock.wallMs()),
      requiredClaims: ['exp', settings.userClaim],
    });
    const identity = identityOf(payload, settings);
    // Keys that changed meanwhile must not leave anything behind.
    if (identity && this.#keyOf === keyOf) {
      this.#remember(digest, {
        identity,
        untilMs: ((payload.exp ?? 0) + settings.clockSkewS) * 1000,
      });
    }
    return identity;
  }

  #remember(digest: string, entry: Remembered): void {
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest] = this.#remembered.keys();
      this.#remembered.delete(oldest);
    }
    this.#remembered.set(digest, entry);
  }
}

function identityOf(
  payload: JWTPayload,
  settings: TokenSettings,
): TokenIdentity | undefined {
  const name = payload[settings.userClaim];
  if (typeof name !== 'string' || !USER_NAME.test(name)) {
    return undefined;
  }
  const groups = [payload[settings.groupsClaim] ?? []].flat();
  if (groups.length > MAX_GROUPS) {
    return undefined;
  }
  return {
    user: `user:default/${name.toLowerCase()}`,
    groups: groups
      .filter(group => typeof group === 'string')
      .map(normalizeGroup),
  };
}
