import { KubeObject } from '@slipway/controller';
import { ENDPOINTS } from '../../gateway/flavour';
import { envoyAIGateway } from '../../gateway/envoy-ai-gateway';
import { Model, parseModel, usesDownloadJob } from '../model';
import { Platform } from '../platform';
import {
  renderClaim,
  renderCleanupJob,
  renderDeployment,
  renderDownloadJob,
  renderDownloadScript,
  renderEndpointPicker,
  renderInferencePool,
  renderNetworkPolicy,
  renderPodMonitor,
  renderService,
  renderServiceAccount,
} from '../render';
import { readSettings } from '../settings';

/** A platform as the sandbox prepares it. */
export function examplePlatform(overrides: Partial<Platform> = {}): Platform {
  const values: Record<string, string> = {
    baseDomain: 'example.com',
    externalGatewayName: 'ai',
    internalGatewayName: 'ai',
    oidcIssuerUrl: 'https://id.example.com/realms/main',
    oidcAudience: 'llm',
  };
  const { platform } = readSettings(name => values[name]);
  return {
    ...platform,
    oidc: {
      ...platform.oidc,
      jwksUri: 'https://id.example.com/realms/main/keys',
    },
    ...overrides,
  };
}

/** A custom resource that can work; `spec` is merged into it, field by field. */
export function exampleModel(
  spec: Record<string, unknown> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  const base: Record<string, unknown> = {
    model: {
      name: 'acme/tiny',
      source: 'huggingface',
      storage: { type: 'pvc', size: '10Gi' },
    },
    resources: { gpu: { count: 1, type: 'nvidia' } },
    access: { public: true },
  };
  return {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: {
      name: 'tiny',
      namespace: 'models',
      uid: '11111111-1111-1111-1111-111111111111',
      generation: 1,
      creationTimestamp: '2026-11-20T10:00:00Z',
      ...metadata,
    },
    spec: merge(base, spec),
  };
}

function merge(
  into: Record<string, unknown>,
  from: Record<string, unknown>,
): Record<string, unknown> {
  const result = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const old = result[key];
    result[key] = isPlain(old) && isPlain(value) ? merge(old, value) : value;
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every object that a model can ever need, in the order in which they are made. */
export function renderEverything(
  object: KubeObject,
  platform: Platform,
): KubeObject[] {
  const model: Model = parseModel(object);
  const downloads = usesDownloadJob(model)
    ? [
        renderDownloadJob(model, platform, {
          attempt: 1,
          inputs: 'claim-uid/',
        }),
        renderDownloadJob(model, platform, {
          attempt: 2,
          inputs: 'claim-uid/7',
          node: 'gpu-1',
        }),
        renderCleanupJob(model, platform, 'gpu-1'),
      ]
    : [];
  const objects: (KubeObject | undefined)[] = [
    renderServiceAccount(model),
    renderNetworkPolicy(model, platform),
    renderService(model),
    model.source === 'huggingface' && model.preload
      ? renderDownloadScript(model)
      : undefined,
    renderClaim(model, platform),
    ...ENDPOINTS.map(endpoint =>
      model.endpoints[endpoint]
        ? envoyAIGateway.renderPolicy(model, platform, endpoint)
        : undefined,
    ),
    ...renderEndpointPicker(model, platform),
    model.serving.monitoring ? renderPodMonitor(model) : undefined,
    renderInferencePool(model),
    ...downloads,
    renderDeployment(model, platform),
    ...ENDPOINTS.map(endpoint =>
      model.endpoints[endpoint]
        ? envoyAIGateway.renderRoute(model, platform, endpoint, model.modelId)
        : undefined,
    ),
  ];
  return objects.filter((each): each is KubeObject => each !== undefined);
}
