import {
  Applier,
  Cache,
  ControllerOptions,
  KubeClient,
  KubeObject,
} from '@slipway/controller';
import { recordAt } from '../models/json';
import { ModelCaches } from '../models/ModelCaches';
import { FIELD_MANAGER, LABELS } from '../models/names';
import { Platform } from '../models/platform';
import { Endpoint, ENDPOINTS, GatewayFlavour } from './flavour';
import { GuardPart, mayWrite, verdictOf } from './guard';

/** What {@link listenerGuardsController} works with. */
export interface ListenerGuardsOptions {
  client: KubeClient;
  caches: ModelCaches;
  flavour: GatewayFlavour;
  platform(): Platform;
}

/** All of it is one piece of work: the order between the objects matters. */
const KEY = { name: 'listener-guards' };

/** One pass over the objects; see {@link listenerGuardsController}. */
class ListenerGuards {
  private readonly applier: Applier;
  private readonly failures: unknown[] = [];

  constructor(
    private readonly options: ListenerGuardsOptions,
    private readonly signal: AbortSignal,
  ) {
    const { client, caches } = options;
    this.applier = new Applier({
      client,
      fieldManager: FIELD_MANAGER,
      caches: [caches.policies, caches.headerPolicies, caches.grants],
    });
  }

  /** One pass. What fails does not hold up the rest, and is tried again. */
  async bringInLine(): Promise<void> {
    const { flavour, caches } = this.options;
    const platform = this.options.platform();
    const present = ENDPOINTS.filter(endpoint => {
      const { namespace, name } = platform[endpoint];
      return caches.gateways.get({ namespace, name }) !== undefined;
    });
    // First, because it closes by itself what relies on the authorizer's word.
    await Promise.all(
      present.map(endpoint => this.stripHeaders(platform, endpoint)),
    );
    const grant = flavour.renderAuthorizerGrant(platform);
    if (grant) {
      await this.apply(grant, caches.grants);
    }
    await Promise.all(
      present.map(endpoint => this.denyByDefault(platform, endpoint)),
    );
    await this.removeLeftovers(platform, grant);
    if (this.failures.length > 0) {
      throw new AggregateError(
        this.failures,
        this.failures.map(String).join('; '),
      );
    }
  }

  private async stripHeaders(
    platform: Platform,
    endpoint: Endpoint,
  ): Promise<void> {
    const relies = platform.authorizer || this.reliesOnAuthorizer(endpoint);
    if (relies && this.mayWrite(platform, endpoint, 'stripping')) {
      const { caches } = this.options;
      await this.apply(
        caches.wantedGuard(platform, endpoint).stripping,
        caches.headerPolicies,
      );
    }
  }

  private async denyByDefault(
    platform: Platform,
    endpoint: Endpoint,
  ): Promise<void> {
    const { caches } = this.options;
    if (!this.mayWrite(platform, endpoint, 'listener')) {
      return;
    }
    const policy = caches.wantedGuard(platform, endpoint).listener;
    // While a model's policy relies on the authorizer, the listener goes on asking it, whatever the settings say now.
    if (
      platform.authorizer ||
      !this.reliesOnAuthorizer(endpoint) ||
      !caches.policies.get(policy.metadata)
    ) {
      await this.apply(policy, caches.policies);
    }
  }

  private mayWrite(
    platform: Platform,
    endpoint: Endpoint,
    part: GuardPart,
  ): boolean {
    const guard = this.options.caches.guardOf(platform, endpoint);
    return guard === undefined || mayWrite(guard, part);
  }

  /** The gateway has taken over the listener's policy as it is wanted, with nothing left in it of what it was before. */
  private isSettled(platform: Platform, endpoint: Endpoint): boolean {
    const { flavour, caches } = this.options;
    const { namespace, name } = platform[endpoint];
    if (!caches.gateways.get({ namespace, name })) {
      return true;
    }
    const wanted = caches.wantedGuard(platform, endpoint).listener;
    const live = caches.policies.get(wanted.metadata);
    const fields = Object.keys(recordAt(live, 'spec'));
    return (
      verdictOf(flavour, live, wanted).state === 'accepted' &&
      fields.every(field => field in recordAt(wanted, 'spec'))
    );
  }

  private reliesOnAuthorizer(endpoint: Endpoint): boolean {
    const { caches } = this.options;
    return caches.policiesJudgedBy('authorizer', endpoint).length > 0;
  }

  /** Takes down what no longer has a purpose, once the gateway has taken over what comes instead. */
  private async removeLeftovers(
    platform: Platform,
    grant: KubeObject | undefined,
  ): Promise<void> {
    const { caches } = this.options;
    const settled = ENDPOINTS.every(each => this.isSettled(platform, each));
    const relies = ENDPOINTS.some(each => this.reliesOnAuthorizer(each));
    if (!settled || (relies && !platform.authorizer)) {
      return;
    }
    const wanted = [
      ...(grant ? [grant] : []),
      ...(platform.authorizer
        ? ENDPOINTS.map(
            endpoint => caches.wantedGuard(platform, endpoint).stripping,
          )
        : []),
    ];
    await this.deleteOthers(
      caches.headerPolicies,
      caches.ownHeaderPolicies(),
      wanted,
    );
    await this.deleteOthers(caches.grants, caches.grants.list(), wanted);
  }

  private async apply(object: KubeObject, cache: Cache): Promise<void> {
    if (!cache.served) {
      return;
    }
    await this.try(() =>
      this.applier.apply(object, { adopt: true, signal: this.signal }),
    );
  }

  private async deleteOthers(
    cache: Cache,
    ours: readonly KubeObject[],
    wanted: readonly KubeObject[],
  ): Promise<void> {
    for (const { kind, metadata } of ours) {
      const { namespace, name, uid } = metadata;
      const isWanted = wanted.some(
        object =>
          object.kind === kind &&
          object.metadata.namespace === namespace &&
          object.metadata.name === name,
      );
      if (!isWanted && metadata.deletionTimestamp === undefined) {
        await this.try(() =>
          this.options.client.delete(
            cache.resource,
            { namespace, name },
            { preconditions: { uid }, signal: this.signal },
          ),
        );
      }
    }
  }

  private async try(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.failures.push(error);
    }
  }
}

/**
 * A controller that keeps what all routes of a listener share, and repairs it: a policy that lets nobody through (with an authorizer, after
 * asking it), the stripping of headers, and the leave to name the authorizer's Service. The policies are never taken away, also not when the
 * operator goes. Without an authorizer, what relies on one is taken down only when no model's policy relies on it any more, in this order:
 * the models' policies, the listener's, the stripping.
 */
export function listenerGuardsController(
  options: ListenerGuardsOptions,
): ControllerOptions {
  const { caches } = options;
  return {
    name: 'listener-guards',
    workers: 1,
    watches: [
      {
        subscribe: add => {
          const addAll = () => add(KEY);
          const unsubscribe = [
            caches.gateways.onEvent(
              event => event.type !== 'updated' && addAll(),
            ),
            ...[caches.policies, caches.headerPolicies, caches.grants].flatMap(
              cache => [
                cache.onServed(addAll),
                cache.onEvent(
                  ({ object }) => concerns(object, caches) && addAll(),
                ),
              ],
            ),
          ];
          return () => unsubscribe.forEach(end => end());
        },
      },
    ],
    reconcile: async (_key, { signal }) =>
      new ListenerGuards(options, signal).bringInLine(),
  };
}

/** A model's policy matters only while something may be taken down after it. */
function concerns({ metadata }: KubeObject, caches: ModelCaches): boolean {
  return (
    metadata.labels?.[LABELS.model] === undefined ||
    caches.ownHeaderPolicies().length > 0
  );
}
