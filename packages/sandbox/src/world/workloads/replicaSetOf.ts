import { StoredObject } from '../../types';
import { controllerReference } from '../kinds';
import { resolveFenceposts } from './rollout';

/** Label of a ReplicaSet and its pods: which template they were made of. */
export const HASH = 'pod-template-hash';
/** Annotation of a Deployment and its ReplicaSets. */
export const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';

/** The ReplicaSet of a Deployment's present template. Source: `getNewReplicaSet` in `pkg/controller/deployment/sync.go`. */
export function replicaSetOf(
  deployment: StoredObject,
  set: { hash: string; revision: string; replicas: number },
) {
  const { spec, metadata } = deployment;
  const { hash, revision, replicas } = set;
  const labels = { ...spec.template.metadata?.labels, [HASH]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: setAnnotations(deployment, revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds && { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [HASH]: hash },
      },
      template: {
        ...spec.template,
        metadata: { ...spec.template.metadata, labels },
      },
    },
  };
}

/** What a Deployment notes on its newest ReplicaSet. */
export function setAnnotations(
  deployment: StoredObject,
  revision: string,
): Record<string, string> {
  const { replicas, strategy } = deployment.spec;
  const surge =
    strategy?.type === 'Recreate'
      ? 0
      : resolveFenceposts(replicas, strategy?.rollingUpdate).maxSurge;
  return {
    [DESIRED]: String(replicas),
    [MAX]: String(replicas + surge),
    [REVISION]: revision,
  };
}

/** Which revision of its Deployment a ReplicaSet is; 0 without one. */
export function revisionOf(set: StoredObject): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}
