import { hash } from 'node:crypto';

/** The header by which the authorizer says which model it judged. */
export const JUDGED_MODEL_HEADER = 'x-slipway-model';

/**
 * What stands for a model id in the header `x-slipway-model` and in the rule of the model's route: the first 32 hex digits (128 bits)
 * of the SHA-256 of its UTF-8. A model id may hold what no header can; digests can't be made to meet.
 */
export function modelDigest(modelId: string): string {
  return hash('sha256', modelId, 'hex').slice(0, 32);
}
