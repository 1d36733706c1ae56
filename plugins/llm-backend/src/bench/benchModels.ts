import { KubeObject } from '@slipway/controller';
import { LLM_API_VERSION, MANAGED_NAMESPACE_LABEL } from '../models/names';

/** Models are spread over this many namespaces. */
const NAMESPACES = 10;

/** Names of the namespaces of a run. */
export function benchNamespaces(run: string): string[] {
  return Array.from(
    { length: NAMESPACES },
    (_, index) => `bench-${run}-${index}`,
  );
}

/** A namespace that may hold models. */
export function namespaceObject(name: string): KubeObject {
  const labels = { [MANAGED_NAMESPACE_LABEL]: 'true' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** The minimal model of the documentation, many times, each with an id of its own and restricted to a group. */
export function benchModels(run: string, count: number): KubeObject[] {
  const namespaces = benchNamespaces(run);
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: LLM_API_VERSION,
    kind: 'LLMModel',
    metadata: {
      namespace: namespaces[index % NAMESPACES],
      name: `model-${index}`,
    },
    spec: {
      model: {
        name: `bench/${run}-${index}`,
        source: 'huggingface',
        storage: { type: 'pvc', size: '20Gi' },
      },
      access: { groups: ['llm'] },
      resources: { gpu: { count: 1, type: 'nvidia' } },
      serving: { replicas: 1 },
    },
  }));
}
