import { KubeObject, parseQuantity } from '@slipway/controller';
import { at, textAt, textsAt } from '../json';
import { Model, usesClaim } from '../model';
import { FIELD_MANAGER, metadataOf, namesOf } from '../names';
import { Platform } from '../platform';

/**
 * The claim that holds a model's weights, or nothing where none is needed. Class and access mode of a claim can't change and it can't
 * shrink, so for a claim that exists those stay as they are; {@link claimRemark} says so.
 */
export function renderClaim(
  model: Model,
  platform: Platform,
  live?: KubeObject,
): KubeObject | undefined {
  if (!usesClaim(model)) {
    return undefined;
  }
  const wantedClass =
    model.storage.storageClassName ?? platform.storageClassName;
  // A class that the cluster chose is the cluster's; one that we wrote would be taken away if we left it out.
  const storageClassName =
    live && (wantedClass || ownsClass(live))
      ? textAt(live, 'spec', 'storageClassName')
      : wantedClass;
  const liveModes = live ? textsAt(live, 'spec', 'accessModes') : [];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(model, namesOf(model).claim),
    spec: {
      accessModes:
        liveModes.length > 0 ? liveModes : [model.storage.accessMode],
      resources: { requests: { storage: sizeOf(model, live) } },
      ...(storageClassName ? { storageClassName } : {}),
    },
  };
}

function ownsClass(live: KubeObject): boolean {
  return (live.metadata.managedFields ?? []).some(
    ({ manager, operation, fieldsV1 }) =>
      manager === FIELD_MANAGER &&
      operation === 'Apply' &&
      at(fieldsV1, 'f:spec', 'f:storageClassName') !== undefined,
  );
}

function sizeOf(model: Model, live: KubeObject | undefined): string {
  const wanted = model.storage.size ?? '0';
  const present =
    live && textAt(live, 'spec', 'resources', 'requests', 'storage');
  if (present === undefined) {
    return wanted;
  }
  return (parseQuantity(wanted) ?? 0) > (parseQuantity(present) ?? 0)
    ? wanted
    : present;
}

/** What a live claim can't follow in the spec, and what to do about it. */
export function claimRemark(
  model: Model,
  platform: Platform,
  live: KubeObject | undefined,
): string | undefined {
  if (!live || !usesClaim(model)) {
    return undefined;
  }
  const differing: string[] = [];
  const storageClassName =
    model.storage.storageClassName ?? platform.storageClassName;
  const liveClass = textAt(live, 'spec', 'storageClassName');
  if (storageClassName && liveClass && storageClassName !== liveClass) {
    differing.push(
      `storage class ${liveClass} (the spec says ${storageClassName})`,
    );
  }
  const liveModes = textsAt(live, 'spec', 'accessModes');
  if (liveModes.length > 0 && !liveModes.includes(model.storage.accessMode)) {
    differing.push(
      `access mode ${liveModes.join(', ')} (the spec says ${
        model.storage.accessMode
      })`,
    );
  }
  const liveSize = textAt(live, 'spec', 'resources', 'requests', 'storage');
  if (
    liveSize &&
    (parseQuantity(model.storage.size ?? '0') ?? 0) <
      (parseQuantity(liveSize) ?? 0)
  ) {
    differing.push(
      `size ${liveSize} (the spec says ${model.storage.size}; a claim can't shrink)`,
    );
  }
  if (differing.length === 0) {
    return undefined;
  }
  return `The claim ${namesOf(model).claim} keeps its ${differing.join(
    ' and ',
  )}: delete the claim to have it made anew and the weights fetched again`;
}
