import { KubeObject } from '@slipway/controller';
import { Endpoint, GatewayFlavour } from '../gateway/flavour';
import { isClosed, isInForce } from '../gateway/guard';
import { done, pending, sentence, Stage } from './conditions';
import { covers } from './covers';
import { at, textAt } from './json';
import { guardStage, judgeNow } from './judging';
import { hashOf, Model } from './model';
import { ANNOTATIONS } from './names';
import { Observed, ObservedEndpoint, refusalKey, Refusals } from './observed';
import { perObject } from './perObject';
import { Platform } from './platform';
import { Renders } from './Renders';

/** A refused policy is offered to the gateway again after this long, in case the cause was elsewhere. */
const OFFER_AGAIN_MS = 120_000;

/** What has to be done about one endpoint, and how it stands. */
export interface EndpointState {
  stage: Stage;
  /** To be applied first. */
  policy?: KubeObject;
  /** To be applied after the policy. Absent: a route that exists is to go. */
  route?: KubeObject;
  /** The policy must stay, because something may still lead to the model. */
  keepPolicy: boolean;
  /** The route must stay as it is. */
  keepRoute: boolean;
  /** When to look again, because nothing else will tell. */
  retryAfterMs?: number;
}

/** Everything that decides about an endpoint. */
export interface EndpointInput {
  model: Model;
  platform: Platform;
  flavour: GatewayFlavour;
  endpoint: Endpoint;
  observed: Observed;
  /** The model id that the running servers answer to. */
  servedModelId: string;
  /** What the route leads to is on the server. */
  hasTarget: boolean;
  refusals: Refusals;
  nowMs: number;
  renders: Renders;
}

/** What a gateway's refusal leaves on the policy, so that a restart knows it too. */
interface RefusalRecord {
  /** Hash of the policy's spec that was refused. */
  hash: string;
  message: string;
  at: string;
}

/**
 * Decides about an endpoint, in an order that never leaves it open: the policy first; the route only when the policy that we want is on the
 * server and the gateway has not refused it; away with the route when it does, and with the policy only when nothing leads to the model
 * any more.
 */
export function judgeEndpoint(input: EndpointInput): EndpointState {
  const { model, flavour, endpoint, observed } = input;
  const live = observed.endpoints[endpoint];
  const leads = live.route !== undefined || live.generated !== undefined;
  const closed = { keepPolicy: leads, keepRoute: false };
  if (!model.endpoints[endpoint]) {
    return {
      ...closed,
      stage: pending(
        'EndpointDisabled',
        `spec.endpoints.${endpoint}.enabled is false.`,
      ),
    };
  }
  const missing = [
    flavour.policyKind,
    flavour.routeKind,
    flavour.generatedRouteKind,
    ...(input.platform.authorizer ? [flavour.headerPolicyKind] : []),
  ].find(kind => observed.unserved.has(kind.kind));
  if (missing) {
    return {
      ...closed,
      stage: pending(
        'GatewayCrdMissing',
        `The cluster does not serve ${missing.kind} (${missing.apiVersion}): install the gateway with its CRDs. The endpoint follows by itself.`,
      ),
    };
  }
  const wanted = wantedPolicy(input, live);
  if (!wanted) {
    const problem = observed.issuerProblem ?? 'it has not answered yet';
    const judged = live.policy !== undefined && flavour.isJudged(live.policy);
    return {
      ...closed,
      // By the authorizer's rules it goes on until it can be judged by the gateway's.
      keepRoute: judged && live.route !== undefined,
      stage: pending(
        'IssuerUnreachable',
        `The keys of the issuer ${
          input.platform.oidc.issuer
        } are not known, so no token can be checked: ${sentence(problem)}`,
      ),
    };
  }
  return withPolicy(input, live, wanted);
}

const specHash = perObject(({ spec }: KubeObject) => hashOf(spec).slice(0, 16));

/** The policy that the spec asks for. While the issuer does not answer, with the key address that the live policy has. */
function wantedPolicy(
  input: EndpointInput,
  live: ObservedEndpoint,
): KubeObject | undefined {
  const { model, platform, flavour, endpoint, servedModelId } = input;
  if (judgeNow(input) === 'authorizer') {
    return input.renders.once(`judged ${endpoint} ${servedModelId}`, () =>
      flavour.renderJudgedPolicy(model, endpoint, servedModelId),
    );
  }
  const providers: unknown = at(live.policy, 'spec', 'jwt', 'providers');
  const [provider]: unknown[] = Array.isArray(providers) ? providers : [];
  const sameIssuer = textAt(provider, 'issuer') === platform.oidc.issuer;
  const known = sameIssuer ? textAt(provider, 'remoteJWKS', 'uri') : undefined;
  const jwksUri = platform.oidc.jwksUri ?? known;
  if (endpoint === 'internal' && jwksUri === undefined) {
    return undefined;
  }
  return input.renders.once(`policy ${endpoint} ${jwksUri}`, () =>
    flavour.renderPolicy(
      model,
      { ...platform, oidc: { ...platform.oidc, jwksUri } },
      endpoint,
    ),
  );
}

function withPolicy(
  input: EndpointInput,
  live: ObservedEndpoint,
  wanted: KubeObject,
): EndpointState {
  const { endpoint, platform, observed, refusals, nowMs } = input;
  const leads = live.route !== undefined || live.generated !== undefined;
  const hash = specHash(wanted);
  const refusedWrite = refusals.get(refusalKey(wanted));
  if (refusedWrite) {
    // Whoever may call now is not who should: close rather than leave the old policy in force.
    return {
      policy: wanted,
      keepPolicy: true,
      keepRoute: false,
      stage: pending(
        'PolicyRefused',
        `The cluster refuses the policy ${
          wanted.metadata.name
        }, so there is no route: ${sentence(
          refusedWrite.message,
        )} Correct spec.access or what the message names.`,
      ),
    };
  }
  const record = refusalOf(input, live, { spec: wanted.spec, hash });
  if (record) {
    return refusedState({ record, wanted, leads, nowMs });
  }
  if (observed.endpoints[endpoint].gatewayFound === false) {
    const gateway = platform[endpoint];
    return {
      policy: wanted,
      keepPolicy: true,
      keepRoute: live.route !== undefined,
      stage: pending(
        'GatewayNotFound',
        `There is no Gateway ${gateway.namespace}/${gateway.name} with a listener ${gateway.listener}: create it, or correct the operator's settings.`,
      ),
    };
  }
  const inForce =
    live.policy !== undefined &&
    live.policy.metadata.deletionTimestamp === undefined &&
    covers(live.policy.spec, wanted.spec);
  return {
    policy: wanted,
    keepPolicy: true,
    ...routeState(input, live, inForce),
  };
}

/** The route of an endpoint whose policy has not been refused. */
function routeState(
  input: EndpointInput,
  live: ObservedEndpoint,
  inForce: boolean,
): Pick<EndpointState, 'route' | 'keepRoute' | 'stage'> {
  const {
    model,
    platform,
    flavour,
    endpoint,
    servedModelId,
    hasTarget,
    refusals,
  } = input;
  if (!live.route && !hasTarget) {
    return {
      keepRoute: false,
      stage: pending(
        'WaitingForWorkload',
        'There is no route yet, so nothing is reachable: it is made when the InferencePool and its endpoint picker are there.',
      ),
    };
  }
  const guard = guardState(input, live);
  if (guard) {
    return guard;
  }
  if (!inForce) {
    return {
      keepRoute: true,
      stage: pending(
        'PolicyPending',
        'The policy is being written; the route follows.',
      ),
    };
  }
  const route = input.renders.once(`route ${endpoint} ${servedModelId}`, () =>
    flavour.renderRoute(model, platform, endpoint, servedModelId),
  );
  const refused = refusals.get(refusalKey(route));
  if (refused) {
    return {
      route,
      keepRoute: true,
      stage: pending(
        'RouteRefused',
        `The cluster refuses the route ${route.metadata.name}: ${sentence(
          refused.message,
        )} Correct the spec.`,
      ),
    };
  }
  return { route, keepRoute: true, stage: inForceStage(input, live) };
}

/** The route of an endpoint that relies on the authorizer while the listener is not guarded; nothing when it is, or when it does not rely on it. */
function guardState(
  input: EndpointInput,
  live: ObservedEndpoint,
): Pick<EndpointState, 'keepRoute' | 'stage'> | undefined {
  const { guard } = live;
  if (!guard || isInForce(guard) || judgeNow(input) === 'gateway') {
    return undefined;
  }
  const stage =
    guardStage(guard, input.platform[input.endpoint].listener) ??
    pending('AuthorizerPending', 'The listener is being guarded.');
  return { keepRoute: live.route !== undefined && isClosed(guard), stage };
}

function inForceStage(input: EndpointInput, live: ObservedEndpoint): Stage {
  const { platform, flavour, endpoint } = input;
  const unguarded =
    live.guard && guardStage(live.guard, platform[endpoint].listener);
  if (unguarded) {
    return {
      ...unguarded,
      message: `${unguarded.message} Until then the gateway judges by itself, as without an authorizer.`,
    };
  }
  if (!live.route || !live.policy) {
    return pending('RoutePending', 'The route is being written.');
  }
  const route = flavour.routeVerdict(live.route, live.generated);
  if (route.state === 'refused') {
    return pending(
      'RouteRefused',
      `The gateway refuses the route ${live.route.metadata.name}: ${sentence(
        route.message,
      )}`,
    );
  }
  if (!live.generated) {
    return pending(
      'RoutePending',
      `The AI gateway has not made the HTTPRoute ${live.route.metadata.name} yet.`,
    );
  }
  if (flavour.policyVerdict(live.policy).state !== 'accepted') {
    return pending(
      'PolicyPending',
      `The gateway has not accepted the policy ${live.policy.metadata.name} yet.`,
    );
  }
  if (route.state === 'pending') {
    return pending(
      'RoutePending',
      `The gateway has not accepted the route ${live.route.metadata.name} yet.`,
    );
  }
  return (
    notMerged(input, live.policy, live.guard?.policy) ??
    done('Programmed', openTo(input))
  );
}

/** A policy that leaves it to the authorizer is in force only when it is merged into the one that asks it. */
function notMerged(
  { flavour }: EndpointInput,
  policy: KubeObject,
  wanted: string | undefined,
): Stage | undefined {
  if (!flavour.isJudged(policy)) {
    return undefined;
  }
  const parent = flavour.mergedInto(policy);
  if (parent === undefined) {
    return pending(
      'PolicyPending',
      `The gateway has not merged the policy ${policy.metadata.name} into ${wanted} yet.`,
    );
  }
  return parent === wanted
    ? undefined
    : pending(
        'PolicyMergedElsewhere',
        `The gateway merges the policy ${policy.metadata.name} into ${parent} instead of ${wanted}, so the authorizer is not asked: take that policy off the listener.`,
      );
}

function openTo(input: EndpointInput): string {
  const { model, endpoint, platform } = input;
  if (platform.authorizer) {
    return 'The gateway has accepted route and policy: it asks the authorizer, and whoever has a grant may call.';
  }
  if (endpoint === 'external') {
    return 'The gateway has accepted route and policy. There are no keys without an authorizer, so every request is refused.';
  }
  return model.access.public
    ? 'The gateway has accepted route and policy: everybody with a valid token may call.'
    : `The gateway has accepted route and policy: members of ${model.access.groups.join(
        ', ',
      )} may call.`;
}

/**
 * The refusal that keeps the route away: what the gateway says now, or what it said before its word went with the route. A word about a
 * policy without a route is stale, because Envoy Gateway only judges policies that have one.
 */
function refusalOf(
  input: EndpointInput,
  live: ObservedEndpoint,
  wanted: { spec: unknown; hash: string },
): RefusalRecord | undefined {
  const { hash } = wanted;
  const { flavour, nowMs } = input;
  if (!live.policy) {
    return undefined;
  }
  const kept = readRecord(live.policy);
  if (kept?.hash === hash) {
    return kept;
  }
  const verdict = live.generated
    ? flavour.policyVerdict(live.policy)
    : undefined;
  if (verdict?.state !== 'refused' || !covers(live.policy.spec, wanted.spec)) {
    return undefined;
  }
  if (verdict.reason === 'Invalid' && flavour.isJudged(live.policy)) {
    // What can be invalid is what it is merged into. The gateway answers 500 by itself, and for all models at once.
    return undefined;
  }
  return { hash, message: verdict.message, at: new Date(nowMs).toISOString() };
}

function refusedState(refused: {
  record: RefusalRecord;
  wanted: KubeObject;
  leads: boolean;
  nowMs: number;
}): EndpointState {
  const { record, wanted, leads, nowMs } = refused;
  const leftMs = Date.parse(record.at) + OFFER_AGAIN_MS - nowMs;
  const stage = pending(
    'PolicyRefused',
    `The gateway refuses the policy ${
      wanted.metadata.name
    }, so the route is taken away and nobody can call: ${sentence(
      record.message,
    )} It is offered again by itself, at once when the spec changes.`,
  );
  if (leftMs <= 0 && !leads) {
    // Made anew, because the gateway's old word would stay on the old one.
    return { stage, keepPolicy: false, keepRoute: false };
  }
  const policy: KubeObject = {
    ...wanted,
    metadata: {
      ...wanted.metadata,
      annotations: {
        ...wanted.metadata.annotations,
        [ANNOTATIONS.refused]: JSON.stringify(record),
      },
    },
  };
  return {
    stage,
    policy,
    keepPolicy: true,
    keepRoute: false,
    retryAfterMs: Math.max(leftMs, 1000),
  };
}

function readRecord(policy: KubeObject): RefusalRecord | undefined {
  const text = policy.metadata.annotations?.[ANNOTATIONS.refused];
  if (text === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    const hash = textAt(value, 'hash');
    const when = textAt(value, 'at');
    return hash && when
      ? { hash, at: when, message: textAt(value, 'message') ?? '' }
      : undefined;
  } catch {
    return undefined;
  }
}
