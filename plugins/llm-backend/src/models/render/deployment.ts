import { KubeObject } from '@slipway/controller';
import { gpuResource, hashOf, Model, usesClaim } from '../model';
import {
  ANNOTATIONS,
  labelsOf,
  metadataOf,
  MODEL_CACHE,
  namesOf,
  selectorOf,
  SERVER_CONTAINER,
  SERVER_PORT,
} from '../names';
import { Platform } from '../platform';
import { weightsOf } from '../weights';
import { downloaderContainer, downloadVolumes } from './download';
import { literal } from './literal';
import { placementOf } from './placement';
import { containerSecurityContext, podSecurityContext } from './podSecurity';

/** Needed because the default image's entry point only sets up CUDA. */
const DEFAULT_COMMAND = ['python3', '-m', 'vllm.entrypoints.openai.api_server'];
/** Above the hour that the startup probe grants, so that the Deployment never gives up before the probe does. */
const PROGRESS_DEADLINE_SECONDS = 4200;

/** Options of {@link renderDeployment}. */
export interface DeploymentOptions {
  /** Leaves the number of replicas to whoever set it, such as an autoscaler. */
  keepReplicas?: boolean;
  /** Paused: no pod is made, and no GPU held, before the weights are there. */
  held?: boolean;
}

/** The Deployment whose pods serve a model. Unless it is held, its weights must be there already, or its pods fetch them themselves. */
export function renderDeployment(
  model: Model,
  platform: Platform,
  options: DeploymentOptions = {},
): KubeObject {
  const names = namesOf(model);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(model, names.server, {
      annotations: {
        [ANNOTATIONS.configHash]: configHash(model),
        [ANNOTATIONS.servedModelId]: model.modelId,
        [ANNOTATIONS.servedRevision]: model.revision ?? '',
        [ANNOTATIONS.replicas]: String(model.serving.replicas),
        ...(options.held ? { [ANNOTATIONS.held]: 'WaitingForWeights' } : {}),
      },
    }),
    spec: {
      ...(options.keepReplicas ? {} : { replicas: model.serving.replicas }),
      ...(options.held ? { paused: true } : {}),
      strategy: strategyOf(model),
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
      selector: { matchLabels: selectorOf(model) },
      template: {
        metadata: {
          labels: labelsOf(model),
          annotations: { [ANNOTATIONS.configHash]: configHash(model) },
        },
        spec: {
          serviceAccountName: names.serviceAccount,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 60,
          securityContext: podSecurityContext(),
          ...placementOf(model),
          ...initContainers(model, platform),
          containers: [serverContainer(model, platform)],
          volumes: volumesOf(model, platform),
        },
      },
    },
  };
}

/**
 * How pods are replaced. The server's defaults for a rolling update are written out, so that they are ours: a default that nobody owns would
 * stay when the spec goes back to `Recreate`, and the server refuses the two together (kubernetes #24198).
 */
function strategyOf(model: Model): Record<string, unknown> {
  const type = model.serving.updateStrategy;
  return type === 'RollingUpdate'
    ? { type, rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }
    : { type };
}

/** The name that clients use, in one word where it would else be read as another option. */
function servedName(modelId: string): string[] {
  const name = literal(modelId);
  return modelId.startsWith('-')
    ? [`--served-model-name=${name}`]
    : ['--served-model-name', name];
}

/** Differs whenever the served weights do. Kept as an annotation, under the name that the reference operator uses. */
export function configHash(model: Model): string {
  const { source, modelId, revision, weightsImage, storage } = model;
  return hashOf([
    source,
    modelId,
    revision ?? '',
    weightsImage ?? '',
    storage.type,
  ]).slice(0, 16);
}

function serverContainer(
  model: Model,
  platform: Platform,
): Record<string, unknown> {
  const { serving, gpus } = model;
  return {
    name: SERVER_CONTAINER,
    image: serving.image ?? platform.images.serving,
    command: serving.command ?? DEFAULT_COMMAND,
    args: [
      '--model',
      weightsOf(model).directory,
      ...servedName(model.modelId),
      '--tensor-parallel-size',
      String(serving.tensorParallelism),
      '--data-parallel-size',
      String(serving.dataParallelism),
      ...serving.vllmArgs,
      ...model.pods.extraArgs,
    ],
    env: serverEnvironment(model),
    ports: [{ name: 'http', containerPort: SERVER_PORT, protocol: 'TCP' }],
    resources: {
      requests: model.requests,
      limits: {
        ...model.limits,
        ...(gpus.count > 0
          ? { [gpuResource(gpus.type)]: String(gpus.count) }
          : {}),
      },
    },
    securityContext: containerSecurityContext({ readOnly: false }),
    startupProbe: {
      httpGet: { path: '/v1/models', port: 'http' },
      initialDelaySeconds: 15,
      periodSeconds: 30,
      timeoutSeconds: 5,
      failureThreshold: 120,
    },
    livenessProbe: {
      httpGet: { path: '/health', port: 'http' },
      periodSeconds: 10,
      // A busy engine answers late; one second, the default, would kill it.
      timeoutSeconds: 10,
      failureThreshold: 3,
    },
    readinessProbe: {
      httpGet: { path: '/v1/models', port: 'http' },
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    volumeMounts: [
      weightsMount(model, platform),
      { name: 'shm', mountPath: '/dev/shm' },
      { name: 'home', mountPath: '/home/vllm' },
    ],
  };
}

/** Ours first, so that the spec's win; a name twice would make the object unusable for server-side apply. */
function serverEnvironment(model: Model): Record<string, unknown>[] {
  const byName = new Map<string, Record<string, unknown>>();
  const own = [
    // The pods run as a user that the image does not know: caches need a place, Python a name.
    { name: 'HOME', value: '/home/vllm' },
    { name: 'USER', value: 'vllm' },
    // The weights are local; nothing may be fetched behind the owner's back.
    ...(model.preload ? [{ name: 'HF_HUB_OFFLINE', value: '1' }] : []),
  ];
  for (const variable of [...own, ...model.pods.extraEnv]) {
    byName.set(String(variable.name), variable);
  }
  return [...byName.values()];
}

function weightsMount(
  model: Model,
  platform: Platform,
): Record<string, unknown> {
  if (model.source === 'oci' && platform.imageVolumes) {
    return {
      name: 'model-storage',
      mountPath: MODEL_CACHE,
      subPath: 'models',
      readOnly: true,
    };
  }
  return {
    name: 'model-storage',
    mountPath: MODEL_CACHE,
    ...(usesClaim(model) && model.preload ? { readOnly: true } : {}),
  };
}

/** Every pod has a volume of its own: with emptyDir storage and with OCI sources. */
function initContainers(
  model: Model,
  platform: Platform,
): Record<string, unknown> {
  if (model.source === 'oci') {
    if (platform.imageVolumes) {
      return {};
    }
    return {
      initContainers: [
        {
          name: 'model-loader',
          image: model.weightsImage,
          command: ['cp', '-r', '/models/.', '/shared-models/'],
          resources: { requests: { cpu: '100m', memory: '256Mi' } },
          securityContext: containerSecurityContext({ readOnly: true }),
          volumeMounts: [
            { name: 'model-storage', mountPath: '/shared-models' },
          ],
        },
      ],
    };
  }
  if (!model.preload || usesClaim(model)) {
    return {};
  }
  return { initContainers: [downloaderContainer(model, platform)] };
}

function volumesOf(
  model: Model,
  platform: Platform,
): Record<string, unknown>[] {
  const fetchesItself =
    model.source === 'huggingface' && model.preload && !usesClaim(model);
  return [
    { name: 'model-storage', ...weightsVolume(model, platform) },
    {
      name: 'shm',
      emptyDir: {
        medium: 'Memory',
        ...(model.limits.memory ? { sizeLimit: model.limits.memory } : {}),
      },
    },
    { name: 'home', emptyDir: {} },
    ...(fetchesItself ? downloadVolumes(model) : []),
  ];
}

function weightsVolume(
  model: Model,
  platform: Platform,
): Record<string, unknown> {
  if (model.source === 'oci') {
    return platform.imageVolumes
      ? { image: { reference: model.weightsImage } }
      : { emptyDir: {} };
  }
  if (usesClaim(model)) {
    return { persistentVolumeClaim: { claimName: namesOf(model).claim } };
  }
  return {
    emptyDir: model.storage.size ? { sizeLimit: model.storage.size } : {},
  };
}
