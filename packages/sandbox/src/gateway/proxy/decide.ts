import { aiGeneratedAnnotation } from '../aiGatewayRoutes';
import { ruleFault } from '../rules';
import { apiKeys, blocksInForce } from '../security';
import type { AppliedSecurity } from '../controlPlane';
import { aiPath, listModels, readModel, unsupportedPath } from './aiModels';
import { authenticateByKey } from './apiKeyAuth';
import { isAllowed } from './authorize';
import { destinationOf, type Destination } from './backends';
import { askAuthorizer } from './extAuthz/askAuthorizer';
import type { ProxyContext } from './gatewayConfig';
import { claimHeaderNames, verifyJwt, type JwtClaims } from './jwt';
import {
  jwtRefused,
  localReplies,
  notEvaluated,
  type LocalReply,
} from './localReply';
import { modelHeader, type RouteEntry } from './routingTable';
import { tokensOf } from './tokens';

/** A request at the gateway. Headers are changed as filters change them. */
export interface GatewayRequest {
  gatewayKey: string;
  listener: string;
  /** Without port, lower case. */
  host: string;
  method: string;
  path: string;
  query: URLSearchParams;
  /** Path and query, as `readTarget` has them. */
  target: string;
  headers: Map<string, string>;
  remoteAddress: string;
  /**
   * Reads the body when a filter first needs it, up to that filter's limit; without one, the listener's. Whoever comes later gets the same,
   * as with Envoy, where a filter that holds a body raises the limit for the whole chain.
   */
  body(limitBytes?: number): Promise<Buffer | 'tooLarge'>;
}

/** Where a request goes and how long that may take; 0: as long as it likes. */
export type Decision =
  | { reply: LocalReply }
  | (Extract<Destination, { server: unknown }> & { timeoutOf: RouteEntry });

const route = ({ table }: ProxyContext, request: GatewayRequest) =>
  table.find(request.gatewayKey, request.listener, request.host, request);

const securityOf = (
  { plane }: ProxyContext,
  entry: RouteEntry,
): AppliedSecurity | undefined =>
  plane.securityFor(
    entry.routeKey,
    entry.rule.name,
    entry.gatewayKey,
    entry.listener.spec.name,
  );

/** The refusal of a policy that the sandbox doesn't know as a whole. */
function unknownIn({ problems }: AppliedSecurity): LocalReply | undefined {
  if (problems.notEvaluated.length === 0) return undefined;
  return notEvaluated(
    problems.notEvaluated
      .map(field => `spec.${field} of a SecurityPolicy`)
      .join(', '),
  );
}

/** Authentication by the policy of the route as it is matched before the model is known. */
async function authenticate(
  context: ProxyContext,
  request: GatewayRequest,
  applied: AppliedSecurity | undefined,
): Promise<{ claims: JwtClaims } | { reply: LocalReply }> {
  const nobody = { claims: new Map() };
  if (!applied) return nobody;
  const unknown = unknownIn(applied);
  if (unknown) return { reply: unknown };
  const { extAuth, apiKeyAuth, jwt } = blocksInForce(
    applied.security.spec,
    applied.problems,
  );
  // Before keys and tokens (filter order 6, 7, 10).
  if (extAuth) {
    const { extAuthNamespace } = applied.security;
    const reply = await askAuthorizer(
      context,
      request,
      extAuth,
      extAuthNamespace,
    );
    if (reply) return { reply };
  }
  if (apiKeyAuth) {
    const keys = apiKeys(applied.security, context.plane);
    if (
      'error' in keys ||
      !authenticateByKey(
        apiKeyAuth,
        keys.clientIdByKey,
        request.headers,
        request.query,
      )
    ) {
      return { reply: localReplies.apiKeyMissing };
    }
  }
  if (!jwt) return nobody;
  const verdict = await verifyJwt(
    tokensOf(request.headers, request.query),
    jwt,
    context,
  );
  if ('reason' in verdict) {
    return {
      reply: jwtRefused(
        verdict.reason,
        `https://${request.headers.get('host')}`,
        request.target,
      ),
    };
  }
  for (const name of claimHeaderNames(jwt)) request.headers.delete(name);
  for (const [name, value] of verdict.claimHeaders)
    request.headers.set(name, value);
  return { claims: verdict.claims };
}

/** The AI gateway's part: lists models, or reads the model from the body into a header. */
async function readBody(
  context: ProxyContext,
  request: GatewayRequest,
): Promise<LocalReply | undefined> {
  const kind = aiPath(request.path);
  if (kind === 'models')
    return listModels(context.plane.views, request.gatewayKey, request.host);
  if (kind === 'notEvaluated') return notEvaluated(`the path ${request.path}`);
  if (kind === 'unsupported') return unsupportedPath(request.target);
  const body = await request.body();
  if (body === 'tooLarge') return localReplies.payloadTooLarge;
  if (body.length === 0) return undefined;
  const reading = readModel(request.path, body);
  if ('reply' in reading) return reading.reply;
  request.headers.set(modelHeader, reading.model);
  return undefined;
}

/** What a rule is answered instead that the sandbox doesn't know as a whole (501), or that is broken (500). */
function refusedRule(
  context: ProxyContext,
  { rule, route: { metadata } }: RouteEntry,
): LocalReply | undefined {
  const fault = ruleFault(rule, metadata.namespace ?? '', context.plane);
  if (!fault) return undefined;
  return fault.notEvaluated.length > 0
    ? notEvaluated(`${fault.notEvaluated.join(', ')} of a rule`)
    : localReplies.internalError;
}

/** A rule that answers by itself: its filters say so. */
function directResponse(
  context: ProxyContext,
  { rule, route: { metadata } }: RouteEntry,
): LocalReply | undefined {
  const namespace = metadata.namespace ?? '';
  for (const { extensionRef } of rule.filters ?? []) {
    const filter =
      extensionRef &&
      context.plane.httpRouteFilter(`${namespace}/${extensionRef.name}`);
    const response:
      | { statusCode?: number; body?: { inline?: string } }
      | undefined = filter?.spec.directResponse;
    if (response) {
      return {
        status: response.statusCode ?? 200,
        headers: { 'content-type': 'text/plain' },
        body: response.body?.inline,
      };
    }
  }
  return undefined;
}

function isAiRoute({ route: { metadata } }: RouteEntry): boolean {
  return metadata.annotations?.[aiGeneratedAnnotation] === 'true';
}

/**
 * Decides about a request in the order of Envoy's filters: authentication by the route that matches before the model is known (with
 * several models on a host that is the oldest route's last rule, unless the client could send the model's header itself), then the AI
 * gateway reads the model, then the route is chosen again and its rules decide.
 *
 * Source: `facts/upstream-kinds.md` §3 (filter order); Envoy Gateway v1.8.1, `internal/xds/translator/httpfilters.go`.
 */
export async function decide(
  context: ProxyContext,
  request: GatewayRequest,
): Promise<Decision> {
  const first = route(context, request);
  if (!first) return { reply: localReplies.notFound };
  // Whose requests these are isn't known: this rule's policy must not authenticate those of others.
  const refused = refusedRule(context, first);
  if (refused?.status === 501) return { reply: refused };
  const authentication = await authenticate(
    context,
    request,
    securityOf(context, first),
  );
  if ('reply' in authentication) return authentication;

  if (isAiRoute(first)) {
    const reply = await readBody(context, request);
    if (reply) return { reply };
  }
  const entry = route(context, request);
  if (!entry) return { reply: localReplies.notFound };
  const applied = securityOf(context, entry);
  if (applied) {
    const unknown = unknownIn(applied);
    if (unknown) return { reply: unknown };
    const { authorization } = blocksInForce(
      applied.security.spec,
      applied.problems,
    );
    if (!isAllowed(authorization, { ...request, ...authentication }))
      return { reply: localReplies.accessDenied };
    if (applied.problems.errors.length > 0)
      return { reply: localReplies.internalError };
  }
  if (
    context.plane.hasBackendPolicy(
      entry.routeKey,
      entry.rule.name,
      entry.gatewayKey,
      entry.listener.spec.name,
    )
  )
    return { reply: notEvaluated('BackendTrafficPolicies') };
  const direct = refusedRule(context, entry) ?? directResponse(context, entry);
  if (direct) return { reply: direct };
  const destination = destinationOf(context, entry);
  return 'reply' in destination
    ? destination
    : { ...destination, timeoutOf: entry };
}
