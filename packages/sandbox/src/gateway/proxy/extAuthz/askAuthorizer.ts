import { authorizerService, type ExtAuthSpec } from '../../extAuth';
import type { GatewayRequest } from '../decide';
import { parseDurationMs } from '../durations';
import type { ProxyContext } from '../gatewayConfig';
import { localReplies, notEvaluated, type LocalReply } from '../localReply';
import {
  decodeCheckResponse,
  encodeCheckRequest,
  type CheckResponse,
  type HeaderOption,
} from './checkMessages';

/** Envoy Gateway's `defaultExtServiceRequestTimeout`. */
const defaultTimeout = '10s';
const overwriteIfExistsOrAdd = 2;

/** Headers that no authorizer may touch: Envoy ignores such changes. */
const untouchable = (name: string) => name.startsWith(':') || name === 'host';

/** Headers that the authorizer is shown: over gRPC these and no others (`headersToExtAuth`); all, if none are named. */
function shownHeaders(
  headers: ReadonlyMap<string, string>,
  { headersToExtAuth = [], bodyToExtAuth }: ExtAuthSpec,
): Map<string, string> {
  const allowed = new Set(headersToExtAuth.map(name => name.toLowerCase()));
  const shown = new Map(
    [...headers].filter(([name]) => allowed.size === 0 || allowed.has(name)),
  );
  if (bodyToExtAuth) shown.set('x-envoy-auth-partial-body', 'false');
  return shown;
}

/** What is answered when the authorizer fails: the status and nothing else. */
const failed = ({ statusOnError = 403 }: ExtAuthSpec): LocalReply => ({
  status: statusOnError,
});

/** Sets and removes headers as the authorizer says, or says what of it the sandbox does not do. */
function applyAnswer(
  headers: Map<string, string>,
  answer: Extract<CheckResponse, { ok: true }>,
): LocalReply | undefined {
  const other = answer.headers.find(
    ({ action, append }) => append || action !== overwriteIfExistsOrAdd,
  );
  if (other)
    return notEvaluated(
      `headers of an authorizer that are not OVERWRITE_IF_EXISTS_OR_ADD (${other.name})`,
    );
  if (answer.unknown.length > 0)
    return notEvaluated(
      `${answer.unknown.join(', ')} in the answer of an authorizer`,
    );
  for (const { name, value } of answer.headers) {
    if (!untouchable(name)) headers.set(name, value);
  }
  for (const name of answer.remove) {
    if (!untouchable(name)) headers.delete(name);
  }
  return undefined;
}

const replyHeaders = (
  options: readonly HeaderOption[],
  body: string,
): Record<string, string> => ({
  ...(body ? { 'content-type': 'text/plain' } : {}),
  ...Object.fromEntries(options.map(({ name, value }) => [name, value])),
});

/** Asks; nothing when there is no answer that can be read within the policy's time. */
async function check(
  context: ProxyContext,
  port: number | undefined,
  message: Buffer,
  extAuth: ExtAuthSpec,
): Promise<CheckResponse | undefined> {
  if (port === undefined) return undefined;
  const timeoutMs = parseDurationMs(extAuth.timeout ?? defaultTimeout);
  const abort = new AbortController();
  const cancel = context.clock.after(timeoutMs, () => abort.abort());
  try {
    const { signal } = abort;
    return decodeCheckResponse(
      await context.authorizers.check(port, message, timeoutMs, signal),
    );
  } catch {
    // Whatever it is, Envoy answers with `statusOnError`.
    return undefined;
  } finally {
    cancel();
  }
}

/**
 * Envoy's `ext_authz` filter over gRPC: asks the authorizer about a request, and either answers it or lets it go on with changed headers.
 *
 * Source: `internal/xds/translator/extauth.go` (Envoy Gateway v1.8.1); what Envoy 1.40 does was measured (`docs/decisions/0001`):
 * 413 over `maxRequestBytes` without asking, `statusOnError` without a body for every failure.
 */
export async function askAuthorizer(
  context: ProxyContext,
  request: GatewayRequest,
  extAuth: ExtAuthSpec,
  policyNamespace: string,
): Promise<LocalReply | undefined> {
  const { bodyToExtAuth } = extAuth;
  const body = bodyToExtAuth
    ? await request.body(bodyToExtAuth.maxRequestBytes)
    : undefined;
  if (body === 'tooLarge') return localReplies.payloadTooLarge;
  const service = authorizerService(extAuth, policyNamespace);
  const port =
    service && context.forwarded.get(`${service.key}:${service.port}`);
  const message = encodeCheckRequest({
    id: request.headers.get('x-request-id') ?? '',
    method: request.method,
    path: request.target,
    host: request.headers.get('host') ?? '',
    scheme: 'https',
    protocol: 'HTTP/1.1',
    headers: shownHeaders(request.headers, extAuth),
    body,
    source: request.remoteAddress,
  });
  const answer = await check(context, port, message, extAuth);
  if (!answer) return failed(extAuth);
  if (answer.ok) return applyAnswer(request.headers, answer);
  return {
    status: answer.status,
    headers: replyHeaders(answer.headers, answer.body),
    body: answer.body,
  };
}
