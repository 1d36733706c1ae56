import { parseEntityRef } from '@backstage/catalog-model';

/** The name in an entity ref, for a place where there is no room for more. */
export function ownerName(entityRef: string): string {
  try {
    return parseEntityRef(entityRef, {
      defaultKind: 'group',
      defaultNamespace: 'default',
    }).name;
  } catch {
    return entityRef;
  }
}

/** `nvidia` as people write it. */
export function gpuVendor(type: string): string {
  const known: Record<string, string> = {
    nvidia: 'NVIDIA',
    amd: 'AMD',
    intel: 'Intel',
  };
  return known[type.toLowerCase()] ?? type;
}

/** The name of a model in `<namespace>/<name>`. */
export function modelName(ref: string): string {
  return ref.slice(ref.indexOf('/') + 1);
}
