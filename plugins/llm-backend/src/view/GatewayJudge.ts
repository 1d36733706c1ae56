import { isNotFound, KubeObject, Resource } from '@slipway/controller';
import type { CallJudge } from '@slipway/plugin-llm-common';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';

/** How long an answer is remembered: an installation is switched over once in its life. */
const REMEMBER_MS = 30_000;

/** Lists objects, as a Kubernetes client does. */
interface Lister {
  list(
    resource: Resource,
    scope: { labelSelector: string },
  ): Promise<{ items: KubeObject[] }>;
}

/**
 * Who judges calls: whether the policies of the models' listeners have the authorizer asked. Read from the cluster, because that is where the
 * operator says so; the portal need not know the operator's settings.
 */
export class GatewayJudge {
  readonly #client: Lister;
  readonly #now: () => number;
  #known: CallJudge | undefined;
  #reading: Promise<void> | undefined;
  #readAt = -Infinity;

  static create(options: {
    client: Lister;
    /** Milliseconds; for tests. */
    now?: () => number;
  }): GatewayJudge {
    return new GatewayJudge(options.client, options.now ?? Date.now);
  }

  private constructor(client: Lister, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /** Who judges, as it was at most half a minute ago; nothing until the cluster has said so, or where the portal may not read it. */
  readonly read = async (): Promise<CallJudge | undefined> => {
    if (this.#now() - this.#readAt >= REMEMBER_MS) {
      this.#reading ??= this.#look().finally(() => {
        this.#reading = undefined;
      });
      // Who asks again need not wait for what was known before.
      if (this.#known === undefined) {
        await this.#reading;
      }
    }
    return this.#known;
  };

  async #look(): Promise<void> {
    const { listenerPolicySelector, policyKind, asksAuthorizer } =
      envoyAIGateway;
    try {
      const { items } = await this.#client.list(policyKind, {
        labelSelector: listenerPolicySelector,
      });
      this.#known = items.some(asksAuthorizer) ? 'authorizer' : 'gateway';
    } catch (error) {
      // Without this kind nobody can be asked. Anything else leaves what was known, and is tried again.
      if (isNotFound(error)) {
        this.#known = 'gateway';
      }
    }
    this.#readAt = this.#now();
  }
}
