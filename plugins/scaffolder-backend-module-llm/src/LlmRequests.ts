import type {
  AuthService,
  BackstageCredentials,
  DiscoveryService,
} from '@backstage/backend-plugin-api';
import { ResponseError } from '@backstage/errors';
import type { RequestSummary } from '@slipway/plugin-llm-common';

/** What a step tells the template about a request that it made or decided on. */
export interface MadeRequest {
  id: string;
  /** `approved` where a rule said yes at once. */
  state: RequestSummary['state'];
  /** Where to follow it. */
  link: string;
}

/** Makes requests at the llm plugin, and decides on them, in the name of who runs a template. */
export class LlmRequests {
  readonly #auth: AuthService;
  readonly #discovery: DiscoveryService;
  readonly #portalUrl: string;

  static create(options: {
    auth: AuthService;
    discovery: DiscoveryService;
    /** Base URL of the portal. */
    portalUrl: string;
  }): LlmRequests {
    return new LlmRequests(options);
  }

  private constructor(options: {
    auth: AuthService;
    discovery: DiscoveryService;
    portalUrl: string;
  }) {
    this.#auth = options.auth;
    this.#discovery = options.discovery;
    this.#portalUrl = options.portalUrl.replace(/\/+$/, '');
  }

  /**
   * Sends a request.
   *
   * @param once - a name for this very request, so that a step that runs again asks once
   * @throws Error with what the plugin has to say: the message is all that people see of a failed step
   */
  async make(
    path:
      | '/v1/requests'
      | '/v1/model-requests'
      | `/v1/requests/${string}/steps`,
    body: object,
    options: { credentials: BackstageCredentials; once: string },
  ): Promise<MadeRequest> {
    const { token } = await this.#auth.getPluginRequestToken({
      onBehalfOf: options.credentials,
      targetPluginId: 'llm',
    });
    const baseUrl = await this.#discovery.getBaseUrl('llm');
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': options.once,
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      throw (await ResponseError.fromResponse(response)).cause;
    }
    const { id, state }: RequestSummary = await response.json();
    return {
      id,
      state,
      link: `${this.#portalUrl}/access/requests?request=${id}`,
    };
  }
}
