import { ResponseError } from '@backstage/errors';
import { FetchApi } from '@backstage/frontend-plugin-api';

/** How a question to the backend differs from a plain GET. */
export interface AskOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  /** The client's own name for this very change: sent again with the same name, it happens once. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/**
 * Asks the llm backend.
 *
 * @param path - below `/api/llm`
 * @throws ResponseError for every answer that is not 2xx
 */
export async function ask(
  fetchApi: FetchApi,
  path: string,
  options: AskOptions = {},
): Promise<Response> {
  const { method = 'GET', body, idempotencyKey, signal } = options;
  const response = await fetchApi.fetch(`plugin://llm${path}`, {
    method,
    signal,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    throw await ResponseError.fromResponse(response);
  }
  return response;
}

/** `?a=1&b=2` of the values that are there; nothing when none is. */
export function toSearch(
  values: Record<string, string | number | boolean | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') {
      search.set(key, String(value));
    }
  }
  const text = search.toString();
  return text && `?${text}`;
}
