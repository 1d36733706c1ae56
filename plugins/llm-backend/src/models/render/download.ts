import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import {
  ANNOTATIONS,
  DOWNLOADER_CONTAINER,
  jobName,
  LABELS,
  labelsOf,
  metadataOf,
  MODEL_CACHE,
  namesOf,
} from '../names';
import { Platform } from '../platform';
import { Weights, weightsOf } from '../weights';
import { DOWNLOAD_SCRIPT, PERMANENT_EXIT_CODES } from './downloadScript';
import { literal } from './literal';
import { placementOf, tolerationsOf } from './placement';
import { containerSecurityContext, podSecurityContext } from './podSecurity';

const SCRIPT_FILE = 'download.py';
const SCRIPT_DIRECTORY = '/opt/slipway';
/** Container that removes weights that nobody serves any more. */
const CLEANER_CONTAINER = 'model-cleaner';

/** What a download Job is made for, beside the model. */
export interface DownloadAttempt {
  /** Counted from 1. */
  attempt: number;
  /** What the outcome depends on besides the spec: a change makes a failed download worth another try. */
  inputs: string;
  /** Node whose servers have the claim mounted: a ReadWriteOnce claim ties the Job to it. */
  node?: string;
}

/** The script that fetches and removes weights. */
export function renderDownloadScript(model: Model): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(model, namesOf(model).downloadScript, {
      component: 'llmmodel-download',
    }),
    data: { [SCRIPT_FILE]: DOWNLOAD_SCRIPT },
  };
}

/** The Job that fetches a model's weights into their directory on the claim. It holds no GPU. */
export function renderDownloadJob(
  model: Model,
  platform: Platform,
  attempt: DownloadAttempt,
): KubeObject {
  const weights = weightsOf(model);
  return renderJob(model, {
    name: jobName(model, 'download', weights.hash, attempt.attempt),
    labels: { [LABELS.weights]: weights.hash },
    annotations: {
      [ANNOTATIONS.attempt]: String(attempt.attempt),
      [ANNOTATIONS.inputs]: attempt.inputs,
      [ANNOTATIONS.servedModelId]: model.modelId,
      ...(model.revision
        ? { [ANNOTATIONS.servedRevision]: model.revision }
        : {}),
    },
    node: attempt.node,
    container: downloaderContainer(model, platform),
  });
}

/** The Job that removes every other directory of weights from the claim, once nobody serves them. */
export function renderCleanupJob(
  model: Model,
  platform: Platform,
  node: string | undefined,
): KubeObject {
  const weights = weightsOf(model);
  return renderJob(model, {
    name: jobName(model, 'cleanup', weights.hash, 1),
    labels: { [LABELS.weights]: `cleanup-${weights.hash}` },
    annotations: {},
    node,
    container: {
      ...scriptContainer(CLEANER_CONTAINER, platform, ['clean']),
      env: downloadEnvironment(model, platform, weights),
    },
  });
}

/** The container that fetches weights: of the Job, and the init container where every pod has a volume of its own. */
export function downloaderContainer(
  model: Model,
  platform: Platform,
): Record<string, unknown> {
  return {
    ...scriptContainer(DOWNLOADER_CONTAINER, platform, ['download']),
    env: [
      ...downloadEnvironment(model, platform, weightsOf(model)),
      ...(model.authSecretName
        ? [
            {
              name: 'HF_TOKEN',
              valueFrom: {
                secretKeyRef: { name: model.authSecretName, key: 'HF_TOKEN' },
              },
            },
          ]
        : []),
    ],
  };
}

/** Volumes that {@link downloaderContainer} needs beside the model's. */
export function downloadVolumes(model: Model): Record<string, unknown>[] {
  return [
    {
      name: 'download-script',
      configMap: { name: namesOf(model).downloadScript },
    },
    { name: 'download-tmp', emptyDir: {} },
  ];
}

function downloadEnvironment(
  model: Model,
  platform: Platform,
  weights: Weights,
) {
  return [
    { name: 'MODEL_SOURCE', value: model.source },
    { name: 'MODEL_ID', value: model.modelId },
    { name: 'MODEL_REVISION', value: literal(model.revision ?? '') },
    { name: 'MODEL_DIR', value: weights.directory },
    { name: 'MODEL_MARKER', value: weights.marker },
    { name: 'MODEL_VOLUME', value: MODEL_CACHE },
    { name: 'MODEL_AUTH_SECRET', value: model.authSecretName ?? '' },
    { name: 'HOME', value: '/tmp' },
    { name: 'HF_HOME', value: '/tmp/huggingface' },
    // Our own lines tell how far it is; bars would fill the log that they are read from.
    { name: 'HF_HUB_DISABLE_PROGRESS_BARS', value: '1' },
    // Nothing is fetched twice: a cache of chunks would only fill the node's disk.
    { name: 'HF_XET_CHUNK_CACHE_SIZE_BYTES', value: '0' },
    ...(platform.huggingFaceEndpoint
      ? [{ name: 'HF_ENDPOINT', value: platform.huggingFaceEndpoint }]
      : []),
  ];
}

function scriptContainer(name: string, platform: Platform, args: string[]) {
  return {
    name,
    image: platform.images.downloader ?? platform.images.serving,
    command: ['python3', '-u', `${SCRIPT_DIRECTORY}/${SCRIPT_FILE}`],
    args,
    resources: {
      requests: { cpu: '250m', memory: '1Gi' },
      limits: { cpu: '4', memory: '4Gi' },
    },
    securityContext: containerSecurityContext({ readOnly: true }),
    volumeMounts: [
      { name: 'model-storage', mountPath: MODEL_CACHE },
      { name: 'download-script', mountPath: SCRIPT_DIRECTORY, readOnly: true },
      { name: 'download-tmp', mountPath: '/tmp' },
    ],
  };
}

interface JobParts {
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  node: string | undefined;
  container: Record<string, unknown>;
}

function renderJob(model: Model, parts: JobParts): KubeObject {
  const { labels, name } = parts;
  const node =
    model.storage.accessMode === 'ReadWriteOnce' ? parts.node : undefined;
  const annotations = {
    ...parts.annotations,
    ...(node ? { [ANNOTATIONS.node]: node } : {}),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(model, name, {
      component: 'llmmodel-download',
      labels,
      annotations,
    }),
    spec: {
      backoffLimit: 3,
      podFailurePolicy: {
        rules: [
          {
            action: 'FailJob',
            onExitCodes: {
              containerName: String(parts.container.name),
              operator: 'In',
              values: Object.values(PERMANENT_EXIT_CODES),
            },
          },
        ],
      },
      template: {
        metadata: {
          labels: { ...labelsOf(model, 'llmmodel-download'), ...labels },
        },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: namesOf(model).serviceAccount,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurityContext(),
          ...downloadPlacement(model, node),
          containers: [parts.container],
          volumes: [
            {
              name: 'model-storage',
              persistentVolumeClaim: { claimName: namesOf(model).claim },
            },
            ...downloadVolumes(model),
          ],
        },
      },
    },
  };
}

/**
 * Where the Job runs: on the servers' node if they have a ReadWriteOnce claim mounted. Else anywhere the servers could, and rather on a
 * GPU node: the first pod that uses a claim may decide the zone, or even the node, of its volume.
 */
function downloadPlacement(
  model: Model,
  node: string | undefined,
): Record<string, unknown> {
  if (node !== undefined) {
    const tolerations = tolerationsOf(model);
    return {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchFields: [
                  { key: 'metadata.name', operator: 'In', values: [node] },
                ],
              },
            ],
          },
        },
      },
      ...(tolerations.length > 0 ? { tolerations } : {}),
    };
  }
  const placement = placementOf(model);
  if (model.gpus.count === 0 || model.pods.affinity) {
    return placement;
  }
  return {
    ...placement,
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            preference: {
              matchExpressions: [
                {
                  key: 'nvidia.com/gpu.present',
                  operator: 'In',
                  values: ['true'],
                },
              ],
            },
          },
        ],
      },
    },
  };
}
