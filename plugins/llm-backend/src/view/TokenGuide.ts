import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ModelDetail } from '@slipway/plugin-llm-common';
import { z } from 'zod';

/** Where people get a token for the internal endpoint. */
export interface TokenSettings {
  /** Issuer of the OpenID provider. */
  issuer: string;
  audience?: string;
  /** Public client for command lines. */
  clientId?: string;
}

const discoverySchema = z.object({
  token_endpoint: z.string().optional(),
  device_authorization_endpoint: z.string().optional(),
});

const TIMEOUT_MS = 3_000;
/** After a failure the provider is asked again no sooner than this. */
const RETRY_MS = 30_000;

/** Tells people how to get a token. The endpoints come from the provider's discovery document, read once. */
export class TokenGuide {
  readonly #settings: TokenSettings;
  readonly #logger: LoggerService;
  #endpoints: z.infer<typeof discoverySchema> | undefined;
  #retryAt = 0;

  static create(settings: TokenSettings, logger: LoggerService): TokenGuide {
    return new TokenGuide(settings, logger);
  }

  private constructor(settings: TokenSettings, logger: LoggerService) {
    this.#settings = settings;
    this.#logger = logger;
  }

  /** How to get a token; without endpoints while the provider does not answer. */
  readonly read = async (): Promise<ModelDetail['token']> => {
    const endpoints = await this.#discover();
    return {
      ...this.#settings,
      tokenEndpoint: endpoints?.token_endpoint,
      deviceEndpoint: endpoints?.device_authorization_endpoint,
    };
  };

  async #discover() {
    if (this.#endpoints || Date.now() < this.#retryAt) {
      return this.#endpoints;
    }
    this.#retryAt = Date.now() + RETRY_MS;
    const url = `${this.#settings.issuer.replace(
      /\/+$/,
      '',
    )}/.well-known/openid-configuration`;
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) {
        throw new Error(`it answered ${response.status}`);
      }
      this.#endpoints = discoverySchema.parse(await response.json());
    } catch (error) {
      this.#logger.warn(
        `The OpenID provider could not be read at ${url}; snippets lack its endpoints until it can`,
        error instanceof Error ? error : undefined,
      );
    }
    return this.#endpoints;
  }
}
