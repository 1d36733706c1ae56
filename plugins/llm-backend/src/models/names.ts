import { KubeObject, ObjectMeta } from '@slipway/controller';
import { createHash } from 'node:crypto';
import { Model } from './model';

/** Group and version of the custom resources. */
export const LLM_API_VERSION = 'llm.nebari.dev/v1alpha1';
/** Keeps a model until its routes are gone. */
export const FINALIZER = 'llm.nebari.dev/cleanup';
/** Who writes: the manager of every field that the operator owns. */
export const FIELD_MANAGER = 'slipway-operator';
/** Namespaces whose models are served carry this label with the value `true`. */
export const MANAGED_NAMESPACE_LABEL = 'nebari.dev/managed';

/** Labels of everything that the operator makes. */
export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  instance: 'app.kubernetes.io/instance',
  name: 'app.kubernetes.io/name',
  model: 'llm.nebari.dev/model',
  weights: 'llm.nebari.dev/weights',
} as const;
/** Value of {@link LABELS.managedBy}; also how caches narrow what they hold. */
export const MANAGED_BY = 'nebari-llm-operator';
/** Selects everything that the operator makes. */
export const MANAGED_SELECTOR = `${LABELS.managedBy}=${MANAGED_BY}`;

/** Annotations of what the operator makes. */
export const ANNOTATIONS = {
  /** Hash of what a model's weights are; on the model's Deployment. */
  configHash: 'llm.nebari.dev/model-config-hash',
  /** The model id that a Deployment's pods answer to. */
  servedModelId: 'llm.nebari.dev/served-model-id',
  /** The revision that a Deployment's pods serve. */
  servedRevision: 'llm.nebari.dev/served-revision',
  /** Replicas as the spec last asked for them; tells a change of the spec from an autoscaler's. */
  replicas: 'llm.nebari.dev/replicas',
  /** On a Deployment that is paused until its weights are there; says what it waits for. */
  held: 'llm.nebari.dev/held',
  /** Rolls the endpoint picker when its configuration changes. */
  configChecksum: 'llm.nebari.dev/config-checksum',
  /** Attempt of a download, counted from 1. */
  attempt: 'llm.nebari.dev/attempt',
  /** What a download depended on when it was tried: uid and size of the claim, resourceVersion of the Secret, hash of the pod; between slashes. */
  inputs: 'llm.nebari.dev/inputs',
  /** Node that a Job is tied to, because the servers there have the claim mounted. */
  node: 'llm.nebari.dev/node',
  /** JSON: which policy the gateway refused, why and when. Its route stays away. */
  refused: 'llm.nebari.dev/refused',
} as const;

/** What a generated object is for: value of {@link LABELS.name}. */
export type Component = 'llmmodel' | 'llmmodel-download' | 'epp';

/** Container that fetches weights. */
export const DOWNLOADER_CONTAINER = 'model-downloader';
/** Container that serves. */
export const SERVER_CONTAINER = 'vllm';
/** Port of the server, named `http`. */
export const SERVER_PORT = 8000;
/** Where the weights' volume is mounted. */
export const MODEL_CACHE = '/model-cache';

/** Names of a model's objects. */
export function namesOf(model: Pick<Model, 'name'>) {
  const { name } = model;
  return {
    claim: `${name}-model-storage`,
    serviceAccount: `${name}-sa`,
    networkPolicy: `${name}-deny-direct`,
    server: name,
    downloadScript: `${name}-download`,
    pool: name,
    picker: `${name}-epp`,
    pickerConfig: `${name}-epp-config`,
    externalRoute: `${name}-external`,
    internalRoute: `${name}-internal`,
    externalPolicy: `${name}-external-auth`,
    internalPolicy: `${name}-internal-auth`,
    podMonitor: name,
  };
}

/** Name of a Job, at most 63 characters because it becomes a label of its pods. */
export function jobName(
  model: Pick<Model, 'name'>,
  purpose: 'download' | 'cleanup',
  hash: string,
  attempt: number,
): string {
  const suffix = `-${purpose}-${hash}${attempt > 1 ? `-${attempt}` : ''}`;
  const room = 63 - suffix.length;
  if (model.name.length <= room) {
    return `${model.name}${suffix}`;
  }
  const short = createHash('sha256')
    .update(model.name)
    .digest('hex')
    .slice(0, 6);
  return `${model.name
    .slice(0, room - 7)
    .replace(/-+$/, '')}-${short}${suffix}`;
}

/** Labels of an object that the operator makes for a model. */
export function labelsOf(
  model: Pick<Model, 'name'>,
  component: Component = 'llmmodel',
): Record<string, string> {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.instance]: model.name,
    [LABELS.name]: component,
    [LABELS.model]: model.name,
  };
}

/** Labels that select a model's pods of one kind, and no other's. */
export function selectorOf(
  model: Pick<Model, 'name'>,
  component: Component = 'llmmodel',
): Record<string, string> {
  return { [LABELS.instance]: model.name, [LABELS.name]: component };
}

/** Metadata of an object that the operator makes for a model: labels to prune by, and the model as owner. */
export function metadataOf(
  model: Pick<Model, 'name' | 'namespace' | 'uid'>,
  name: string,
  extra: {
    component?: Component;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  } = {},
): ObjectMeta {
  return {
    name,
    namespace: model.namespace,
    labels: { ...labelsOf(model, extra.component), ...extra.labels },
    ...(extra.annotations ? { annotations: extra.annotations } : {}),
    ownerReferences: [
      {
        apiVersion: LLM_API_VERSION,
        kind: 'LLMModel',
        name: model.name,
        uid: model.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}

/** Whether a model owns an object (by uid: a namesake from before does not). */
export function isOwnedBy(object: KubeObject, uid: string): boolean {
  return (
    object.metadata.ownerReferences?.some(owner => owner.uid === uid) ?? false
  );
}
