import {
  Cache,
  Clock,
  KubeClient,
  KubeObject,
  Logger,
  Resource,
} from '@slipway/controller';
import { TENANT_API_VERSION } from '@slipway/plugin-llm-common';
import { LLM_MODELS } from '../models/kinds';
import { readModel, readTenant } from './readWorld';
import { World } from './world';

/** Tenants, as people apply them. */
export const TENANTS: Resource = {
  apiVersion: TENANT_API_VERSION,
  kind: 'Tenant',
  plural: 'tenants',
  namespaced: false,
};
/** A connection that broke is tried again within this time; if nothing broke for so long, it holds. */
const RETRY_WITHIN_MS = 45_000;

/** The models and tenants of the cluster, kept by two watches. */
export class ClusterWorld {
  readonly world = new World();
  readonly #clock: Clock;
  readonly #caches: Cache[];
  /** Since when and until when a cache's connection is known to be broken, by its kind. */
  readonly #broken = new Map<string, { sinceMs: number; lastMs: number }>();

  constructor(options: { client: KubeClient; clock: Clock; logger: Logger }) {
    this.#clock = options.clock;
    const follow = (resource: Resource) => {
      const cache = new Cache({
        ...options,
        resource,
        transform: withoutManagedFields,
        onWatchRestart: reason =>
          reason === 'broken'
            ? this.#noteBroken(resource.plural)
            : this.#broken.delete(resource.plural),
      });
      cache.onEvent(() => this.#broken.delete(resource.plural));
      return cache;
    };
    const models = follow(LLM_MODELS);
    const tenants = follow(TENANTS);
    models.onEvent(({ type, object }) => {
      const model = type === 'deleted' ? undefined : readModel(object);
      if (model) {
        this.world.putModel(model);
      } else {
        const { namespace, name } = object.metadata;
        this.world.removeModel(`${namespace}/${name}`);
      }
    });
    tenants.onEvent(({ type, object }) => {
      if (type === 'deleted') {
        this.world.removeTenant(object.metadata.name);
      } else {
        this.world.putTenant(readTenant(object));
      }
    });
    this.#caches = [models, tenants];
  }

  /** Begins to watch. */
  start(): void {
    this.#caches.forEach(cache => cache.start());
  }

  /** Ends the watches; what they told stays readable. */
  async stop(): Promise<void> {
    await Promise.all(this.#caches.map(cache => cache.stop()));
  }

  /** All models and tenants were seen once. */
  get hasSynced(): boolean {
    return this.#caches.every(cache => cache.hasSynced);
  }

  /** How long the cluster has not answered, in milliseconds; 0 while it does. */
  get silentMs(): number {
    const now = this.#clock.monotonicMs();
    return Math.max(
      0,
      ...[...this.#broken.values()]
        .filter(({ lastMs }) => now - lastMs < RETRY_WITHIN_MS)
        .map(({ sinceMs }) => now - sinceMs),
    );
  }

  #noteBroken(plural: string): void {
    const now = this.#clock.monotonicMs();
    const known = this.#broken.get(plural);
    const goesOn = known && now - known.lastMs < RETRY_WITHIN_MS;
    this.#broken.set(plural, {
      sinceMs: goesOn ? known.sinceMs : now,
      lastMs: now,
    });
  }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  delete object.metadata.managedFields;
  return object;
}
