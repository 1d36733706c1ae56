import {
  coreServices,
  createServiceFactory,
  createServiceRef,
} from '@backstage/backend-plugin-api';
import type { KubeClient } from '@slipway/controller';
import type { LlmModel, TenantResource } from '@slipway/plugin-llm-common';
import { connectCluster } from './connectCluster';

/** The models of the cluster, kept current by one watch for the whole process. */
export interface ModelSource {
  /** Resolves once the models are known; until then `list` is empty. */
  ready(): Promise<void>;
  list(): LlmModel[];
  get(namespace: string, name: string): LlmModel | undefined;
  /** Calls the listener after every change. Returns a function that ends it. */
  onChange(listener: () => void): () => void;
  /** When the cluster was last heard from. */
  lastHeard(): Date;
}

/**
 * The tenants of the cluster, kept current by one watch for the whole process. Where the CRD of tenants is not installed there are
 * none; they appear by themselves when it is.
 */
export interface TenantSource {
  /** Resolves once the tenants are known, or that there are none; until then `list` is empty. */
  ready(): Promise<void>;
  list(): TenantResource[];
  get(name: string): TenantResource | undefined;
  /** Calls the listener after every change. Returns a function that ends it. */
  onChange(listener: () => void): () => void;
}

/** The cluster that this process works on. */
export interface LlmClusterService {
  /** Talks to the API server. */
  client: KubeClient;
  models: ModelSource;
  tenants: TenantSource;
}

/**
 * The cluster, one for the whole process: the llm plugin and the catalog module share one connection and one watch. Replace
 * its factory to reach the cluster in another way.
 */
export const llmClusterServiceRef = createServiceRef<LlmClusterService>({
  id: 'llm.cluster',
  scope: 'root',
  defaultFactory: async service =>
    createServiceFactory({
      service,
      deps: {
        config: coreServices.rootConfig,
        logger: coreServices.rootLogger,
        lifecycle: coreServices.rootLifecycle,
      },
      factory: deps => connectCluster(deps),
    }),
});
