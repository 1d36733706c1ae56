import { compactManagedFields, KubeObject } from '@slipway/controller';
import { recordAt } from './json';

/* What caches keep of objects that are only looked at. A cluster has thousands of them. */

/** Takes off what nobody compares with: these objects are never applied. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}

/** Only what names and labels an object. */
export function thin(object: KubeObject): KubeObject {
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    labels,
    generation,
    ownerReferences,
    deletionTimestamp,
  } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      generation,
      ownerReferences,
      deletionTimestamp,
    },
  };
}

/** The same, and its status. */
export function thinWithStatus(object: KubeObject): KubeObject {
  return { ...thin(object), status: object.status };
}

/** A pod's spec is large, and only its node is read. */
export function thinPod(object: KubeObject): KubeObject {
  const { annotations, creationTimestamp, ...metadata } =
    compactManagedFields(object).metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...metadata,
      annotations,
      creationTimestamp,
      managedFields: undefined,
    },
    spec: { nodeName: recordAt(object, 'spec').nodeName },
    status: object.status,
  };
}
