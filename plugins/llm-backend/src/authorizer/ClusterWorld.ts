import {
  Cache,
  Clock,
  KubeClient,
  KubeObject,
  Logger,
  Resource,
  Silence,
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

/** The models and tenants of the cluster, kept by two watches. */
export class ClusterWorld {
  readonly world = new World();
  readonly #caches: Cache[];
  readonly #silence: Silence;

  constructor(options: { client: KubeClient; clock: Clock; logger: Logger }) {
    this.#silence = new Silence(options.clock);
    const follow = (resource: Resource) =>
      new Cache({
        ...options,
        resource,
        transform: withoutManagedFields,
        ...this.#silence.hooks(resource.plural),
      });
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
    return this.#silence.ms;
  }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  delete object.metadata.managedFields;
  return object;
}
