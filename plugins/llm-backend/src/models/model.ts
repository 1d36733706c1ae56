import { KubeObject } from '@slipway/controller';
import { createHash } from 'node:crypto';
import {
  booleanAt,
  isRecord,
  listAt,
  numberAt,
  recordAt,
  textAt,
  textMapAt,
  textsAt,
} from './json';
import { perObject } from './perObject';

/** An `LLMModel` with every default filled in (also where the server did not: parents that are absent get no defaults). */
export interface Model {
  namespace: string;
  name: string;
  uid: string;
  generation: number;
  createdAt: string;
  /** Set while the model is being deleted. */
  deletedAt?: string;
  finalizers: string[];
  /** The public name that clients put into the request body's `model`: `spec.model.name`. */
  modelId: string;
  source: 'huggingface' | 'oci';
  revision?: string;
  /** Secret in the model's namespace whose key `HF_TOKEN` authorizes the download. */
  authSecretName?: string;
  /** Image that carries the weights under `/models` (source `oci`). */
  weightsImage?: string;
  /** False: somebody else puts the weights into the root of the volume. */
  preload: boolean;
  storage: {
    type: 'pvc' | 'emptyDir';
    /** A quantity. */
    size?: string;
    storageClassName?: string;
    accessMode: 'ReadWriteOnce' | 'ReadWriteMany';
  };
  gpus: { count: number; type: string };
  requests: Record<string, string>;
  limits: Record<string, string>;
  serving: {
    image?: string;
    command?: string[];
    replicas: number;
    tensorParallelism: number;
    dataParallelism: number;
    vllmArgs: string[];
    updateStrategy: 'Recreate' | 'RollingUpdate';
    monitoring: boolean;
  };
  access: { public: boolean; groups: string[]; requestable: boolean };
  endpoints: {
    external: boolean;
    internal: boolean;
    /** As in the Gateway API, e.g. `600s`. */
    requestTimeout: string;
  };
  pods: {
    extraArgs: string[];
    extraEnv: Record<string, unknown>[];
    tolerations: Record<string, unknown>[];
    nodeSelector: Record<string, string>;
    affinity?: Record<string, unknown>;
  };
  /** A whole EndpointPickerConfig that replaces ours. */
  schedulerConfig?: Record<string, unknown>;
}

/** Something in a spec that can't work. */
export interface SpecProblem {
  path: string;
  /** What is wrong and what to do. */
  message: string;
}

/** Reads an `LLMModel`. Never fails: what is missing gets the default, what can't work is found by {@link findSpecProblem}. */
export const parseModel = perObject(readModel);

function readModel(object: KubeObject): Model {
  const { metadata } = object;
  const spec = recordAt(object, 'spec');
  const storage = recordAt(spec, 'model', 'storage');
  const gpus = {
    count: numberAt(spec, 'resources', 'gpu', 'count') ?? 0,
    type: textAt(spec, 'resources', 'gpu', 'type') ?? 'nvidia',
  };
  const dataParallelism = numberAt(spec, 'serving', 'dataParallelism') ?? 1;
  const affinity = recordAt(spec, 'advanced', 'vllm', 'affinity');
  const schedulerConfig = recordAt(
    spec,
    'advanced',
    'inferencePool',
    'schedulerConfig',
  );
  const command = textsAt(spec, 'serving', 'command');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    deletedAt: metadata.deletionTimestamp,
    finalizers: metadata.finalizers ?? [],
    modelId: textAt(spec, 'model', 'name') ?? '',
    source: textAt(spec, 'model', 'source') === 'oci' ? 'oci' : 'huggingface',
    revision: textAt(spec, 'model', 'revision'),
    authSecretName: textAt(spec, 'model', 'authSecretName'),
    weightsImage: textAt(spec, 'model', 'image'),
    preload: booleanAt(spec, 'model', 'preload') ?? true,
    storage: {
      type: textAt(storage, 'type') === 'emptyDir' ? 'emptyDir' : 'pvc',
      size: textAt(storage, 'size'),
      storageClassName: textAt(storage, 'storageClassName'),
      accessMode:
        textAt(storage, 'accessMode') === 'ReadWriteMany'
          ? 'ReadWriteMany'
          : 'ReadWriteOnce',
    },
    gpus,
    requests: textMapAt(spec, 'resources', 'requests'),
    limits: textMapAt(spec, 'resources', 'limits'),
    serving: {
      image: textAt(spec, 'serving', 'image'),
      command: command.length > 0 ? command : undefined,
      replicas: numberAt(spec, 'serving', 'replicas') ?? 1,
      // Without GPUs there is one worker; the count itself would be 0, which vLLM refuses.
      tensorParallelism:
        numberAt(spec, 'serving', 'tensorParallelism') ??
        Math.max(1, Math.floor(gpus.count / Math.max(1, dataParallelism))),
      dataParallelism,
      vllmArgs: textsAt(spec, 'serving', 'vllmArgs'),
      updateStrategy:
        textAt(spec, 'serving', 'updateStrategy') === 'RollingUpdate'
          ? 'RollingUpdate'
          : 'Recreate',
      monitoring: booleanAt(spec, 'serving', 'monitoring', 'enabled') ?? false,
    },
    access: {
      public: booleanAt(spec, 'access', 'public') ?? false,
      groups: textsAt(spec, 'access', 'groups'),
      requestable: booleanAt(spec, 'access', 'requestable') ?? false,
    },
    endpoints: {
      external: booleanAt(spec, 'endpoints', 'external', 'enabled') ?? true,
      internal: booleanAt(spec, 'endpoints', 'internal', 'enabled') ?? true,
      requestTimeout: textAt(spec, 'endpoints', 'requestTimeout') ?? '600s',
    },
    pods: {
      extraArgs: textsAt(spec, 'advanced', 'vllm', 'extraArgs'),
      extraEnv: listAt(spec, 'advanced', 'vllm', 'extraEnv').filter(isRecord),
      tolerations: listAt(spec, 'advanced', 'vllm', 'tolerations').filter(
        isRecord,
      ),
      nodeSelector: textMapAt(spec, 'advanced', 'vllm', 'nodeSelector'),
      affinity: Object.keys(affinity).length > 0 ? affinity : undefined,
    },
    schedulerConfig:
      Object.keys(schedulerConfig).length > 0 ? schedulerConfig : undefined,
  };
}

/** Whether the weights are on a claim that a Job fills before any server starts. */
export function usesClaim(model: Model): boolean {
  return model.source === 'huggingface' && model.storage.type === 'pvc';
}

/** Whether a download Job fetches the weights. */
export function usesDownloadJob(model: Model): boolean {
  return usesClaim(model) && model.preload;
}

/**
 * Which weights a model wants: 8 hex that differ whenever source, id, revision or image differ. The fields are kept apart, so that no two
 * different models have one hash.
 */
export function weightsHash(
  model: Pick<Model, 'source' | 'modelId' | 'revision' | 'weightsImage'>,
): string {
  const identity =
    model.source === 'oci'
      ? ['oci', model.weightsImage ?? '']
      : ['huggingface', model.modelId, model.revision ?? ''];
  return hashOf(identity).slice(0, 8);
}

/** SHA-256 of the JSON of a value, in hex. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The extended resource that stands for a model's GPUs; unknown vendors count as NVIDIA, as the field was never read before. */
export function gpuResource(type: string): string {
  if (type.includes('/')) {
    return type;
  }
  switch (type.toLowerCase()) {
    case 'amd':
      return 'amd.com/gpu';
    case 'intel':
      return 'gpu.intel.com/i915';
    default:
      return 'nvidia.com/gpu';
  }
}
