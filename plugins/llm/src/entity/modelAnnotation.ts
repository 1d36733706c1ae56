import { ModelKey } from '../api';

/** The annotation that ties an entity to its model: `<namespace>/<name>`. */
export const MODEL_ANNOTATION = 'slipway.dev/model';

/** Reads `<namespace>/<name>`; anything else is nothing. */
export function parseModelAnnotation(
  value: string | undefined,
): ModelKey | undefined {
  const [namespace, name, ...rest] = (value ?? '').split('/');
  return namespace && name && rest.length === 0
    ? { namespace, name }
    : undefined;
}
