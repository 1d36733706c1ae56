import { gpuResource, Model } from '../model';

/** The taint of nodes with these GPUs: their resource, by the vendors' convention; a slice of an NVIDIA GPU is on a node for NVIDIA GPUs. */
function taintOf(resource: string): string {
  return resource.startsWith('nvidia.com/') ? 'nvidia.com/gpu' : resource;
}

/** The user's tolerations, and the one for tainted GPU nodes unless they have it already. */
export function tolerationsOf(model: Model): Record<string, unknown>[] {
  const wanted = model.pods.tolerations;
  const key = taintOf(gpuResource(model.gpus.type));
  const covered = wanted.some(
    toleration =>
      toleration.key === key ||
      (!toleration.key && toleration.operator === 'Exists'),
  );
  if (model.gpus.count === 0 || covered) {
    return wanted;
  }
  return [...wanted, { key, operator: 'Exists', effect: 'NoSchedule' }];
}

/** Where a model's pods may run. */
export function placementOf(model: Model): Record<string, unknown> {
  const tolerations = tolerationsOf(model);
  return {
    ...(Object.keys(model.pods.nodeSelector).length > 0
      ? { nodeSelector: model.pods.nodeSelector }
      : {}),
    ...(model.pods.affinity ? { affinity: model.pods.affinity } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
  };
}
