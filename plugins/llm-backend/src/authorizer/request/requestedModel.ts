import { isRecord } from '../../models/json';
import { modelOfForm } from './form';

/** The model that a body names, or why none can be read from it. */
export type RequestedModel =
  | { modelId: string }
  | { problem: 'encoding' | 'media-type' | 'no-model' };

/**
 * Reads the model from a body. It must read what the AI gateway reads, or the request ends at the route, and it must refuse what they could
 * read differently: so JSON in UTF-8 only (of two fields the last counts, case matters), and a form only where a file comes with it.
 */
export function readRequestedModel(
  headers: Record<string, string>,
  body: Buffer,
  options: { forms: boolean },
): RequestedModel {
  const encoding = headers['content-encoding'] ?? '';
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return { problem: 'encoding' };
  }
  const [type, ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map(part => part.trim());
  const media = type.toLowerCase();
  if (options.forms) {
    const model =
      media === 'multipart/form-data'
        ? modelOfForm(body, parameters)
        : undefined;
    return media === 'multipart/form-data'
      ? found(model)
      : { problem: 'media-type' };
  }
  if (media !== 'application/json' && media !== '') {
    return { problem: 'media-type' };
  }
  const charset = parameters
    .map(parameter => /^charset="?([^"]*)"?$/i.exec(parameter)?.[1])
    .find(value => value !== undefined);
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    return { problem: 'encoding' };
  }
  return found(modelOfJson(body));
}

function found(modelId: string | undefined): RequestedModel {
  return modelId === undefined ? { problem: 'no-model' } : { modelId };
}

function modelOfJson(body: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return isRecord(parsed) &&
      typeof parsed.model === 'string' &&
      parsed.model !== ''
      ? parsed.model
      : undefined;
  } catch {
    return undefined;
  }
}
