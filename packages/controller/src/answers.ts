import http from 'node:http';
import {
  KubeApiError,
  KubeObject,
  KubeStatus,
  Resource,
  WatchEvent,
} from './types';

/** A failure as the server puts it, or made up from the HTTP status where something else than an API server answered. */
export function failure(
  code: number,
  body: string,
  request: string,
): KubeApiError {
  let status: Partial<KubeStatus> = {};
  try {
    status = Object(JSON.parse(body));
  } catch {
    // Proxies and load balancers answer in other formats.
  }
  const text = body.slice(0, 200).trim();
  return new KubeApiError(
    {
      code,
      reason:
        status.reason ||
        http.STATUS_CODES[code]?.replaceAll(' ', '') ||
        'Unknown',
      message: status.message || text || 'the server gave no message',
      details: status.details,
    },
    request,
  );
}

/**
 * An event of a watch.
 *
 * @throws KubeApiError for an event of type ERROR, which ends the watch
 */
export function parseEvent<T extends KubeObject>(
  line: string,
  resource: Resource,
): WatchEvent<T> {
  const event: { type: string; object: T } = JSON.parse(line);
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type: event.type, object: event.object };
    default: {
      const status: Partial<KubeStatus> = Object(event.object);
      throw failure(
        status.code ?? 500,
        JSON.stringify(status),
        `watch ${resource.plural}`,
      );
    }
  }
}

/** The whole text of an answer that was to be a stream. */
export async function textOf(stream: http.IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk;
  }
  return text;
}
