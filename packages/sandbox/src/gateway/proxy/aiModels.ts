import { aiGatewayRouteSpec, type HeaderMatch } from '../kinds';
import type { GatewayViews } from '../view';
import { gatewayKeyOf } from '../routes';
import type { LocalReply } from './localReply';
import { modelHeader } from './routingTable';

/** Paths whose bodies the AI gateway reads (Envoy AI Gateway v1.0.0, `cmd/extproc/mainlib/main.go`), as far as vLLM serves them. */
const modelPaths = new Set([
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
]);

/** Paths the AI gateway knows and the sandbox's model server doesn't. */
const otherPaths = new Set([
  '/v1/responses',
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
  '/v1/audio/translations',
  '/v1/images/generations',
  '/cohere/v2/rerank',
  '/anthropic/v1/messages',
]);

/** What the AI gateway does with a path. */
export function aiPath(
  path: string,
): 'body' | 'models' | 'notEvaluated' | 'unsupported' {
  if (path === '/v1/models') return 'models';
  if (modelPaths.has(path)) return 'body';
  return otherPaths.has(path) ? 'notEvaluated' : 'unsupported';
}

/** The answer to a path that no processor is registered for (`internal/extproc/server.go`). */
export function unsupportedPath(pathAndQuery: string): LocalReply {
  return { status: 404, body: `unsupported path: ${pathAndQuery}` };
}

/** What is in a body: the model, or why there is none. */
export type BodyReading = { model: string } | { reply: LocalReply };

function malformed(path: string): LocalReply {
  const message = `malformed request: failed to parse JSON for ${path}`;
  return {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: `{"type":"error","error":{"type":"BadRequest","code":"400","message":"${message}"}}`,
  };
}

/**
 * Reads the model from a JSON body; of several `model` fields the last one counts, as in Go's and JavaScript's parsers. A body without
 * one has the model ''.
 *
 * Source: Envoy AI Gateway v1.0.0, `internal/extproc/processor_impl.go` (ProcessRequestBody, formatUserFacingErrorJSON).
 */
export function readModel(path: string, body: Buffer): BodyReading {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      return { reply: malformed(path) };
    const model: unknown = 'model' in parsed ? parsed.model : '';
    return typeof model === 'string' ? { model } : { reply: malformed(path) };
  } catch {
    return { reply: malformed(path) };
  }
}

interface ListedModel {
  id: string;
  object: 'model';
  owned_by: string;
  created: number;
}

function modelNames(
  matches: readonly { headers?: HeaderMatch[] }[] = [],
): string[] {
  return matches.flatMap(({ headers = [] }) =>
    headers
      .filter(
        ({ name, type = 'Exact' }) =>
          name.toLowerCase() === modelHeader && type === 'Exact',
      )
      .map(({ value }) => value),
  );
}

/**
 * `GET /v1/models`: every model of every AIGatewayRoute of the Gateway, whoever asks. The answer is made after authentication and before
 * authorization, so it shows models that the caller may not use, on all listeners of the Gateway; routes with `hostnames` show only
 * under theirs.
 *
 * Source: Envoy AI Gateway v1.0.0, `internal/extproc/models_processor.go`, `internal/controller/gateway.go`.
 */
export function listModels(
  views: GatewayViews,
  gatewayKey: string,
  host: string,
): LocalReply {
  const data: ListedModel[] = [];
  for (const route of views.aiGatewayRoutes.all()) {
    const {
      parentRefs = [],
      hostnames = [],
      rules,
    } = aiGatewayRouteSpec(route);
    const here = parentRefs.some(
      ref => gatewayKeyOf(ref, route.metadata.namespace ?? '') === gatewayKey,
    );
    if (
      !here ||
      (hostnames.length > 0 &&
        !hostnames.some(pattern => hostMatches(pattern, host)))
    )
      continue;
    for (const rule of rules) {
      const created = Math.floor(
        Date.parse(rule.modelsCreatedAt ?? route.metadata.creationTimestamp) /
          1000,
      );
      for (const id of modelNames(rule.matches)) {
        data.push({
          id,
          object: 'model',
          owned_by: rule.modelsOwnedBy ?? 'Envoy AI Gateway',
          created,
        });
      }
    }
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data, object: 'list' }),
  };
}

function hostMatches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  return (
    host.endsWith(pattern.slice(1)) &&
    !host.slice(0, -pattern.length + 1).includes('.')
  );
}
