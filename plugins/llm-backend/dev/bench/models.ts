import { KubeClient, KubeObject, Resource } from '@slipway/controller';
import { envoyAIGateway } from '../../src/gateway/envoy-ai-gateway';
import {
  GENERATED_KINDS,
  LLM_MODELS,
  READ_KINDS,
} from '../../src/models/kinds';
import {
  LLM_API_VERSION,
  MANAGED_NAMESPACE_LABEL,
} from '../../src/models/names';
import { countObjects } from './countObjects';
import { say, sleep } from './progress';

/** All kinds that the operator makes, in the order in which one depends on another. */
export const WRITTEN_KINDS: readonly Resource[] = [
  GENERATED_KINDS.serviceAccounts,
  GENERATED_KINDS.roles,
  GENERATED_KINDS.roleBindings,
  GENERATED_KINDS.claims,
  GENERATED_KINDS.configMaps,
  GENERATED_KINDS.jobs,
  GENERATED_KINDS.deployments,
  GENERATED_KINDS.services,
  GENERATED_KINDS.networkPolicies,
  GENERATED_KINDS.podMonitors,
  GENERATED_KINDS.pools,
  envoyAIGateway.policyKind,
  envoyAIGateway.routeKind,
];
/** What must be gone before the next part begins. */
const LEFT_KINDS = [
  LLM_MODELS,
  GENERATED_KINDS.deployments,
  GENERATED_KINDS.claims,
  READ_KINDS.pods,
];
/** Models are spread over this many namespaces. */
const NAMESPACES = 10;
/** No part of the benchmark may take longer. */
export const PATIENCE_MS = 1_200_000;

/** Makes the namespaces of a run, and says how its models look. */
export async function prepareRun(
  client: KubeClient,
  run: string,
  count: number,
): Promise<KubeObject[]> {
  const namespaces = Array.from(
    { length: NAMESPACES },
    (_, index) => `bench-${run}-${index}`,
  );
  for (const name of namespaces) {
    const labels = { [MANAGED_NAMESPACE_LABEL]: 'true' };
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    };
    await client.apply(READ_KINDS.namespaces, namespace, {
      fieldManager: 'slipway-bench',
    });
  }
  return Array.from({ length: count }, (_, index) =>
    modelObject(namespaces[index % NAMESPACES], run, index),
  );
}

/** The minimal model of the documentation, with an id of its own and restricted to a group. */
function modelObject(
  namespace: string,
  run: string,
  index: number,
): KubeObject {
  const storage = { type: 'pvc', size: '20Gi' };
  return {
    apiVersion: LLM_API_VERSION,
    kind: 'LLMModel',
    metadata: { namespace, name: `model-${index}` },
    spec: {
      model: { name: `bench/${run}-${index}`, source: 'huggingface', storage },
      access: { groups: ['llm'] },
      resources: { gpu: { count: 1, type: 'nvidia' } },
      serving: { replicas: 1 },
    },
  };
}

/** Creates all models, as many at once as the client allows. */
export async function createModels(
  client: KubeClient,
  models: KubeObject[],
): Promise<void> {
  await Promise.all(models.map(model => client.create(LLM_MODELS, model)));
}

/** Resolves with true when all models are Ready, with false when that takes longer than `timeoutMs`. */
export async function untilReady(
  client: KubeClient,
  models: KubeObject[],
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const names = new Set(
    models.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  for (;;) {
    const { items } = await client.list(LLM_MODELS);
    const ready = items.filter(
      ({ metadata, status }) =>
        names.has(`${metadata.namespace}/${metadata.name}`) &&
        Object(status).phase === 'Ready',
    );
    if (ready.length === models.length) {
      return true;
    }
    if (performance.now() > deadline) {
      say(`${ready.length} of ${models.length} models are Ready`);
      return false;
    }
    await sleep(1000);
  }
}

/**
 * Deletes all models and waits until their objects are gone too.
 *
 * @throws Error naming the kind of which objects are left
 */
export async function removeModels(
  client: KubeClient,
  models: KubeObject[],
): Promise<void> {
  say('removing the models');
  const others = (await countObjects(client, LLM_MODELS)) - models.length;
  await Promise.all(
    models.map(({ metadata }) => client.delete(LLM_MODELS, metadata)),
  );
  const deadline = performance.now() + PATIENCE_MS;
  for (const resource of LEFT_KINDS) {
    while ((await countObjects(client, resource)) > others) {
      if (performance.now() > deadline) {
        throw new Error(
          `${resource.plural} are left after their models were deleted`,
        );
      }
      await sleep(200);
    }
  }
}
