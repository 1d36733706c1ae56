import type {
  LoggerService,
  RootConfigService,
  RootLifecycleService,
} from '@backstage/backend-plugin-api';
import {
  Cache,
  KubeObject,
  Silence,
  createKubeClient,
} from '@slipway/controller';
import {
  LLM_API_VERSION,
  LlmModel,
  TENANT_API_VERSION,
  TenantResource,
} from '@slipway/plugin-llm-common';
import type { LlmClusterService, ModelSource, TenantSource } from './cluster';

/** A model as the cluster holds it. The API server has checked it against its schema. */
type StoredModel = LlmModel & KubeObject;

/** A tenant as the cluster holds it. */
type StoredTenant = TenantResource & KubeObject;

const llmModels = {
  apiVersion: LLM_API_VERSION,
  kind: 'LLMModel',
  plural: 'llmmodels',
  namespaced: true,
};

const tenantKind = {
  apiVersion: TENANT_API_VERSION,
  kind: 'Tenant',
  plural: 'tenants',
  namespaced: false,
};

/**
 * Connects to the cluster of `llm.cluster`. The portal starts without the cluster, too: whoever asks for models waits until it answers.
 *
 * @throws Error when the kubeconfig can't be read or names no cluster
 */
export async function connectCluster(deps: {
  config: RootConfigService;
  logger: LoggerService;
  lifecycle: RootLifecycleService;
}): Promise<LlmClusterService> {
  const { config, logger, lifecycle } = deps;
  const client = await createKubeClient({
    kubeconfig: config.getOptionalString('llm.cluster.kubeconfig'),
    context: config.getOptionalString('llm.cluster.context'),
    userAgent: 'slipway-portal',
  });
  const silence = new Silence();
  const cache = new Cache<StoredModel>({
    client,
    resource: llmModels,
    logger,
    ...silence.hooks(llmModels.plural),
  });
  const tenantCache = new Cache<StoredTenant>({
    client,
    resource: tenantKind,
    logger,
  });
  cache.start();
  tenantCache.start();
  lifecycle.addShutdownHook(async () => {
    await Promise.all([cache.stop(), tenantCache.stop()]);
    client.close();
  });
  const models: ModelSource = {
    ready: () => cache.waitForSync(),
    list: () => cache.list(),
    get: (namespace, name) => cache.get({ namespace, name }),
    onChange: listener => cache.onEvent(listener),
    lastHeard: () => new Date(Date.now() - silence.ms),
  };
  const tenants: TenantSource = {
    ready: () => tenantCache.waitForSync(),
    list: () => tenantCache.list(),
    get: name => tenantCache.get({ name }),
    onChange: listener => tenantCache.onEvent(listener),
  };
  return { client, models, tenants };
}
